"""Log lines: their shape, what binds them together, what they never hold."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from fleet import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave the root logger as it was."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


def test_every_line_of_a_request_has_its_id_and_no_other_ones(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", dev=False)

    first = logs.begin_request()
    logs.logger("fleet.test").info("one")
    logging.getLogger("some.library").warning("two %s", 2)
    second = logs.begin_request()
    logs.logger("fleet.test").info("three")

    assert [(line["event"], line["request_id"]) for line in lines(capsys)] == [
        ("one", first),
        ("two 2", first),
        ("three", second),
    ]


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("trace", ["trace", "debug", "info", "warning", "error"]),
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warn", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_a_level_shows_itself_and_what_is_worse(
    capsys: pytest.CaptureFixture[str], level: str, seen: list[str]
) -> None:
    logs.set_up(level, dev=False)
    log = logs.logger("fleet.test")

    for name in ("trace", "debug", "info", "warning", "error"):
        getattr(log, name)(name)

    assert [line["event"] for line in lines(capsys)] == seen


@pytest.mark.parametrize(("level", "shown"), [("trace", True), ("debug", False)])
def test_sql_is_shown_by_trace_only(capsys: pytest.CaptureFixture[str], level: str, shown: bool) -> None:
    logs.set_up(level, dev=False)

    logging.getLogger("sqlalchemy.engine.Engine").info("SELECT 1")

    assert bool(lines(capsys)) is shown


def test_credentials_are_masked_wherever_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", dev=False)
    secret = "flt_" + "Ab-_" * 10

    logs.logger("fleet.test").warning(f"sent {secret}", url="/v1/stream?token=abc.def&x=1")
    try:
        raise ValueError(secret)
    except ValueError:
        logs.logger("fleet.test").exception("failed")

    first, second = lines(capsys)
    assert (first["event"], first["url"]) == ("sent flt_***", "/v1/stream?token=***&x=1")
    assert "ValueError: flt_***" in str(second["exception"])


def test_setting_up_twice_logs_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", dev=False)
    logs.set_up("info", dev=False)

    logs.logger("fleet.test").info("once")

    assert len(lines(capsys)) == 1


def test_development_shows_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", dev=True)

    logs.logger("fleet.test").info("hello", who="people")

    assert "hello" in (line := capsys.readouterr().err)
    assert "who=people" in line
    assert not line.startswith("{")


def test_the_line_of_a_request_is_what_the_other_lines_are(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", dev=False)
    logs.begin_request()
    secret = "flt_" + "x" * 43
    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/v1/agents/{secret}/é",
        "REMOTE_ADDR": "::1",
        logs.WHO: "Ada",
    }

    logs.request_line(asked, 200, 0.0123, 9)
    told = {
        "method": "GET",
        "path": f"/v1/agents/{secret}/é",
        "status": 200,
        "ms": 12.3,
        "bytes": 9,
        "remote": "::1",
        "who": "Ada",
    }
    logs.logger("fleet.requests").info("request", **told)

    quick, usual = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert list(quick) == list(usual)
    assert secret not in str(quick)
    assert {**quick, "timestamp": ""} == {**usual, "timestamp": ""}
