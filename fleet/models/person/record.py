"""People: who signs in with an e-mail address and a password, and what they may."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table


class Person(Base):
    """Somebody who works here. People are shut out, not deleted: what they did keeps its name."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    # As address.lowered has it: what people sign in with.
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    # argon2id; None until the invitation was accepted.
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_changed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


PEOPLE = table(Person)
