"""Where output goes: a terminal gets colours and fitting lines, a pipe gets everything and nothing else."""

from __future__ import annotations

import codecs
import json
import os
import select
import shutil
import sys
from collections.abc import Iterable

import click

from fleet.shell import plain

DEL = "\x7f"


class Unwritten(Exception):
    """Standard output takes no more: the disk is full, or it was closed before this began."""


def terminal() -> bool:
    """True when a person reads standard output as it comes."""
    return sys.stdout is not None and sys.stdout.isatty()


def for_programs() -> bool:
    """True when the command that runs was given --json: it says everything as JSON, or not at all."""
    context = click.get_current_context(silent=True)
    return bool(context and context.params.get("as_json"))


def columns() -> int | None:
    """The terminal's width, or None where there is none to fit."""
    return shutil.get_terminal_size().columns if terminal() else None


def paint(text: str, colour: str | None, *, bold: bool = False) -> str:
    """`text` in a colour, where colours are wanted (https://no-color.org)."""
    coloured = terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return click.style(text, fg=colour, bold=bold or None) if coloured and (colour or bold) else text


def fitted(text: str) -> str:
    """A line for the terminal, cut to its width; a pipe gets it whole."""
    room = columns()
    return plain.cut(text, room) if room else text


def say(text: str = "", *, end: str = "\n") -> None:
    """Print to standard output, at once: somebody may be following. Raises Unwritten, and BrokenPipeError."""
    if sys.stdout is None:
        raise Unwritten("it is closed")
    try:
        click.echo(text + end, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon()
        raise Unwritten(error.strerror or str(error)) from error


class Bytes:
    """Standard output for a file's bytes, as they are; a terminal gets what does not act on it."""

    def __init__(self) -> None:
        """Raises Unwritten."""
        if sys.stdout is None:
            raise Unwritten("it is closed")
        self._text = codecs.getincrementaldecoder("utf-8")("replace") if terminal() else None

    def write(self, piece: bytes) -> None:
        """Write some. Raises Unwritten, and BrokenPipeError."""
        if self._text is not None:
            say(plain.block(self._text.decode(piece)), end="")
            return
        try:
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            abandon()
            raise Unwritten(error.strerror or str(error)) from error


def note(text: str) -> None:
    """Print what is not the result: to standard error, for people."""
    if not for_programs():
        click.echo(text, err=True)


def warn(text: str) -> None:
    """Print to standard error what programs have to know too, while a command goes on: to them as `{"note": …}`."""
    click.echo(as_json({"note": text}) if for_programs() else text, err=True)


def say_json(value: object, *, indent: int | None = 2) -> None:
    """Print JSON. Only ASCII, so no character of it acts on a terminal."""
    say(as_json(value, indent=indent))


def as_json(value: object, *, indent: int | None = None) -> str:
    """JSON of ASCII only."""
    return json.dumps(value, indent=indent).replace(DEL, "\\u007f")


def say_all(lines: Iterable[str]) -> None:
    """Print lines, one write for all."""
    say("\n".join(lines))


def forgive_encodings() -> None:
    """Let a terminal that knows few characters show `?` for the others."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def flush() -> None:
    """Send what is left. Raises as `say` does, where there is anything."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon()
        raise Unwritten(error.strerror or str(error)) from error


def check_reader() -> None:
    """Raise BrokenPipeError when nobody reads standard output any more, Unwritten when it was closed before."""
    if sys.stdout is None:
        raise Unwritten("it is closed")
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    if any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0)):
        raise BrokenPipeError


def abandon() -> None:
    """Send what is still to be written nowhere: its reader has gone."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
