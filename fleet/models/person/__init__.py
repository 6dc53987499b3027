"""People: who may sign in, with which role."""

from fleet.models.person.editable import edit, folded, invite, set_password
from fleet.models.person.listed import by_email, everybody, find
from fleet.models.person.record import Person

__all__ = ["Person", "by_email", "edit", "everybody", "find", "folded", "invite", "set_password"]
