"""The audit as a page asks for it; the same words in its URL, its JSON and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from fleet.errors import Invalid
from fleet.models.audit.listed import Filter, Word
from fleet.web.audit.words import actions_saying
from fleet.web.http import queries

PAGE = 60
TIMES = ("since", "until")


@dataclass(frozen=True, slots=True)
class AuditList:
    """Filters; empty strings stand for "any". A day counts whole, at either end."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    result: str = ""
    since: str = ""
    until: str = ""
    q: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> AuditList:
        """Read from a URL; anything may stand there, an old link or a stranger's."""
        return cls(**{name: queries.page_text(query, name) for name in cls.__slots__})

    def require_good(self) -> None:
        """For programs: raise Invalid for what a page would only ignore."""
        if self.result not in ("", "refused"):
            raise Invalid("INVALID_RESULT", "result must be: refused.", field="result")
        for name in TIMES:
            if getattr(self, name) and moment(getattr(self, name)) is None:
                sentence = f"{name} must be a day (2026-11-22) or a moment as RFC 3339 has it."
                raise Invalid(f"INVALID_{name.upper()}", sentence, field=name)

    @property
    def wanted(self) -> Filter:
        """The filter for the database."""
        return Filter(
            actor=self.actor or None,
            action=self.action or None,
            subject=self.subject or None,
            refused=self.result == "refused",
            since=moment(self.since),
            until=moment(self.until, end=True),
            words=[Word(text, frozenset(actions_saying(text))) for text in self.q.split()],
        )

    @property
    def narrowed(self) -> bool:
        """True when not every entry is asked for."""
        return any(asdict(self).values())

    def query(self, **more: str) -> str:
        """As a URL's query; empty values are left away."""
        return urlencode({k: v for k, v in (asdict(self) | more).items() if v})


def moment(text: str, *, end: bool = False) -> datetime | None:
    """A day or a moment; of a day its beginning, or its `end`. None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        whole_day = end and len(text) == len("2026-11-22")
        return found.astimezone(UTC) + timedelta(days=1 if whole_day else 0)
    except OverflowError:
        return None
