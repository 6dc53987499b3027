"""The systemd journal, read by journalctl: a child of the daemon's that lives as long as somebody follows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from fleet.daemon.logs import records
from fleet.daemon.permission import who_could
from fleet.daemon.roots import FORBIDDEN, LOOKING, PathRefused
from fleet.masking import Masker

PROGRAM = "journalctl"
UNIT = re.compile(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}", re.ASCII)
CURSOR = re.compile(r"s=[0-9a-f]{1,32}(;[a-z]=[0-9a-f]{1,32}){1,10}", re.ASCII)
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FOLDERS = ("/var/log/journal", "/run/log/journal")
READ = 1 << 16
# Bytes of one entry: more is no entry (journald's own limit of a field lies below it).
ENTRY_MOST = 1 << 24
# Of the daemon's environment a child of it gets what finds programs and names the language, nothing else.
ENVIRONMENT = ("PATH",)
FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,_COMM,_PID,SYSLOG_PID"


def is_there() -> bool:
    """True on a machine that has journalctl."""
    return shutil.which(PROGRAM) is not None


def filters(unit: Optional[str], priority: Optional[str]) -> List[str]:
    """Options whose values have been checked. Raises PathRefused."""
    made: List[str] = []
    if unit is not None:
        if not UNIT.fullmatch(unit):
            raise PathRefused("BAD_SOURCE", "That is no name of a unit.")
        made.append(f"--unit={unit}")
    if priority is not None:
        if priority not in PRIORITIES and priority not in map(str, range(8)):
            raise PathRefused("BAD_SOURCE", "A priority is 0 to 7, or its name.")
        made.append(f"--priority={priority}")
    return made


class JournalSource:
    """The journal for one follower. Its pipe is read when there is room: a full one holds journalctl back.

    Three calls after each other: where the journal ends now, the backlog, and, unless it is
    read `once`, what comes behind it. In one call (`--follow --lines`) journalctl 252 loses
    a unit's first line.
    """

    def __init__(
        self, unit: Optional[str], priority: Optional[str], lines: int, cursor: Optional[str], once: bool = False
    ) -> None:
        """Raises PathRefused."""
        chosen = filters(unit, priority)
        self._strange_cursor = cursor is not None and CURSOR.fullmatch(cursor) is None
        self._last = None if self._strange_cursor else cursor
        self._chosen = chosen
        # Options, and whether what they bring is told.
        self._to_do: List[Tuple[List[str], bool]] = []
        if self._last is None:
            self._to_do = [(["--lines=1"], False), *([([f"--lines={lines}", *chosen], True)] if lines else [])]
        elif once:
            self._to_do = [([f"--after-cursor={self._last}", *chosen], True)]
        self._once = once
        self.is_at_end = False
        self._tells = self._follows = False
        self._masker = Masker()
        self._bytes = bytearray()
        _require_readable()
        self._child = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._to_do:
            options, self._tells = self._to_do.pop(0)
        else:
            self._tells = self._follows = True
            behind = [] if self._last is None else [f"--after-cursor={self._last}"]
            options = ["--follow", "--no-tail", *behind, *self._chosen]
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        try:
            child = subprocess.Popen(  # noqa: S603  # argv, of options alone
                [PROGRAM, "--output=json", f"--output-fields={FIELDS}", "--all", "--no-pager", "--quiet", *options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env={**environment, "LANG": "C", "LC_ALL": "C"},
                start_new_session=True,
            )
        except OSError as error:
            raise PathRefused("NO_JOURNAL", f"journalctl cannot be run: {error.strerror}.") from error
        assert child.stdout is not None
        self.fd: int = child.stdout.fileno()
        os.set_blocking(self.fd, False)
        return child

    def close(self) -> None:
        """End the child."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()

    def poll(self) -> None:
        """The pipe tells when there is something."""

    def read(self) -> Optional[bytes]:
        """The next entries as JSON; None when there are none now. Raises PathRefused once journalctl has ended."""
        if self.is_at_end:
            return None
        if self._strange_cursor:
            self._strange_cursor = False
            return records.notice("gap", "")
        try:
            piece = os.read(self.fd, READ)
        except BlockingIOError:
            return None
        if not piece:
            return self._next_call()
        self._bytes += piece
        *whole, rest = self._bytes.split(b"\n")
        self._bytes = rest
        if len(rest) > ENTRY_MOST:
            raise PathRefused("NO_JOURNAL", "journalctl gives an entry without end.")
        return b"".join([self._entry(bytes(each)) for each in whole])

    def _next_call(self) -> Optional[bytes]:
        if self._follows or self._child.wait() != 0:
            raise PathRefused("NO_JOURNAL", self._last_words())
        self.close()
        if self._once and not self._to_do:
            self.is_at_end = True
            return None
        behind_backlog = not self._to_do
        self._child = self._start()
        # There may be nothing of a backlog: whoever is cut off now goes on here.
        return records.mark("begin", self._last) if behind_backlog and self._last is not None else b""

    def _entry(self, raw: bytes) -> bytes:
        try:
            fields = json.loads(raw)
            cursor = fields["__CURSOR"]
            at = int(fields["__REALTIME_TIMESTAMP"]) / 1e6
        except (ValueError, LookupError, TypeError):
            return b""
        self._last = str(cursor)
        if not self._tells:
            return b""
        message = _bytes(fields.get("MESSAGE"))
        masked = self._masker.feed(_prefix(fields) + message[: records.KEPT_MOST] + b"\n")[:-1]
        return records.record(masked, max(0, len(message) - records.KEPT_MOST), str(cursor), at)

    def _last_words(self) -> str:
        assert self._child.stderr is not None
        os.set_blocking(self._child.stderr.fileno(), False)
        said = self._child.stderr.read() or b""
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
        return f"journalctl has ended: {last[0][:200]}" if last else "journalctl has ended."


def _bytes(value: Any) -> bytes:
    """A field's value: a text, or the numbers of its bytes where it is none; of several the first."""
    if isinstance(value, list) and value and not isinstance(value[0], int):
        value = value[0]
    if isinstance(value, list):
        return bytes(number & 255 for number in value if isinstance(number, int))
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


def _prefix(fields: Dict[str, Any]) -> bytes:
    name = fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM")
    number = fields.get("_PID") or fields.get("SYSLOG_PID")
    if not name:
        return b""
    return _bytes(name) + (b"[" + _bytes(number) + b"]" if number else b"") + b": "


def _require_readable() -> None:
    """A user who is in no group that may read the system's journal would be shown nothing, without a word."""
    found = [file for folder in FOLDERS for file in Path(folder).glob("*/system.journal")]
    if found and not any(os.access(file, os.R_OK) for file in found):
        raise PathRefused(FORBIDDEN, who_could(str(found[0]), lambda: os.open(found[0], LOOKING)))
