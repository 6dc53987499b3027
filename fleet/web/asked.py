"""What a page's address asks of a list: anything may stand there, an old link or a stranger's; nothing is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LONGEST = 200


def text(query: Mapping[str, str], name: str) -> str:
    """What is said, as far as it can be looked for; "" where nothing is."""
    return query.get(name, "").replace("\x00", "")[:LONGEST].strip()


def one_of(query: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """What is said when it is allowed; what nobody knows counts as not said."""
    value = query.get(name, "")
    return value if value in allowed else ""
