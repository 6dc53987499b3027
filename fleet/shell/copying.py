"""`fleet cp`: a file from a host, or to it."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, cast

import click

from fleet.client import Json, Refused
from fleet.client.files import Cut, Download, Unread, Upload
from fleet.shell import finding, plain, screen
from fleet.shell.arriving import Arriving
from fleet.shell.command import FAILED, USAGE, Command, Failed, connected, in_words, json_option
from fleet.shell.fleet import Fleet
from fleet.shell.places import Place, local_target, place, remote_target
from fleet.shell.progress import Progress

# What a server calls it when a host goes away in the middle.
CUTS = ("CUT", "HOST_OFFLINE", "HOST_SILENT")
NOTHING_LEFT = "Nothing is left of it."
MODE = re.compile(r"0?[0-7]{3}")


class Wish(NamedTuple):
    """What the copy is to be."""

    mode: str | None
    overwrite: bool

    @property
    def bits(self) -> int | None:
        """The mode as a number."""
        return None if self.mode is None else int(self.mode, 8)

    @property
    def fields(self) -> dict[str, str]:
        """What a host is told of it."""
        mode = {} if self.mode is None else {"mode": self.mode}
        return mode | ({"overwrite": "true"} if self.overwrite else {})


@click.command(cls=Command)
@click.argument("source")
@click.argument("dest")
@click.option("--mode", metavar="OCTAL", help="What the copy may be used for, as 640; of a new file 644, or by umask.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
@json_option
@connected
def cp(fleet: Fleet, source: str, dest: str, mode: str | None, overwrite: bool, as_json: bool) -> None:
    """Copy a file from a host, or to it: one of the two is HOST:PATH.

    A DEST that is a folder keeps the name; HOST: without a path, or with a
    relative one, is in the host's upload folder. - is standard input or
    output. A local name with a colon is written ./a:b. Prints where the copy
    is, once all of it is there; one that is cut short leaves nothing.
    """
    if mode is not None and not MODE.fullmatch(mode):
        raise Failed("A mode is three octal digits, as 640.", USAGE)
    here, there = place(source), place(dest)
    if (here.host is None) == (there.host is None):
        raise Failed("One of the two, and not the other, is on a host: HOST:PATH.", USAGE)
    if there.is_standard and (as_json or mode or overwrite):
        raise Failed("Standard output takes the file alone: no --json, --mode or --overwrite.", USAGE)
    wish = Wish(mode, overwrite)
    with ended_in_order():
        try:
            done = fetched(fleet, here, there, wish) if here.host else sent(fleet, here, there, wish)
        except Cut as cut:
            raise Failed(f"The copy was cut short {cut}. {NOTHING_LEFT}", FAILED, "CUT") from None
    if as_json:
        screen.say_json(done)
    elif not there.is_standard:
        screen.say(plain.line(f"{there.host}:{done['path']}" if there.host else done["path"]))


@contextmanager
def ended_in_order() -> Iterator[None]:
    """While a file is half there, whoever ends this program ends it so that nothing of that is left."""

    def end(number: int, _: Any) -> NoReturn:
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def fetched(fleet: Fleet, source: Place, dest: Place, wish: Wish) -> Json:
    """Copy from a host."""
    if not source.path.startswith("/"):
        raise Failed("A file of a host is named by its whole path: HOST:/var/log/….", USAGE)
    host = finding.host(fleet, str(source.host))
    target = None if dest.is_standard else local_target(dest.path, source.path.rpartition("/")[2])
    with Download(fleet.transport.address, host["id"], source.path) as download:
        if target is None:
            output = screen.Bytes()
            for piece in told(download, source.path):
                output.write(piece)
            return {}
        digest = hashlib.sha256()
        with Arriving(target, wish.bits, overwrite=wish.overwrite) as arriving:
            for piece in told(download, source.path):
                digest.update(piece)
                arriving.write(piece)
            arriving.finish()
        return {"path": str(target), "size": download.size, "sha256": digest.hexdigest()}


def told(download: Download, name: str) -> Iterator[bytes]:
    """The pieces, while a person sees how far it is."""
    progress, gone = Progress(name, download.size), 0
    try:
        for piece in download:
            yield piece
            gone += len(piece)
            progress.tell(gone)
    finally:
        progress.clear()


def sent(fleet: Fleet, source: Place, dest: Place, wish: Wish) -> Json:
    """Copy to a host."""
    name = source.path.rstrip("/").rpartition("/")[2]
    target = remote_target(dest.path, name)
    file, size = opened(source)
    with file:
        host = finding.host(fleet, str(dest.host))
        try:
            return brought(fleet, host, file, size, target, wish)
        except Refused as refusal:
            if refusal.code != "NOT_A_FILE" or source.is_standard or not file.seekable():
                raise
            return into_folder(fleet, host, file, size, f"{target}/{name}", wish, refusal)


def into_folder(
    fleet: Fleet, host: Json, file: BufferedIOBase, size: int | None, target: str, wish: Wish, first: Refused
) -> Json:
    """Once more, since the first try met a folder, in which the copy keeps its name. Raises `first` if it was none."""
    file.seek(0)
    try:
        return brought(fleet, host, file, size, target, wish)
    except Refused as refusal:
        raise first if refusal.code in ("NOT_FOUND", "NOT_A_FILE") else refusal from None


def brought(fleet: Fleet, host: Json, file: BufferedIOBase, size: int | None, target: str, wish: Wish) -> Json:
    """The host's word that a file is there. Raises Failed for one that cannot be read."""
    progress = Progress(target, size)
    try:
        return Upload(file, size, {"dest": target} | wish.fields, progress.tell).send(
            fleet.transport.address, host["id"]
        )
    except Refused as refusal:
        if refusal.code == "EXISTS":
            sentence = f"{host['name']}:{target} is there already; --overwrite replaces it. (EXISTS)"
            raise Failed(sentence, FAILED, refusal.code) from None
        if refusal.code in CUTS and progress.gone:
            raise Failed(f"The copy was cut short: {in_words(refusal)}\n{NOTHING_LEFT}", FAILED, refusal.code) from None
        raise
    except Unread as problem:
        raise Failed(f"What is to be copied cannot be read: {problem}.", FAILED) from None
    finally:
        progress.clear()


def opened(source: Place) -> tuple[BufferedIOBase, int | None]:
    """A local file, and how many bytes it has where that can be told before its end. Raises Failed."""
    if source.is_standard:
        if sys.stdin is None:
            raise Failed("Standard input is closed.", USAGE)
        return cast(BufferedIOBase, sys.stdin.buffer), None
    try:
        file = Path(source.path).open("rb")  # noqa: SIM115  # the caller closes it
    except IsADirectoryError:
        raise Failed(f"{source.path} is a folder; one file is copied at a time.", USAGE) from None
    except OSError as error:
        raise Failed(f"{source.path} cannot be read: {error.strerror}.", FAILED) from None
    found = os.fstat(file.fileno())
    # Files of the kernel say that they are empty, and are not.
    return file, found.st_size or None if stat.S_ISREG(found.st_mode) else None
