"""What people see when the server starts."""

from __future__ import annotations

import sys
from typing import Any

from fleet import addresses
from fleet.client import token_file
from fleet.config import Settings
from fleet.logs import logger
from fleet.version import version

RULE = "!" * 72
DEV_WARNING = """\
DEVELOPMENT MODE. Anybody on this machine can use this Fleet: the token
fleet-agent-token-123 from the documentation works. Never use --dev where
other people have accounts, and never for real work."""
EXPOSED_WARNING = """\
Fleet listens beyond this machine without TLS: tokens and cookies travel
readable for everybody on the way. Set tls_cert and tls_key, or put a TLS
proxy in front and set public_url (https://...) and trusted_proxies."""


def announce(settings: Settings, app: Any, *, again: bool = False) -> None:
    """Say where Fleet is and, the first time, how to get in; warn of what is dangerous.

    With `again` this was said when the server was started before: a way in is all that may be new.
    """
    first = first_start(app)
    if again and first is None:
        return
    lines = [f"Fleet {version()} is at {settings.url}", *others(settings), f"Database: {settings.database_shown}"]
    if first is not None:
        lines += _way_in(settings.url, first)
        lines += _kept(settings, first.token)
    print("\n".join(lines), flush=True)
    for warning in warnings(settings):
        print(f"{RULE}\n{warning}\n{RULE}", file=sys.stderr, flush=True)


def others(settings: Settings) -> list[str]:
    """Every other address under which this server is reached, where others reach it; its names, by which it answers."""
    urls = [url for url in settings.reachable_urls if url != settings.url]
    if settings.reachable_urls and settings.host in (addresses.ALL_V4, addresses.ALL_V6):
        urls += [settings.url_at(name) for name in sorted(addresses.names())]
        urls.append(settings.url_at("::1" if settings.host == addresses.ALL_V6 else "localhost"))
    return [f"  and at {url}" for url in urls]


def announce_first_start(app: Any) -> None:
    """The way in only, for a server that was not started by us and whose address we do not know."""
    first = first_start(app)
    if first is not None:
        print("\n".join(_way_in("", first)), flush=True)


def first_start(app: Any) -> Any:
    """The administrator's first token and link if this database has never had any, else None."""
    from fleet.db import Transaction, write
    from fleet.models.audit import Entry
    from fleet.models.token import FirstStart
    from fleet.models.token import first_start as begin

    def begun(tx: Transaction) -> FirstStart | None:
        start = begin(tx)
        if start is not None:
            tx.entries.append(Entry(action="tokens.first_start", actor_kind="fleet", noun="token"))
        return start

    with app.app_context():
        return write(begun)


def warnings(settings: Settings) -> list[str]:
    """What a person should know before going on."""
    safe = settings.loopback or settings.tls or settings.public_url.startswith("https:")
    texts = []
    if settings.dev:
        texts.append(DEV_WARNING)
    if not safe and not settings.trusted_proxies:
        texts.append(EXPOSED_WARNING)
    for warning in texts:
        logger(__name__).debug("warned", text=warning.partition("\n")[0])
    return texts


def _way_in(url: str, first: Any) -> list[str]:
    return [
        "",
        "This database is new. Sign in once with this link:",
        f"  {url}/login?link={first.link_code}",
        "The administrator's token, shown this one time:",
        f"  {first.token}",
        "",
    ]


def _kept(settings: Settings, token: str) -> list[str]:
    """Leave the token where this user's commands find it; a machine without such a place goes on without."""
    urls = {settings.url, f"{'https' if settings.tls else 'http'}://localhost:{settings.port}"}
    try:
        [*_, at] = [token_file.keep(url, token) for url in urls]
    except (OSError, RuntimeError, ValueError) as error:
        logger(__name__).debug("the token was not kept", reason=str(error))
        return []
    return [f"Commands of this user find it by themselves ({at}).", ""]
