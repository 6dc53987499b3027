"""People: who may sign in, with which role."""

from fleet.models.person.address import as_compared, lowered
from fleet.models.person.editable import edit, invite, set_password
from fleet.models.person.listed import anybody, by_email, everybody, find
from fleet.models.person.record import Person

__all__ = [
    "Person",
    "anybody",
    "as_compared",
    "by_email",
    "edit",
    "everybody",
    "find",
    "invite",
    "lowered",
    "set_password",
]
