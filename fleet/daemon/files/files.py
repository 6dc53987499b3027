"""What the server wants of this host's files: looked at, sent, taken. Each in a thread; the loop never waits."""

from __future__ import annotations

import contextlib
import os
import stat
from collections import deque
from pathlib import Path
from typing import Any, Callable, Deque, Dict, Optional, TypeVar, Union

from fleet.daemon.aside import Aside
from fleet.daemon.files.refused import BUSY, CHANGED, Failed, as_failed
from fleet.daemon.files.temporary import sweep
from fleet.daemon.files.transfer import Received, Way, etag_of, send
from fleet.daemon.files.upload import Upload, Wanted
from fleet.daemon.loop import Loop
from fleet.daemon.roots import Roots

T = TypeVar("T")
Frame = Dict[str, Any]
# At one time; beyond it the server is told to come again.
AT_ONCE = 8
# Of one folder, in a list.
ENTRIES_MOST = 1000
# Characters of a sentence: a path may be longer than what the server takes of one.
MESSAGE_MOST = 900
# Seconds for which an upload that is all there waits to be told where it belongs.
COMMIT_WITHIN = 60.0


class Files:
    """Takes frames of FRAMES, and has `done` and `failed` to say for each."""

    FRAMES = frozenset({"stat", "list", "get", "put", "commit"})

    def __init__(self, roots: Roots, uploads: Path, way: Way, loop: Loop, say: Callable[[], None]) -> None:
        self._roots = Roots(roots.read, (*roots.write, uploads))
        self._uploads = uploads
        self._way = way
        self._loop = loop
        self._say = say
        self._outgoing: Deque[Frame] = deque()
        self._under_way: Dict[str, Aside[Any]] = {}
        self._taken: Dict[str, Upload] = {}
        with contextlib.suppress(OSError):
            folder = os.open(uploads, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                sweep(folder)
            finally:
                os.close(folder)

    def take(self, frame: Frame) -> None:
        """A frame of the server's. Raises ValueError, TypeError, LookupError for one that is not as it should be."""
        kind, name = frame["type"], _text(frame, "id")
        if kind == "commit":
            self._commit(name, frame)
        elif len(self._under_way) >= AT_ONCE:
            self._fail(name, Failed(BUSY, f"This host has {AT_ONCE} transfers under way already: try again soon."))
        elif kind == "put":
            self._put(name, frame)
        else:
            path = _text(frame, "path")
            work = {"stat": self._stat, "list": self._list, "get": self._get}[kind]
            self._aside(name, lambda: work(path, frame), lambda outcome: self._finish(name, path, outcome))

    def outgoing(self) -> Optional[Frame]:
        """The next frame to send."""
        return self._outgoing.popleft() if self._outgoing else None

    def disconnected(self) -> None:
        """Nobody waits for any of it any more; what was taken and not placed is gone.

        What is under way in a thread ends by itself, and leaves nothing.
        """
        self._outgoing.clear()
        for aside in self._under_way.values():
            aside.abandon()
        for name, upload in self._taken.items():
            if name not in self._under_way:
                upload.discard()
        self._under_way.clear()
        self._taken.clear()

    # Looked at, and sent: in threads.

    def _stat(self, path: str, _: Frame) -> Frame:
        fd, found = self._roots.open(path)
        os.close(fd)
        return {"size": found.st_size, "mtime": int(found.st_mtime), "etag": etag_of(found)}

    def _list(self, path: str, _: Frame) -> Frame:
        fd = self._roots.open_folder(path)
        try:
            names = sorted(os.listdir(fd))  # noqa: PTH208  # of a descriptor
            entries = [entry for name in names[:ENTRIES_MOST] if (entry := _entry(fd, name)) is not None]
        finally:
            os.close(fd)
        return {"entries": entries, "more": max(0, len(names) - ENTRIES_MOST)}

    def _get(self, path: str, frame: Frame) -> Frame:
        offset, length = _whole(frame, "offset"), _whole(frame, "length")
        fd, found = self._roots.open(path)
        try:
            if offset + length > found.st_size or frame.get("etag") not in (None, etag_of(found)):
                raise Failed(CHANGED, f'"{path}" has changed meanwhile.')
            send(self._way, frame["id"], fd, found, offset, length)
        finally:
            os.close(fd)
        return {"size": length}

    # Taken: into a temporary file, and from there to its place.

    def _put(self, name: str, frame: Frame) -> None:
        path = self._path(_text(frame, "dest")) if "dest" in frame else None
        upload = self._taken[name] = Upload(self._roots, self._uploads, self._way, name)

        def received(outcome: Union[Received, Exception]) -> None:
            if isinstance(outcome, Exception):
                self._taken.pop(name, None)
                self._finish(name, path or "the upload", outcome)
                return
            upload.received = outcome
            if upload.commit is not None:
                self._place(name, upload, upload.commit.path)
            else:
                self._loop.later(COMMIT_WITHIN, lambda: self._forget(name))

        self._aside(name, lambda: upload.receive(path), received, lambda _: upload.discard())

    def _commit(self, name: str, frame: Frame) -> None:
        upload = self._taken.get(name)
        if upload is None:
            return  # it has failed, and that was said
        mode, sha256 = frame.get("mode"), frame.get("sha256")
        if not isinstance(mode, (int, type(None))) or not isinstance(sha256, (str, type(None))):
            raise ValueError("a commit's mode or sha256")
        upload.commit = Wanted(self._path(_text(frame, "dest")), mode, sha256, frame.get("overwrite") is True)
        if upload.received is not None:
            self._place(name, upload, upload.commit.path)

    def _place(self, name: str, upload: Upload, path: str) -> None:
        self._taken.pop(name, None)
        self._aside(name, upload.place, lambda outcome: self._finish(name, path, outcome))

    def _forget(self, name: str) -> None:
        upload = self._taken.get(name)
        if upload is not None and name not in self._under_way:
            del self._taken[name]
            upload.discard()

    def _path(self, dest: str) -> str:
        """A path from "/" as it is, any other beneath the upload folder."""
        return dest if dest.startswith("/") else f"{self._uploads}/{dest}"

    # What comes of it, in the loop.

    def _aside(
        self,
        name: str,
        work: Callable[[], T],
        done: Callable[[Union[T, Exception]], None],
        drop: Callable[[T], None] = lambda _: None,
    ) -> None:
        def over(outcome: Union[T, Exception]) -> None:
            self._under_way.pop(name, None)
            done(outcome)

        self._under_way[name] = Aside(self._loop, work, over, drop)

    def _finish(self, name: str, path: str, outcome: Union[Frame, Exception]) -> None:
        if isinstance(outcome, Exception):
            self._fail(name, as_failed(outcome, path))
        else:
            self._tell({"type": "done", "id": name, **outcome})

    def _fail(self, name: str, failed: Failed) -> None:
        self._tell({"type": "failed", "id": name, "code": failed.code, "message": failed.message[:MESSAGE_MOST]})

    def _tell(self, frame: Frame) -> None:
        self._outgoing.append(frame)
        self._say()


def _entry(folder: int, name: str) -> Optional[Frame]:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        name.encode()
    except (OSError, UnicodeError):
        return None
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
    kind = kinds.get(stat.S_IFMT(found.st_mode), "other")
    return {"name": name, "kind": kind, "size": found.st_size, "mtime": int(found.st_mtime)}


def _text(frame: Frame, name: str) -> str:
    value = frame[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is no text")
    return value


def _whole(frame: Frame, name: str) -> int:
    value = frame[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is no whole number")
    return value
