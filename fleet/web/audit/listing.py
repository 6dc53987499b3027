"""The audit as a page asks for it; the same words in its URL, its JSON and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fleet.errors import Invalid
from fleet.models.audit.listed import Filter, Word
from fleet.models.audit.record import REPORTS
from fleet.web.audit.words import actions_saying
from fleet.web.http import moments, queries
from fleet.web.http.moments import moment

PAGE = 60
SHOWN = "show"
# Who asks for one of these asks for progress.
OF_PROGRESS = (*REPORTS, "agents.edit")
TEXTS = ("actor", "action", "subject", "result", "since", "until", "q")
RESULTS = ("refused",)
SCHEMAS: dict[str, dict[str, Any]] = {
    "result": {"type": "string", "enum": [*RESULTS]},
    "since": moments.DAY_OR_MOMENT,
    "until": moments.DAY_OR_MOMENT,
}


@dataclass(frozen=True, slots=True)
class AuditList:
    """Filters; empty strings stand for "any". A day counts whole, at either end.

    `progress` is a matter of the page, which leaves mere progress out unless it
    says `show`; programs and files get every entry.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    result: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    progress: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> AuditList:
        """Read from a URL; anything may stand there, an old link or a stranger's."""
        texts = {name: queries.page_text(query, name, SCHEMAS.get(name, queries.ANY_TEXT)) for name in TEXTS}
        return cls(**texts, progress=queries.page_choice(query, "progress", (SHOWN,)))

    def require_good(self) -> None:
        """For programs: raise Invalid for what a page would only ignore."""
        if self.result and self.result not in RESULTS:
            raise Invalid("INVALID_RESULT", f"result must be one of: {', '.join(RESULTS)}.", field="result")
        moments.require_good(since=self.since, until=self.until)

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
    def on_page(self) -> Filter:
        """The same, as the page shows it."""
        return replace(self.wanted, progress=self.shows_progress)

    @property
    def shows_progress(self) -> bool:
        """True when the page shows what agents and programs report all day, too."""
        return self.progress == SHOWN or self.action in OF_PROGRESS

    @property
    def narrowed(self) -> bool:
        """True when not every entry is asked for, progress aside."""
        return any(value for name, value in asdict(self).items() if name != "progress")

    def query(self, **more: str) -> str:
        """As a URL's query; empty values are left away."""
        return urlencode({k: v for k, v in (asdict(self) | more).items() if v})
