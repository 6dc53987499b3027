"""A command of a host in the words of pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fleet import clock

# A state's mark and its words (shared/state.html draws the marks).
STATES = {
    "queued": ("idle", "Waiting"),
    "delivered": ("idle", "On the host, waiting"),
    "running": ("active", "Running"),
    "succeeded": ("finished", "Succeeded"),
    "failed": ("error", "Failed"),
    "timed_out": ("error", "Timed out"),
    "canceled": ("offline", "Canceled"),
    "expired": ("warning", "Expired"),
    "unknown": ("warning", "Unknown"),
}
WHY = {
    "queued": "It waits for the host",
    "delivered": "The host has it and begins it in its turn",
    "running": "It runs on the host",
    "succeeded": "It ended with exit code 0",
    "failed": "It did not end with exit code 0",
    "timed_out": "It ran longer than it may, and was ended",
    "canceled": "Somebody canceled it",
    "expired": "The host did not begin it in time; nothing of it ran",
    "unknown": "Nobody can tell what became of it: the host went down while it ran, or was not heard of again",
}
TITLE = 60


class Work:
    """One command; `row` is it and its execution, as `execution.find` gives them."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.id: str = row.id
        self.params: dict[str, Any] = row.params

    @property
    def text(self) -> str:
        """What is run, secrets masked."""
        return str(self.params.get("command", ""))

    @property
    def title(self) -> str:
        """Its first line, cut."""
        line, _, more = self.text.strip().partition("\n")
        if len(line) > TITLE:
            return f"{line[: TITLE - 1]}…"
        return f"{line} …" if more else line

    @property
    def ended(self) -> bool:
        """True once nothing more will come of it."""
        return self.row.ended_at is not None

    @property
    def ending(self) -> bool:
        """True from a cancel until the host has ended it."""
        return not self.ended and self.row.cancel_at is not None

    @property
    def mark(self) -> str:
        """The state whose mark is shown."""
        return STATES[self.row.state][0]

    @property
    def words(self) -> str:
        """Its state in words."""
        return "Ending" if self.ending else STATES[self.row.state][1]

    @property
    def why(self) -> str:
        """What the state means."""
        return "It was asked to end" if self.ending else WHY[self.row.state]

    @property
    def since(self) -> datetime:
        """When it came to this."""
        moment: datetime = self.row.ended_at or self.row.started_at or self.row.sent_at
        return moment

    @property
    def result(self) -> str:
        """How the process ended: `exit 1`, `SIGKILL`; "" while it has not, or did not begin."""
        if self.row.signal:
            return str(self.row.signal)
        return "" if self.row.exit_code is None else f"exit {self.row.exit_code}"

    @property
    def took(self) -> str:
        """How long it ran; "" where it did not, or still does."""
        if self.row.ms is None:
            return ""
        return span_of(self.row.ms)

    @property
    def deadline(self) -> datetime | None:
        """When it will be ended if it still runs then."""
        if self.ended or self.row.started_at is None:
            return None
        moment: datetime = self.row.started_at + timedelta(seconds=self.row.timeout)
        return moment

    @property
    def printed(self) -> dict[str, int]:
        """How many bytes each stream has had."""
        row = self.row
        return {"stdout": max(row.stdout_bytes, row.stdout_next), "stderr": max(row.stderr_bytes, row.stderr_next)}


def span_of(milliseconds: int) -> str:
    """A length of time as a person reads it: `84 ms`, `2.4 s`, `3 min 5 s`, `2 h 14 min`."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return clock.span(whole)
