"""Files besides the database: who may read and change them, and whether the certificate is good."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet.clock import now
from fleet.config import Settings, specs
from fleet.config.shown import holds_secret
from fleet.console.doctor.finding import Finding, ok, problem, warning
from fleet.sealing import KEY, key_path

FROM_FILE = "file "
SOON = timedelta(days=14)


def configuration(settings: Settings) -> Iterator[Finding]:
    """The configuration file: nobody else changes it, and nobody else reads secrets in it."""
    sources = {name: settings.source(name) for name in specs()}
    files = sorted({source for source in sources.values() if source.startswith(FROM_FILE)})
    if not files:
        yield ok("configuration", "No configuration file is used.")
    for source in files:
        path = Path(source.removeprefix(FROM_FILE))
        secrets = [name for name in specs() if sources[name] == source and holds_secret(settings, name)]
        yield _judged(path, secrets)


def _judged(path: Path, secrets: list[str]) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o022:
        return problem("configuration", f"Others may change {path} (mode {mode:o}).", f"chmod 600 {path}")
    if secrets and mode & 0o044:
        names = ", ".join(secrets)
        return problem("configuration", f"Others may read the password of {names} in {path}.", f"chmod 600 {path}")
    return ok("configuration", f"{path} (mode {mode:o}).")


def sealing_key(settings: Settings) -> Iterator[Finding]:
    """The key that seals what hosts are told, if there is one yet: its owner's alone."""
    path = key_path(settings.sqlite_path)
    if path is None or not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield problem("sealing key", f"Others may read {path} (mode {mode:o}).", f"chmod 600 {path}")
    elif path.stat().st_size != KEY:
        yield problem(
            "sealing key",
            f"{path} is no key: commands for hosts cannot be queued.",
            f"Put it back, or remove it: what waits for hosts then fails. mv {path} {path}.broken",
        )
    else:
        yield ok("sealing key", f"{path} (mode {mode:o}); it is in no backup.")


def certificate(settings: Settings) -> Iterator[Finding]:
    """What https is served with."""
    if not settings.tls:
        return
    chain, key = Path(settings.tls_cert), Path(settings.tls_key)
    try:
        ends = good_until(chain, key)
    except (OSError, ssl.SSLError, ValueError) as error:
        yield problem("certificate", f"It cannot be used: {error}.", "Look at tls_cert and tls_key.")
        return
    if ends < now() + SOON:
        yield warning(
            "certificate", f"It ends on {ends:%Y-%m-%d}.", "Renew it, and send Fleet a SIGHUP: nobody is dropped."
        )
    else:
        yield ok("certificate", f"Good until {ends:%Y-%m-%d}.")
    mode = stat.S_IMODE(key.stat().st_mode)
    if mode & 0o077:
        yield problem("certificate", f"Others may read its key {key} (mode {mode:o}).", f"chmod 600 {key}")


def good_until(chain: Path, key: Path) -> datetime:
    """When a certificate ends, found by a handshake in memory.

    Raises ssl.SSLError for a certificate that has ended or does not fit its key.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(chain)
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN  # trust it as it is, issuer or not
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours, theirs = client.wrap_bio(back, there), server.wrap_bio(there, back, server_side=True)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for side in (ours, theirs):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
    ends = (ours.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC)
