"""Which files of a host may be read and written: what lies beneath its roots, by whatever name it is asked for."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.daemon import beneath, permission, roots
from fleet.daemon.roots import PathRefused, Roots


@pytest.fixture(params=["openat2", "walk"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of opening: by the kernel's own means, and where it has none."""
    if request.param == "walk":
        monkeypatch.setattr(beneath, "has_openat2", lambda: False)
    elif not beneath.has_openat2():
        pytest.skip("this kernel has no openat2")
    return str(request.param)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """`logs` may be read, `more` too, `up` may be written; `secret` is nobody's business."""
    for name in ("logs/nginx", "more", "up/inner", "logs2"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("logs/nginx/access.log", "more/one", "logs2/other", "secret"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.fixture
def allowed(place: Path) -> Roots:
    return Roots((place / "logs", place / "more"), (place / "up",))


def read(allowed: Roots, path: Path | str) -> str:
    fd, found = allowed.open(str(path))
    with os.fdopen(fd, "rb") as file:
        assert os.fstat(file.fileno()).st_ino == found.st_ino
        return file.read().decode()


def refused(allowed: Roots, path: Path | str) -> str:
    with pytest.raises(PathRefused) as caught:
        allowed.open(str(path))
    return caught.value.code


def test_a_file_beneath_a_root_is_read(allowed: Roots, place: Path) -> None:
    assert read(allowed, place / "logs/nginx/access.log") == "logs/nginx/access.log"
    assert read(allowed, f"{place}/logs//nginx/./access.log") == "logs/nginx/access.log"


def test_links_are_followed_as_far_as_the_roots_reach(allowed: Roots, place: Path) -> None:
    (place / "logs/today").symlink_to("nginx/access.log")
    (place / "logs/by_name").symlink_to(place / "logs/nginx")
    (place / "logs/elsewhere").symlink_to(place / "more/one")

    assert read(allowed, place / "logs/today") == "logs/nginx/access.log"
    assert read(allowed, place / "logs/by_name/access.log") == "logs/nginx/access.log"
    assert read(allowed, place / "logs/elsewhere") == "more/one"


def test_a_root_may_be_a_link_itself(place: Path) -> None:
    (place / "alias").symlink_to("logs")
    (place / "logs/by_name").symlink_to(place / "logs/nginx/access.log")

    assert read(Roots((place / "alias",), ()), place / "alias/by_name") == "logs/nginx/access.log"


@pytest.mark.parametrize(
    "path",
    [
        "secret",
        "logs/../secret",
        "logs2/other",
        "logs/out",
        "logs/up/secret",
        "logs/round",
        "logs/nginx/../nginx/access.log",
    ],
)
def test_no_path_leads_out_of_the_roots(allowed: Roots, place: Path, path: str) -> None:
    (place / "logs/out").symlink_to(place / "secret")
    (place / "logs/up").symlink_to("..")
    (place / "logs/round").symlink_to("round")

    assert refused(allowed, f"{place}/{path}") == roots.OUTSIDE_ROOTS


@pytest.mark.parametrize(
    "path", ["logs/x", "", "/proc/self/root/etc/hostname", "/etc/passwd", "//{place}/logs/x", "{place}/logs/\0"]
)
def test_what_is_no_plain_path_below_a_root_is_outside_too(allowed: Roots, place: Path, path: str) -> None:
    assert refused(allowed, path.format(place=place)) == roots.OUTSIDE_ROOTS


@pytest.mark.parametrize("path", ["/proc/self/status", "/sys/kernel/mm/transparent_hugepage/enabled", "/dev/null"])
def test_the_kernels_own_files_are_none_even_where_everything_may_be_read(path: str) -> None:
    assert refused(Roots((Path("/"),), ()), path) == roots.NOT_A_FILE


def test_magic_links_of_proc_lead_nowhere(place: Path) -> None:
    held = os.open(place / "secret", os.O_RDONLY)
    try:
        found = refused(Roots((Path("/proc"),), ()), f"/proc/self/fd/{held}")
    finally:
        os.close(held)

    assert found == roots.OUTSIDE_ROOTS


def test_only_regular_files_are_opened_and_none_is_waited_for(allowed: Roots, place: Path) -> None:
    os.mkfifo(place / "logs/fifo")

    assert refused(allowed, place / "logs/fifo") == roots.NOT_A_FILE
    assert refused(allowed, place / "logs/nginx") == roots.NOT_A_FILE
    assert refused(allowed, place / "logs") == roots.NOT_A_FILE
    assert refused(allowed, place / "logs/nginx/") == roots.NOT_A_FILE


@pytest.mark.parametrize("name", ["none", "nginx/none/x", "nginx/access.log/x", "x" * 300, "\ud800"])
def test_what_is_not_there_is_not_found(allowed: Roots, place: Path, name: str) -> None:
    assert refused(allowed, f"{place}/logs/{name}") == roots.NOT_FOUND


def test_a_link_put_in_the_place_of_a_folder_meanwhile_is_not_followed_out(
    allowed: Roots, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at where a link leads and the opening, somebody changes it."""
    (place / "logs/by_name").symlink_to(place / "more")
    real = os.path.realpath

    def change(path: str) -> str:
        found = real(path)
        if "by_name" in str(path):
            (place / "more").rename(place / "gone")
            (place / "more").symlink_to(place)
        return found

    (place / "one").write_text("not meant")
    monkeypatch.setattr(os.path, "realpath", change)

    assert refused(allowed, place / "logs/by_name/one") == roots.OUTSIDE_ROOTS


def test_a_file_that_may_not_be_read_names_the_group_that_could(
    allowed: Roots, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody who is not root, whatever the tests run as."""
    log = place / "logs/nginx/access.log"
    log.chmod(0o640)
    real = os.open

    def denied(path: str, flags: int, *more: object, **named: object) -> int:
        if str(path).endswith("access.log") and not flags & roots.LOOKING:
            raise PermissionError(13, "Permission denied", path)
        return real(path, flags, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(beneath, "has_openat2", lambda: False)
    monkeypatch.setattr(os, "open", denied)
    monkeypatch.setattr(permission, "group_name", lambda _: "adm")
    monkeypatch.setattr(os, "getegid", lambda: 77777)
    monkeypatch.setattr(os, "getgroups", list)
    with pytest.raises(PathRefused) as caught:
        allowed.open(str(log))
    assert caught.value.code == roots.FORBIDDEN
    assert "the group adm" in caught.value.message

    log.chmod(0o600)
    with pytest.raises(PathRefused, match="no group could"):
        allowed.open(str(log))


def test_a_folder_that_lets_nobody_through_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "logs/nginx").chmod(0o750)
    monkeypatch.setattr(os, "access", lambda folder, *_, **__: str(folder) != str(place / "logs/nginx"))
    monkeypatch.setattr(permission, "group_name", lambda _: "adm")
    monkeypatch.setattr(os, "getegid", lambda: 77777)
    monkeypatch.setattr(os, "getgroups", list)

    said = permission.who_could(str(place / "logs/nginx/access.log"))
    assert f'"{place}/logs/nginx" may be entered' in said
    assert "the group adm" in said


@pytest.fixture
def folders() -> Iterator[list[int]]:
    opened: list[int] = []
    yield opened
    for fd in opened:
        os.close(fd)


def test_a_file_to_write_has_a_folder_beneath_a_root_and_a_name(
    allowed: Roots, place: Path, folders: list[int]
) -> None:
    fd, name = allowed.folder_for(str(place / "up/inner/new"))
    folders.append(fd)

    assert name == "new"
    assert os.fstat(fd).st_ino == (place / "up/inner").stat().st_ino


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("logs/new", roots.OUTSIDE_ROOTS),
        ("up/../secret", roots.OUTSIDE_ROOTS),
        ("up/out/new", roots.OUTSIDE_ROOTS),
        ("up", roots.NOT_A_FILE),
        ("up/", roots.NOT_A_FILE),
        ("up/inner", roots.NOT_A_FILE),
        ("up/inner/", roots.NOT_A_FILE),
        ("up/inner/.", roots.NOT_A_FILE),
        ("up/fifo", roots.NOT_A_FILE),
        ("up/link", roots.NOT_A_FILE),
        ("up/none/new", roots.NOT_FOUND),
    ],
)
def test_a_place_to_write_that_is_none_is_refused(allowed: Roots, place: Path, path: str, code: str) -> None:
    os.mkfifo(place / "up/fifo")
    (place / "up/link").symlink_to(place / "secret")
    (place / "up/out").symlink_to(place)

    with pytest.raises(PathRefused) as caught:
        allowed.folder_for(f"{place}/{path}")
    assert caught.value.code == code
    assert stat.S_ISFIFO((place / "up/fifo").stat().st_mode)
