"""People: invited, working, shut out."""

from fleet.models.person.record import Person

__all__ = ["Person"]
