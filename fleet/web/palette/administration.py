"""People, tokens and settings as lines, for anybody who may see them."""

from __future__ import annotations

from sqlalchemy import Connection

from fleet.config.shown import table
from fleet.db.words import folded
from fleet.models import person
from fleet.web.framework.current import the_settings
from fleet.web.palette.option import Option
from fleet.web.security.policy import May
from fleet.web.tokens.listing import visible


def holds(words: str, *texts: str) -> bool:
    """True when each of the words is in one of the texts; False for no words."""
    known = str(folded(" ".join(texts)))
    return bool(words) and all(word in known for word in str(folded(words)).split())


def people(connection: Connection, words: str, may: May, most: int) -> list[Option]:
    """People by name and address, for administrators."""
    if not words or not may.administer:
        return []
    return [
        Option(name=each.name, icon="person", right=each.email, words=words, href=f"/people/{each.id}")
        for each in person.everybody(connection)
        if holds(words, each.name, each.email)
    ][:most]


def tokens(words: str, most: int) -> list[Option]:
    """Tokens by name and how they begin; those that the viewer may see."""
    if not words:
        return []
    return [
        Option(name=each.name, icon="key", right=each.role, words=words, href="/tokens")
        for each in visible()
        if holds(words, each.name, each.prefix)
    ][:most]


def settings(words: str, may: May, most: int) -> list[Option]:
    """Settings by name and what they are for, for administrators."""
    if not may.administer:
        return []
    return [
        Option(name=name, icon="sliders", quote=reason, words=words, href=f"/system#setting-{name}")
        for name, _, _, reason in table(the_settings())
        if holds(words, name, name.replace("_", " ")) or (len(words) > 3 and holds(words, reason))
    ][:most]
