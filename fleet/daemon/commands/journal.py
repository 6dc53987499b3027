"""What the daemon must not forget: one record a line, each with its checksum, appended and synced (contract I2)."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import zlib
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional

from fleet.daemon.commands import disk, faults

log = logging.getLogger(__name__)
Record = Dict[str, Any]
# Bytes at which what has been forgotten is left out by writing anew.
COMPACT_AT = 1 << 20


class Journal:
    """An append-only file of records. A record is there as a whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self._fd).st_size

    def replay(self) -> List[Record]:
        """Every record in order. A torn tail is cut off; a line that is damaged is said and passed over."""
        records: List[Record] = []
        end = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                record = _decode(line)
                if record is not None:
                    records.append(record)
                elif end + len(line) < self.size:
                    log.error("The journal's line %d is damaged and was passed over.", number)
                else:
                    break
                end += len(line)
        if end < self.size:
            log.warning("The journal's last %d bytes were never written whole and were dropped.", self.size - end)
            os.ftruncate(self._fd, end)
            self.size = end
        return records

    def append(self, record: Record, *, durable: bool = True) -> None:
        """Add a record; `durable`: return once it is on the disk. Raises OSError, and then nothing was added."""
        line = _encode(record)
        try:
            disk.write_all(self._fd, line)
            if durable:
                faults.point(f"journal-{record['do']}-before-sync")
                disk.sync(self._fd)
                faults.point(f"journal-{record['do']}-after-sync")
        except OSError:
            os.ftruncate(self._fd, self.size)
            raise
        self.size += len(line)

    def rewrite(self, records: Iterable[Record]) -> None:
        """Hold these records only: the old file or the new one is there, whatever happens. Raises OSError."""
        fresh = self._path.with_name(self._path.name + ".new")
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            for record in records:
                disk.write_all(fd, _encode(record))
            faults.point("compaction-before-sync")
            disk.sync(fd)
            faults.point("compaction-after-sync")
            fresh.replace(self._path)
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise
        os.close(self._fd)
        self._fd, self.size = fd, os.fstat(fd).st_size
        faults.point("compaction-after-rename")
        disk.sync_folder(self._path.parent)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._fd)


def _encode(record: Record) -> bytes:
    body = json.dumps(record, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _decode(line: bytes) -> Optional[Record]:
    body = line[9:-1]
    if not line.endswith(b"\n") or line[:9] != b"%08x " % zlib.crc32(body):
        return None
    record = json.loads(body)
    return record if isinstance(record, dict) else None
