"""Who draws a host's pages: forms about agents are the same for hosts, and are shown again where they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fleet.models.token import Issued


class ShowNew(Protocol):
    """Draws the page on which hosts are added."""

    def __call__(self, enrolment: Issued | None = None) -> str:
        """The page, with an enrolment key that was just made."""


@dataclass(frozen=True, slots=True)
class HostPages:
    """The pages of hosts, for views that do not know them."""

    new: ShowNew
