"""A log file followed by its name, through everything that rotation does to it.

What is open is read to its end, whatever happens to its name: no line is lost that
was written to it, before or after it was renamed. A file that was emptied is read on
in the copy that was made of it, if one lies beside it, and then from its beginning.
"""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Deque, Iterator, List, Optional, Tuple

from fleet.daemon.logs import records, siblings
from fleet.daemon.logs.opened import Opened, Place, Truncated, start_of_last
from fleet.daemon.roots import PathRefused, Roots
from fleet.masking import Masker

# Files of the same name that wait to be read, beyond which some are missed; and former ones that are still looked at,
# for so many seconds after something was written to them: who has them open writes on until told otherwise.
FILES_MOST, FORMER_MOST = 16, 4
FORMER_FOR = 30.0
# Seconds for which a name may lead to what cannot be read: a rotation may set owner and mode a moment later.
UNREADABLE_FOR = 5.0


class FileSource:
    """One file for one follower. `read` gives what is to be told, b"" when to ask again, None when there is nothing.

    `once` tells what is in it now, and then that this was all (`is_at_end`).
    """

    def __init__(self, roots: Roots, path: str, lines: int, cursor: Optional[str], once: bool = False) -> None:
        """Raises PathRefused."""
        self._roots = roots
        self._path = path
        self._masker = Masker()
        self._notices: Deque[str] = deque()
        self._files: Deque[Opened] = deque([Opened(roots.open(path)[0])])
        self._former: Deque[Tuple[Opened, float]] = deque()
        self._seek: Optional[Iterator[Optional[int]]] = None
        self._missed = False
        self._unreadable_since: Optional[float] = None
        self._once = once
        self.is_at_end = False
        size = os.fstat(self._files[0].fd).st_size
        self._files[0].upto = size if once else None
        place = Place.parse(cursor) if cursor else None
        if place is not None:
            self._go_on(place)
            return
        if cursor:
            self._notices.append("gap")
        self._seek = start_of_last(self._files[0].fd, size, lines, unfinished_too=once)

    def close(self) -> None:
        """Let go of every file."""
        for each in (*self._files, *(file for file, _ in self._former)):
            each.close()
        self._files.clear()
        self._former.clear()

    def poll(self) -> None:
        """Look where the name leads now. Raises PathRefused when that cannot be read any more."""
        if self._once:
            return
        try:
            newest = Opened(self._roots.open(self._path)[0])
        except PathRefused as denied:
            self._wait_for(denied)
            return
        self._unreadable_since = None
        place = newest.place()
        if self._files[-1].is_same_file(place):
            newest.close()
        elif len(self._files) >= FILES_MOST:
            newest.close()
            self._missed = True
        else:
            self._files.append(self._known(place, newest))

    def read(self) -> Optional[bytes]:
        """The next lines as JSON."""
        if self._seek is not None:
            return self._look_for_start()
        if self._notices:
            return self._tell_notice()
        file = self._files[0]
        try:
            lines = file.read()
        except Truncated:
            return self._read_anew(file)
        if lines is None and len(self._files) > 1:
            return self._next_file()
        if lines is None:
            return self._tell_end() if self._once else self._read_former()
        return self._tell(lines)

    def _tell(self, lines: List[records.Line]) -> bytes:
        return records.told(lines, self._masker) if lines else b""

    def _tell_notice(self) -> bytes:
        return records.notice(self._notices.popleft(), str(self._files[0].place()))

    def _look_for_start(self) -> bytes:
        assert self._seek is not None
        found = next(self._seek)
        if found is not None:
            self._seek = None
            self._begin(found)
            return records.mark("begin", str(self._files[0].place()))
        return b""

    def _tell_end(self) -> Optional[bytes]:
        """Nobody waits for the end of a line that has none yet: it is told as it is."""
        told = b"" if self.is_at_end else self._rest(self._files[0])
        self.is_at_end = True
        return told or None

    def _begin(self, offset: int) -> None:
        # A private key may have begun before: the masker has to know.
        self._masker.feed(self._files[0].go_to(offset))

    def _go_on(self, place: Place) -> None:
        """Begin behind the last line that the reader has."""
        present = self._files[0]
        if present.is_same_file(place) and present.holds(place):
            self._begin(place.offset)
            return
        before = siblings.former(self._roots, self._path, place, present)
        if before:
            self._files.extendleft(reversed(before))
            self._begin(place.offset)
        else:
            self._notices.append("truncated" if present.is_same_file(place) else "gap")

    def _read_anew(self, file: Opened) -> bytes:
        """The file was emptied: first what is left of it in a copy, then from its beginning."""
        copy = siblings.copy_of(self._roots, self._path, file.place())
        told = b""
        if copy is not None:
            copy.take_over(file)
            self._files.appendleft(copy)
        else:
            told = self._rest(file)
            self._notices.append("truncated")
        file.go_to(0)
        file.upto = 0 if self._once else None  # what is in it now came after the question
        return told

    def _next_file(self) -> bytes:
        """The present one is read to its end, and there is a newer one."""
        file = self._files.popleft()
        missed = self._missed and len(self._files) == 1
        self._missed = self._missed and not missed
        self._notices.append("gap" if missed else "truncated" if file.is_copy else "rotated")
        if file.is_copy:
            told = self._rest(file)
            file.close()
            return told
        self._former.append((file, time.monotonic()))
        return self._retire() if len(self._former) > FORMER_MOST else b""

    def _rest(self, file: Opened) -> bytes:
        """The end of a line that was never ended."""
        rest = file.rest()
        return self._tell([rest]) if rest else b""

    def _retire(self) -> bytes:
        file, _ = self._former.popleft()
        told = self._rest(file)
        file.close()
        return told

    def _read_former(self) -> Optional[bytes]:
        """Late lines of files that were renamed; the reader's place stays in the present one."""
        here = str(self._files[0].place())
        for number, (file, since) in enumerate(self._former):
            lines = self._late_lines(file)
            if lines is not None:
                self._former[number] = (file, time.monotonic())
                return self._tell([line._replace(cursor=here) for line in lines])
            if time.monotonic() - since > FORMER_FOR:
                self._former.rotate(-number)
                told = self._retire()
                self._former.rotate(number)
                return told
        return None

    def _late_lines(self, file: Opened) -> Optional[List[records.Line]]:
        try:
            return file.read()
        except Truncated:
            file.go_to(0)  # it is somebody else's by now; what is in it is not this log's
            return None

    def _known(self, place: Place, newest: Opened) -> Opened:
        """A file that comes back under its name is read on from where it was left."""
        for number, (file, _) in enumerate(self._former):
            if file.is_same_file(place):
                newest.close()
                del self._former[number]
                return file
        return newest

    def _wait_for(self, denied: PathRefused) -> None:
        if denied.code == "NOT_FOUND":
            self._unreadable_since = None
            return
        now = time.monotonic()
        self._unreadable_since = self._unreadable_since or now
        if now - self._unreadable_since > UNREADABLE_FOR:
            raise denied
