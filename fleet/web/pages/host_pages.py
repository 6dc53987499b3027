"""Who draws a host's pages: forms about agents are the same for hosts, and are shown again where they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fleet.models.token import Issued
from fleet.web.pages.page import Form


class ShowHost(Protocol):
    """Draws one host's page."""

    def __call__(self, agent_id: str, tab: str, form: Form | None = None, made_key: Issued | None = None) -> str:
        """The page with this tab, with a form that failed, or with a key that was just made."""


class ShowNew(Protocol):
    """Draws the page on which hosts are added."""

    def __call__(self, enrolment: Issued | None = None, form: Form | None = None) -> str:
        """The page, with an enrolment key that was just made, or with a form that failed."""


@dataclass(frozen=True, slots=True)
class HostPages:
    """The pages of hosts, for views that do not know them."""

    show: ShowHost
    new: ShowNew
