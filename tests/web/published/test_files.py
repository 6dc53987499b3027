"""Files of a host by its real daemon: whole, in ranges, up and down, and nothing where it goes wrong."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import subprocess
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, refused
from tests.support.daemon_host import RealHost, real_host
from tests.support.daemon_program import until
from tests.support.serving import Served
from tests.support.tokens import client, make_tokens

LOG = b"".join(b"%06d GET / 200\n" % number for number in range(10_000))
BOUNDARY = "xXx"


@pytest.fixture(scope="module")
def host(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    with (
        httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as api,
        real_host(api, tmp_path_factory.mktemp("host")) as running,
    ):
        (running.logs / "access.log").write_bytes(LOG)
        yield running


@pytest.fixture
def log(host: RealHost) -> str:
    return str(host.logs / "access.log")


def download(api: httpx.Client, host: RealHost, path: object, **headers: str) -> httpx.Response:
    return api.get(host.url, params={"path": str(path)}, headers={k.replace("_", "-"): v for k, v in headers.items()})


def upload(api: httpx.Client, host: RealHost, content: bytes = b"content", **fields: Any) -> httpx.Response:
    return api.post(host.url, files={"file": ("name", content)}, data=fields)


def form(*parts: tuple[str, bytes]) -> bytes:
    """A form of these parts in this order; the part `file` is a file."""
    body = b""
    for name, value in parts:
        named = '; filename="f"' if name == "file" else ""
        body += (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + value + b"\r\n"
        )
    return body + f"--{BOUNDARY}--\r\n".encode()


def post(api: httpx.Client, host: RealHost, body: bytes) -> httpx.Response:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return api.post(host.url, content=body, headers={"Content-Type": kind})


def entries(api: httpx.Client, host: RealHost, action: str) -> list[JSON]:
    found = good(api.get("/v1/audit", params={"subject": host.id, "action": action}))
    return list(found["entries"])


class TestDownload:
    def test_it_is_the_file_byte_for_byte_to_be_saved_and_never_shown(
        self, api: httpx.Client, host: RealHost, log: str
    ) -> None:
        answer = download(api, host, log)

        assert (answer.status_code, answer.content) == (200, LOG)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="access.log"')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert int(answer.headers["Content-Length"]) == len(LOG)
        assert api.get(f"/v1/agents/{host.id}/files", params={"path": log}).content == LOG

    def test_head_tells_what_get_would(self, api: httpx.Client, host: RealHost, log: str) -> None:
        whole, head = download(api, host, log), api.head(host.url, params={"path": log})

        told = ("Content-Length", "ETag", "Last-Modified", "Content-Disposition", "Accept-Ranges")
        assert [head.headers[name] for name in told] == [whole.headers[name] for name in told]
        assert (head.status_code, head.content) == (200, b"")

    @pytest.mark.parametrize(
        ("said", "first", "end"),
        [
            ("bytes=0-9", 0, 10),
            ("bytes=100-", 100, len(LOG)),
            ("bytes=-7", len(LOG) - 7, len(LOG)),
            ("bytes=5-99999999", 5, len(LOG)),
        ],
    )
    def test_a_range_is_that_part_of_it(
        self, api: httpx.Client, host: RealHost, log: str, said: str, first: int, end: int
    ) -> None:
        answer = download(api, host, log, Range=said)

        assert (answer.status_code, answer.content) == (206, LOG[first:end])
        assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(LOG)}"

    @pytest.mark.parametrize("said", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-1", "nonsense", "bytes=-99999999"])
    def test_what_is_no_single_range_brings_the_whole(
        self, api: httpx.Client, host: RealHost, log: str, said: str
    ) -> None:
        answer = download(api, host, log, Range=said)

        assert (answer.status_code, answer.content) == (200, LOG)

    def test_a_range_behind_the_end_is_none(self, api: httpx.Client, host: RealHost, log: str) -> None:
        answer = download(api, host, log, Range=f"bytes={len(LOG)}-")

        refused(answer, 416, "RANGE_NOT_SATISFIABLE")
        assert answer.headers["Content-Range"] == f"bytes */{len(LOG)}"

    def test_who_has_it_already_is_told_so_and_half_of_another_one_is_not_gone_on_with(
        self, api: httpx.Client, host: RealHost, log: str
    ) -> None:
        etag, moment = (api.head(host.url, params={"path": log}).headers[name] for name in ("ETag", "Last-Modified"))

        assert download(api, host, log, If_None_Match=f'"x", {etag}').status_code == 304
        assert download(api, host, log, If_None_Match='"x"').status_code == 200
        for same, status in ((etag, 206), (moment, 206), ('"x"', 200), (f"W/{etag}", 200), (formatdate(1), 200)):
            assert download(api, host, log, Range="bytes=0-1", If_Range=same).status_code == status, same

    def test_a_file_that_changes_is_another_one(self, api: httpx.Client, host: RealHost) -> None:
        path = host.logs / "changing"
        path.write_text("one")
        first = download(api, host, path).headers["ETag"]
        path.write_text("two")

        assert download(api, host, path, If_None_Match=first).content == b"two"

    def test_an_empty_file_and_one_of_a_strange_name_are_files_too(self, api: httpx.Client, host: RealHost) -> None:
        for name in ("empty", 'a "b"\r\nX: y;ü%2e.log'):
            (host.logs / name).write_bytes(b"")
            answer = download(api, host, host.logs / name)
            assert (answer.status_code, answer.content) == (200, b"")
            assert "X" not in answer.headers
        assert "filename*=UTF-8''a%20%22b%22%0D%0AX%3A%20y%3B%C3%BC%252e.log" in answer.headers["Content-Disposition"]

    def test_64_mebibytes_come_whole_while_beats_go_on(self, api: httpx.Client, host: RealHost) -> None:
        content = os.urandom(1 << 20) * 64
        (host.logs / "large").write_bytes(content)
        answer = download(api, host, host.logs / "large")

        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(content).digest()
        assert host.is_online()

    def test_fifty_sparse_gibibytes_are_looked_at_and_read_near_their_end(
        self, api: httpx.Client, host: RealHost
    ) -> None:
        size, place = 50 << 30, 49 << 30
        with (host.logs / "sparse").open("wb") as file:
            file.truncate(size)
            file.seek(place)
            file.write(b"here")
        head = api.head(host.url, params={"path": str(host.logs / "sparse")})
        answer = download(api, host, host.logs / "sparse", Range=f"bytes={place}-{place + 5}")

        assert int(head.headers["Content-Length"]) == size
        assert (answer.status_code, answer.content) == (206, b"here\0\0")

    def test_a_file_that_becomes_shorter_cuts_the_connection_and_is_never_padded(
        self, api: httpx.Client, host: RealHost
    ) -> None:
        path = host.logs / "shrinking"
        with path.open("wb") as file:
            file.truncate(1 << 30)
        with api.stream("GET", host.url, params={"path": str(path)}) as answer:
            pieces = answer.iter_raw(1 << 16)
            next(pieces)
            os.truncate(path, 1 << 16)
            with pytest.raises(httpx.RemoteProtocolError):
                for _ in pieces:
                    pass
        assert download(api, host, path).status_code == 200

    def test_who_hangs_up_lets_the_host_go(self, api: httpx.Client, host: RealHost) -> None:
        path = host.logs / "abandoned"
        with path.open("wb") as file:
            file.truncate(1 << 30)
        for _ in range(12):  # more than a host has under way at one time
            with api.stream("GET", host.url, params={"path": str(path)}) as answer:
                next(answer.iter_raw(10))
                assert answer.status_code == 200

    def test_it_is_in_the_audit_with_its_path(self, api: httpx.Client, host: RealHost, log: str) -> None:
        download(api, host, log)
        [newest, *_] = entries(api, host, "files.show")

        assert (newest["part_id"], newest["result"]) == (log, "done")


class TestPathsThatAreNone:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("", 400, "MISSING_PATH"),
            ("relative", 400, "INVALID_PATH"),
            ("{logs}/../secret", 400, "INVALID_PATH"),
            ("{logs}/%2e%2e/secret", 400, "INVALID_PATH"),
            ("{logs}/%252e%252e/secret", 400, "INVALID_PATH"),
            ("{logs}/..\\secret", 400, "INVALID_PATH"),
            ("{logs}/a\0b", 400, "INVALID_PATH"),
            ("{logs}/a%00b", 400, "INVALID_PATH"),
            ("{logs}/", 400, "INVALID_PATH"),
            ("//{logs}/x", 400, "INVALID_PATH"),
            ("{logs}/" + "x" * 4096, 400, "INVALID_PATH"),
            ("{logs}/fifo", 400, "NOT_A_FILE"),
            ("{logs}", 400, "NOT_A_FILE"),
            ("{logs}/out", 403, "OUTSIDE_ROOTS"),
            ("/etc/passwd", 403, "OUTSIDE_ROOTS"),
            ("/dev/null", 403, "OUTSIDE_ROOTS"),
            ("/proc/self/root/etc/passwd", 403, "OUTSIDE_ROOTS"),
            ("{folder}/state/key", 403, "OUTSIDE_ROOTS"),
            ("{logs}/none", 404, "NOT_FOUND"),
            ("{logs}" + "/x" * 1500, 404, "NOT_FOUND"),
            ("{logs}/" + "x" * 300, 404, "NOT_FOUND"),
        ],
    )
    def test_a_download_of_it_is_refused(
        self, api: httpx.Client, host: RealHost, path: str, status: int, code: str
    ) -> None:
        (host.folder / "secret").write_text("secret")
        if not (host.logs / "fifo").exists():
            os.mkfifo(host.logs / "fifo")
            (host.logs / "out").symlink_to(host.folder / "secret")
        answer = download(api, host, path.format(logs=host.logs, folder=host.folder))

        refused(answer, status, code)
        assert answer.json()["error"]["details"]["field"] == "path"

    @pytest.mark.parametrize(
        ("dest", "status", "code"),
        [
            ("", 400, "MISSING_DEST"),
            ("../x", 400, "INVALID_DEST"),
            ("%2e%2e/x", 400, "INVALID_DEST"),
            ("a\0b", 400, "INVALID_DEST"),
            ("x/", 400, "INVALID_DEST"),
            ("{more}", 400, "NOT_A_FILE"),
            ("{more}/folder", 400, "NOT_A_FILE"),
            ("{more}/out/x", 403, "OUTSIDE_ROOTS"),
            ("{logs}/x", 403, "OUTSIDE_ROOTS"),
            ("/etc/cron.d/x", 403, "OUTSIDE_ROOTS"),
            ("{more}/none/x", 404, "NOT_FOUND"),
        ],
    )
    @pytest.mark.parametrize("dest_first", [True, False])
    def test_an_upload_to_it_is_refused_and_leaves_nothing(
        self, api: httpx.Client, host: RealHost, dest: str, status: int, code: str, dest_first: bool
    ) -> None:
        (host.more / "folder").mkdir(exist_ok=True)
        if not (host.more / "out").exists():
            (host.more / "out").symlink_to(host.folder)
        before = host.left()
        parts = [("dest", dest.format(more=host.more, logs=host.logs).encode()), ("file", b"content")]
        answer = post(api, host, form(*(parts if dest_first else reversed(parts))))

        refused(answer, status, code)
        assert answer.json()["error"]["details"]["field"] == "dest"
        assert [path for path in host.left() if path not in before] == []


class TestUpload:
    def test_a_file_lies_where_it_was_sent_whatever_part_came_first(self, api: httpx.Client, host: RealHost) -> None:
        content = os.urandom(300_000)
        for number, swap in enumerate((False, True)):
            dest = host.more / f"one{number}"
            parts = [("file", content), ("dest", str(dest).encode())]
            done = good(post(api, host, form(*(reversed(parts) if swap else parts))))

            assert done == {"path": str(dest), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            assert dest.read_bytes() == content
            assert dest.stat().st_mode & 0o777 == 0o644

    def test_a_relative_one_lies_in_the_upload_folder(self, api: httpx.Client, host: RealHost) -> None:
        done = good(upload(api, host, dest="two.txt"))

        assert done["path"] == str(host.up / "two.txt")
        assert (host.up / "two.txt").read_bytes() == b"content"

    def test_mode_and_checksum_are_heeded(self, api: httpx.Client, host: RealHost) -> None:
        right, wrong = hashlib.sha256(b"content").hexdigest(), "0" * 64
        refused(upload(api, host, dest="three", sha256=wrong), 400, "CHECKSUM")
        assert not (host.up / "three").exists()
        good(upload(api, host, dest="three", sha256=right.upper(), mode="0750"))

        assert (host.up / "three").stat().st_mode & 0o7777 == 0o750

    def test_what_is_there_is_replaced_only_if_that_is_said_and_keeps_its_mode(
        self, api: httpx.Client, host: RealHost
    ) -> None:
        good(upload(api, host, b"old", dest="four", mode="600"))
        refused(upload(api, host, b"new", dest="four"), 409, "EXISTS")
        assert (host.up / "four").read_bytes() == b"old"
        good(upload(api, host, b"new", dest="four", overwrite="true"))

        assert (host.up / "four").read_bytes() == b"new"
        assert (host.up / "four").stat().st_mode & 0o777 == 0o600

    def test_an_empty_file_is_one(self, api: httpx.Client, host: RealHost) -> None:
        assert good(upload(api, host, b"", dest="empty"))["size"] == 0

    def test_64_mebibytes_without_an_announced_length(self, api: httpx.Client, host: RealHost) -> None:
        content = os.urandom(1 << 20) * 64
        body = form(("file", content), ("dest", b"large"))
        pieces = (body[start : start + 100_003] for start in range(0, len(body), 100_003))
        answer = api.post(
            host.url, content=pieces, headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        )

        assert good(answer)["sha256"] == hashlib.sha256(content).hexdigest()
        assert (host.up / "large").stat().st_size == len(content)

    @pytest.mark.parametrize(
        ("parts", "status", "code"),
        [
            ([("file", b"a"), ("file", b"b"), ("dest", b"x")], 400, "INVALID_FILE"),
            ([("dest", b"x"), ("file", b"a"), ("file", b"b")], 400, "INVALID_FILE"),
            ([("dest", b"x")], 400, "MISSING_FILE"),
            ([("file", b"a")], 400, "MISSING_DEST"),
            ([("file", b"a"), ("dest", b"x"), ("dest", b"y")], 400, "INVALID_DEST"),
            ([("file", b"a"), ("dest", b"\xff")], 400, "INVALID_DEST"),
            ([("file", b"a"), ("dest", b"x" * 100_000)], 400, "INVALID_DEST"),
            ([("file", b"a"), ("dest", b"x"), ("mode", b"4755")], 400, "INVALID_MODE"),
            ([("file", b"a"), ("dest", b"x"), ("mode", b"rwx")], 400, "INVALID_MODE"),
            ([("file", b"a"), ("dest", b"x"), ("sha256", b"1")], 400, "INVALID_SHA256"),
            ([("file", b"a"), ("dest", b"x"), ("overwrite", b"maybe")], 400, "INVALID_OVERWRITE"),
            ([("file", b"a"), ("dest", b"x"), ("owner", b"root")], 400, "UNKNOWN_FIELD"),
        ],
    )
    def test_a_form_that_says_it_wrong_leaves_nothing(
        self, api: httpx.Client, host: RealHost, parts: list[tuple[str, bytes]], status: int, code: str
    ) -> None:
        before = host.left()

        refused(post(api, host, form(*parts)), status, code)
        assert [path for path in host.left() if path not in before and path != str(host.up)] == []

    @pytest.mark.parametrize("body", [b"", b"nonsense", form(("file", b"a"), ("dest", b"x"))[:-9]])
    def test_what_is_no_form_to_its_end_leaves_nothing(self, api: httpx.Client, host: RealHost, body: bytes) -> None:
        before = host.left()

        refused(post(api, host, body), 400, "MALFORMED_BODY")
        assert [path for path in host.left() if path not in before and path != str(host.up)] == []

    def test_json_is_no_form(self, api: httpx.Client, host: RealHost) -> None:
        refused(api.post(host.url, json={"dest": "x"}), 400, "INVALID_CONTENT_TYPE")

    def test_it_is_in_the_audit_with_its_path_and_so_is_a_refusal(self, api: httpx.Client, host: RealHost) -> None:
        good(upload(api, host, dest="five"))
        refused(upload(api, host, dest="/etc/x"), 403, "OUTSIDE_ROOTS")
        found = entries(api, host, "files.create")

        assert {"done", "OUTSIDE_ROOTS"} <= {entry["result"] for entry in found}
        assert str(host.up / "five") in {entry["part_id"] for entry in found}


class TestWhoMay:
    def test_viewers_neither_read_nor_write(self, server: Served, host: RealHost, log: str) -> None:
        [viewer] = make_tokens(server, [("viewer",)])
        with client(server, viewer.secret) as theirs:
            refused(download(theirs, host, log), 403, "FORBIDDEN")
            refused(upload(theirs, host, dest="x"), 403, "FORBIDDEN")

    def test_an_agents_key_opens_no_transfer_that_is_not_its_own(self, server: Served, api: httpx.Client) -> None:
        other = make_agent(api)
        key = good(api.post(f"/v1/agents/{other['id']}/keys", json={}))["key"]
        for method in ("GET", "POST"):
            answer = httpx.request(method, f"{server.url}/v1/link/transfers/trf_x", headers={"X-Agent-Key": key})
            refused(answer, 404, "TRANSFER_NOT_FOUND")

    def test_a_coding_agent_has_no_files(self, api: httpx.Client) -> None:
        refused(api.get(f"/api/agents/{make_agent(api)['id']}/files", params={"path": "/x"}), 409, "NOT_A_HOST")

    def test_an_agent_that_is_not_there_is_not_found(self, api: httpx.Client) -> None:
        refused(api.get("/api/agents/agt_none/files", params={"path": "/x"}), 404, "AGENT_NOT_FOUND")


def test_without_its_daemon_a_host_is_offline(api: httpx.Client, host: RealHost, log: str) -> None:
    host.stop()
    refused(download(api, host, log), 409, "HOST_OFFLINE")
    refused(upload(api, host, dest="x"), 409, "HOST_OFFLINE")
    host.start()
    assert download(api, host, log).content == LOG


def test_a_download_stands_in_the_audit_in_words(api: httpx.Client, host: RealHost, log: str) -> None:
    download(api, host, log)
    page = api.get("/audit", params={"action": "files.show"}, headers={"Accept": "text/html"}).text

    assert "downloaded a file of" in page
    assert log in page


class TestWhatGoesWrongOnTheWay:
    def test_an_upload_that_is_cut_off_leaves_nothing(self, server: Served, api: httpx.Client, host: RealHost) -> None:
        for dest_first in (True, False):
            before = host.left()
            parts = [("dest", str(host.more / "cut").encode()), ("file", os.urandom(4 << 20))]
            body = form(*(parts if dest_first else reversed(parts)))
            with socket.create_connection(("127.0.0.1", server.port)) as raw:
                raw.sendall(
                    f"POST {host.url} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n"
                    f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                    + body[: 3 << 20]
                )
                until(lambda: open_files(host))
            until(lambda: not open_files(host))
            assert [path for path in host.left() if path not in before] == []
        assert good(upload(api, host, dest="after_the_cut"))["size"] == 7

    def test_a_daemon_killed_during_an_upload_leaves_nothing_and_the_caller_is_told(
        self, server: Served, host: RealHost
    ) -> None:
        before = host.left()
        body = form(("dest", str(host.more / "killed").encode()), ("file", os.urandom(8 << 20)))
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as raw:
            raw.sendall(
                f"POST {host.url} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n"
                f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body[: 1 << 20]
            )
            until(lambda: open_files(host))
            host.stop()
            with contextlib.suppress(OSError):
                raw.sendall(body[1 << 20 :])
            answer = raw.recv(1 << 16)
        host.start()

        assert answer.startswith(b"HTTP/1.1 409 ")
        assert b"HOST_OFFLINE" in answer
        assert [path for path in host.left() if path not in before] == []

    def test_beats_and_commands_go_on_beside_transfers(self, api: httpx.Client, host: RealHost) -> None:
        path = host.logs / "slow"
        with path.open("wb") as file:
            file.truncate(1 << 30)
        with contextlib.ExitStack() as readers:
            for _ in range(4):  # who read nothing: their transfers stand still
                readers.enter_context(api.stream("GET", host.url, params={"path": str(path)}))
            body = {"type": "shell", "params": {"command": "echo done"}}
            command = good(api.post(f"/v1/agents/{host.id}/commands", json=body))["id"]
            until(lambda: good(api.get(f"/v1/agents/{host.id}/commands/{command}"))["outcome"] == "succeeded")
            assert download(api, host, path, Range="bytes=0-9").content == bytes(10)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_full_disk_is_507_and_leaves_nothing(api: httpx.Client, host: RealHost) -> None:
    small = host.more / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        content = os.urandom(3 << 20)
        for dest_first in (True, False):
            parts = [("dest", str(small / "big").encode()), ("file", content)]
            answer = post(api, host, form(*(parts if dest_first else reversed(parts))))
            refused(answer, 507, "DISK_FULL")
            assert list(small.iterdir()) == []
        done = good(upload(api, host, dest=str(small / "fits")))
        assert (small / "fits").read_bytes() == b"content", done
    finally:
        subprocess.run(["umount", str(small)], check=True)


def open_files(host: RealHost) -> list[str]:
    """Files without a name that the daemon holds."""
    found = []
    for link in Path(f"/proc/{host.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(link.readlink()))
    return [name for name in found if name.endswith(" (deleted)") and str(host.folder) in name]
