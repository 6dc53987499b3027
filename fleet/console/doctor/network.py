"""Where Fleet listens, and who can hear what is said there."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.config import Settings
from fleet.console.doctor.finding import Finding, note, ok, problem
from fleet.console.health import fleet_at
from fleet.server.runner import CannotListen, listen


def port(settings: Settings) -> Iterator[Finding]:
    """Free, or ours already."""
    where = f"{settings.host} port {settings.port}"
    running = fleet_at(settings)
    if running is not None:
        yield ok("port", f"Fleet {running} serves {where}.")
        return
    try:
        for opened in listen(settings):
            opened.close()
    except CannotListen as error:
        yield problem("port", error.message, "Stop what listens there, or choose another --port.")
    else:
        yield ok("port", f"{where} is free.")


def exposure(settings: Settings) -> Iterator[Finding]:
    """Tokens and cookies must not travel readable."""
    if settings.loopback:
        yield ok("exposure", f"Only this machine reaches {settings.host}.")
    elif settings.tls:
        yield ok("exposure", f"{settings.host} is served with TLS.")
    elif settings.public_url.startswith("https://") and settings.trusted_proxies:
        yield ok("exposure", f"People come through {settings.public_url} and its proxy.")
        yield note(
            "exposure",
            f"{settings.host} itself speaks plain http.",
            "Let only the proxy reach it: bind to its network's address, or use a firewall.",
        )
    else:
        yield problem(
            "exposure",
            f"{settings.host} can be reached from elsewhere, without TLS.",
            "Set tls_cert and tls_key; or put a TLS proxy in front, and set public_url (https://…)"
            " and trusted_proxies; or bind to localhost.",
        )
