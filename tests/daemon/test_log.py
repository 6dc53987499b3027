"""What is written down is one line each, and steers nobody's terminal."""

from __future__ import annotations

import logging
import sys

from fleet.daemon.log import Lines, wire


def record(message: str, with_traceback: bool = False) -> logging.LogRecord:
    made = logging.LogRecord("fleet.daemon", logging.WARNING, "x.py", 1, message, (), None)
    if with_traceback:
        try:
            raise ValueError(message)
        except ValueError:
            made.exc_info = sys.exc_info()
    return made


def test_a_secret_that_was_named_is_hidden_also_in_a_traceback() -> None:
    lines = Lines(journal=True)
    lines.hide("s3cret")

    assert "s3cret" not in lines.format(record("it was s3cret", with_traceback=True))
    assert lines.format(record("it was s3cret")) == "<4>it was ***"


def test_a_line_stays_one_line_and_holds_no_escapes() -> None:
    text = Lines(journal=True).format(record("a\nb\x1b[31m\x07\u202ec"))

    assert text == "<4>a | b?[31m??c"


def test_websockets_never_tells_headers_to_anybody() -> None:
    assert not wire.isEnabledFor(logging.DEBUG)
    assert not wire.propagate
