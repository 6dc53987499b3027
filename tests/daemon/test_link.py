"""One link: what is said over it, how it ends, and that it always comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from fleet import protocol
from fleet.daemon import link as links
from tests.support.daemon_parts import KEY, Host
from tests.support.link_server import WELCOME, Behaviour, Line, LinkServer, answer, welcome_and_stay

Serve = Callable[..., LinkServer]
MakeHost = Callable[..., Host]


def test_the_first_frame_is_hello_and_says_who_what_and_what_goes_on_here(serve: Serve, host: MakeHost) -> None:
    hellos: list[dict[str, Any]] = []

    def behave(line: Line) -> None:
        hellos.append(line.welcome())
        line.stay()

    here = host(serve(behave).url)
    here.start()
    here.until(lambda: here.work.welcomes)

    assert set(hellos[0]) == {
        *(
            "type",
            "protocol",
            "version",
            "sha256",
            "os",
            "arch",
            "python",
            "hostname",
            "ips",
            "boot_id",
            "clock",
            "session",
        ),
        *("user", "capabilities", "waiting", "running", "ended"),
    }
    assert (hellos[0]["protocol"], hellos[0]["session"], hellos[0]["waiting"]) == (1, None, ["cmd_w"])


def test_the_key_travels_in_its_header_only_and_no_cookie_no_origin_and_no_extension_with_it(
    serve: Serve, host: MakeHost
) -> None:
    server = serve(welcome_and_stay)
    here = host(f"{server.url}/below/")
    here.start()
    here.until(lambda: here.work.welcomes)

    request = server.lines[0].request
    assert request is not None
    assert request.path == "/below/v1/link"
    assert request.headers["X-Agent-Key"] == KEY
    assert request.headers["User-Agent"].startswith("fleet-daemon/")
    sent = {name.lower() for name, _ in request.headers.raw_items()}
    assert {"origin", "cookie", "authorization", "sec-websocket-extensions"}.isdisjoint(sent)


def test_the_session_is_on_disk_before_anything_else_is_said_and_comes_back_in_the_next_hello(
    serve: Serve, host: MakeHost
) -> None:
    seen: list[tuple[str, str]] = []
    sessions: list[Any] = []

    def behave(line: Line) -> None:
        sessions.append(line.welcome(session=f"s{len(sessions) + 1}")["session"])
        line.listen()
        seen.append((f"s{len(sessions)}", (here.state / "session").read_text().strip()))

    server = serve(behave)
    here = host(server.url)
    here.work.queue.extend({"type": "accepted", "id": str(number)} for number in range(10))
    here.start()
    here.until(lambda: len(seen) >= 2)

    assert sessions[:2] == [None, "s1"]
    assert all(told == stored for told, stored in seen)


def test_nothing_but_hello_is_said_before_the_welcome(serve: Serve, host: MakeHost) -> None:
    early: list[Any] = []

    def behave(line: Line) -> None:
        line.upgrade()
        early.append(line.until("hello"))
        line.sock.settimeout(0.3)
        try:
            early.append(line.listen())
        except TimeoutError:
            line.sock.settimeout(10)
        line.say(WELCOME)
        line.stay()

    here = host(serve(behave).url)
    here.work.queue.append({"type": "accepted", "id": "1"})
    here.start()
    here.until(lambda: here.work.pulled)

    assert len(early) == 1


def test_frames_for_the_commands_reach_them_in_order_and_theirs_reach_the_server(serve: Serve, host: MakeHost) -> None:
    heard: list[Any] = []
    chunk = protocol.encode_chunk(protocol.Chunk("stdout", "cmd_1", 7, b"\x00\xff"))

    def behave(line: Line) -> None:
        line.welcome()
        for kind in ("command", "want", "cancel", "forget"):
            line.say({"type": kind, "id": "cmd_1"})
        line.say({"type": "something newer", "id": "cmd_1"})
        while True:
            heard.append(line.listen())

    here = host(serve(behave).url)
    here.start()
    here.until(lambda: len(here.work.taken) == 4)
    here.work.queue.extend([{"type": "accepted", "id": "cmd_1"}, chunk])
    assert here.daemon is not None
    here.daemon.wake()
    here.until(lambda: chunk in heard)

    assert [frame["type"] for frame in here.work.taken] == ["command", "want", "cancel", "forget"]
    assert {"type": "accepted", "id": "cmd_1"} in heard


def test_a_message_in_fragments_is_one_message(serve: Serve, host: MakeHost) -> None:
    def behave(line: Line) -> None:
        line.welcome()
        text = json.dumps({"type": "command", "id": "cmd_ü"}, ensure_ascii=False).encode()
        for at in range(len(text)):
            opcode = Opcode.TEXT if at == 0 else Opcode.CONT
            line.sock.sendall(Frame(opcode, text[at : at + 1], at == len(text) - 1).serialize(mask=False))
        line.stay()

    here = host(serve(behave).url)
    here.start()
    here.until(lambda: here.work.taken)

    assert here.work.taken == [{"type": "command", "id": "cmd_ü"}]


def test_while_the_server_does_not_read_only_little_is_asked_of_the_commands(serve: Serve, host: MakeHost) -> None:
    def behave(line: Line) -> None:
        line.welcome()
        while not released:
            time.sleep(0.01)
        received.extend(iter_messages(line))

    released: list[bool] = []
    received: list[Any] = []
    here = host(serve(behave).url)
    pieces = [protocol.encode_chunk(protocol.Chunk("stdout", "c", n << 16, bytes(1 << 16))) for n in range(400)]
    here.work.queue.extend(pieces)
    here.start()
    here.until(lambda: here.work.pulled)
    before = -1
    while before != here.work.pulled:
        before = here.work.pulled
        for _ in range(10):
            here.loop.once(0.02)

    assert before < 300
    released.append(True)
    here.until(lambda: len([each for each in received if isinstance(each, bytes)]) == 400)
    assert [each for each in received if isinstance(each, bytes)] == pieces


def iter_messages(line: Line) -> list[Any]:
    got: list[Any] = []
    while len([each for each in got if isinstance(each, bytes)]) < 400:
        got.append(line.listen())
    return got


def test_each_beat_has_a_ping_and_the_four_figures(serve: Serve, host: MakeHost) -> None:
    beats: list[dict[str, Any]] = []

    def behave(line: Line) -> None:
        line.welcome(beat=0.05)
        while True:
            beats.append(line.until("beat"))

    server = serve(behave)
    here = host(server.url)
    here.start()
    here.until(lambda: len(beats) >= 3 and server.lines[0].pings >= 2)

    assert set(beats[0]["metrics"]) <= {"cpu_percent", "mem_percent", "disk_percent", "uptime_s"}
    assert {"disk_percent", "uptime_s"} <= set(beats[0]["metrics"])


def test_all_metrics_are_said_while_somebody_watches_and_no_longer(serve: Serve, host: MakeHost) -> None:
    got: list[dict[str, Any]] = []

    def behave(line: Line) -> None:
        line.welcome(beat=0.1)
        line.say({"type": "metrics", "every": 5})
        while "processes" not in line.until("beat")["metrics"]:
            pass
        got.append({})
        line.say({"type": "metrics", "every": 0})
        while "processes" in line.until("beat")["metrics"]:
            pass
        got.append({})
        line.stay()

    here = host(serve(behave).url)
    here.start()
    here.until(lambda: len(got) == 2)


def test_a_link_on_which_nothing_is_heard_for_two_beats_is_dead_and_another_is_made(
    serve: Serve, host: MakeHost, said: Callable[[], str]
) -> None:
    def fall_silent(line: Line) -> None:
        line.welcome(beat=0.1)
        line.answer_pings = False
        line.stay()

    here = host(serve(fall_silent, welcome_and_stay).url)
    here.start()
    here.until(lambda: len(here.work.welcomes) == 2)

    assert "nothing was heard for two beats" in said()
    assert here.work.losses == 1


def test_pongs_alone_keep_a_link_alive(serve: Serve, host: MakeHost) -> None:
    server = serve(welcome_with(beat=0.05))
    here = host(server.url)
    here.start()
    here.until(lambda: server.lines and server.lines[0].pings >= 10)

    assert len(server.lines) == 1


def test_a_machine_that_slept_finds_its_link_dead_when_it_wakes(
    serve: Serve, host: MakeHost, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]
) -> None:
    slept = [0.0]
    monkeypatch.setattr(links.Link.__init__, "__defaults__", (lambda: time.monotonic() + slept[0],))

    def quiet(line: Line) -> None:
        line.welcome(beat=2)
        line.answer_pings = False
        line.stay()

    here = host(serve(quiet, welcome_and_stay).url)
    here.start()
    here.until(lambda: here.work.welcomes)
    slept[0] = 3600.0
    here.until(lambda: len(here.work.welcomes) == 2, seconds=1.5)

    assert "nothing was heard" in said()


def test_a_server_that_takes_the_upgrade_and_says_nothing_is_left(
    serve: Serve, host: MakeHost, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]
) -> None:
    monkeypatch.setattr(protocol, "BEAT", 0.1)

    def silent(line: Line) -> None:
        line.upgrade()
        line.stay()

    here = host(serve(silent, welcome_and_stay).url)
    here.start()
    here.until(lambda: here.work.welcomes)

    assert "two beats after hello" in said()
    assert here.work.losses == 1, "what was told since hello is lost too"


def welcome_with(**changes: Any) -> Behaviour:
    def behave(line: Line) -> None:
        line.welcome(**changes)
        line.stay()

    return behave


def after_welcome(*frames: Any) -> Behaviour:
    def behave(line: Line) -> None:
        line.welcome()
        for frame in frames:
            line.say(frame)
        line.stay()

    return behave


def raw(content: bytes, welcome: bool = True) -> Behaviour:
    def behave(line: Line) -> None:
        if welcome:
            line.welcome()
        else:
            line.upgrade()
        line.sock.sendall(content)
        line.stay()

    return behave


def reset(line: Line) -> None:
    line.welcome()
    line.until("beat")
    line.reset()


def cut_within_a_frame(line: Line) -> None:
    line.welcome()
    line.sock.sendall(Frame(Opcode.TEXT, b'{"type": "command"}').serialize(mask=False)[:-5])


def drip(line: Line) -> None:
    line.upgrade()
    line.until("hello")
    for sign in Frame(Opcode.TEXT, json.dumps(WELCOME).encode()).serialize(mask=False):
        line.sock.sendall(bytes([sign]))
        time.sleep(0.001)
    line.sock.sendall(b"\xc1")


def without_welcome(line: Line) -> None:
    line.upgrade()
    line.until("hello")
    line.say({"type": "command", "id": "cmd_1"})
    line.stay()


HOSTILE: dict[str, Behaviour] = {
    "a frame over 1 MiB": raw(b"\x81\x7f" + (2 << 20).to_bytes(8, "big")),
    "a message over 1 MiB in fragments": raw(
        Frame(Opcode.TEXT, bytes(700_000), fin=False).serialize(mask=False)
        + Frame(Opcode.CONT, bytes(700_000)).serialize(mask=False)
    ),
    "garbage": raw(b"\xff" * 1000),
    "garbage in place of welcome": raw(b"GET / HTTP/1.1\r\n\r\n", welcome=False),
    "a masked frame": raw(Frame(Opcode.TEXT, b"{}").serialize(mask=True)),
    "a continuation of nothing": raw(Frame(Opcode.CONT, b"{}").serialize(mask=False)),
    "bytes": raw(Frame(Opcode.BINARY, b"\x01\x02").serialize(mask=False)),
    "no JSON": after_welcome(b"{"),
    "no UTF-8": after_welcome(b'"\xff"'),
    "depth": after_welcome(b"[" * 900_000),
    "a list": after_welcome([]),
    "no type": after_welcome({"id": "x"}),
    "a type that is a number": after_welcome({"type": 7}),
    "welcome twice": after_welcome(WELCOME),
    "a bye without code": after_welcome({"type": "bye", "retry_after": 1}),
    "metrics every NaN": after_welcome(b'{"type": "metrics", "every": NaN}'),
    "a command that is odd": after_welcome({"type": "command", "params": "odd"}),
    "a command that hits a fault": after_welcome({"type": "command", "params": "fatal"}),
    "no session": welcome_with(session=None),
    "a session of two lines": welcome_with(session="a\nb"),
    "a beat of 0": welcome_with(beat=0),
    "a beat that is text": welcome_with(beat="20"),
    "a command before welcome": without_welcome,
    "RST": reset,
    "a cut within a frame": cut_within_a_frame,
    "a slow drip, then garbage": drip,
    "another status": answer(500),
    "nothing at all": lambda line: line.sock.close(),
    "a wrong accept key": answer(
        101, headers="Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n"
    ),
    "an extension that nobody offered": answer(
        101, headers="Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
    ),
    "no HTTP": lambda line: line.sock.sendall(b"SSH-2.0-x\r\n\r\n"),
    "endless headers": lambda line: line.sock.sendall(b"HTTP/1.1 101 X\r\n" + b"a: b\r\n" * 5000),
    "an endless line": lambda line: line.sock.sendall(b"HTTP/1.1 101 " + b"a" * 3_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_server_does_the_daemon_lives_and_comes_back(serve: Serve, host: MakeHost, name: str) -> None:
    here = host(serve(HOSTILE[name], HOSTILE[name], welcome_and_stay).url)
    here.start()
    here.until(lambda: settled(here))

    assert KEY not in (here.state / "link.json").read_text()


def settled(here: Host) -> bool:
    """True once the third connection, the good one, stands."""
    assert here.daemon is not None
    linked = here.daemon._link
    return len(here.waits) >= 2 and linked is not None and linked._conversation.welcomed
