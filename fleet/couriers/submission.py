"""One conversation with a mail server (RFC 5321): bounded as a whole, from the connection on."""

from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from fleet.couriers.deadline import cut_after
from fleet.couriers.parcel import LONGEST
from fleet.couriers.posting import secure

# Seconds for each time that nothing comes.
SILENCE = 10.0
READY = 220


def submitted(message: EmailMessage, url: str) -> None:
    """Hand `message` in: encrypted and signed in where `url` says so.

    Raises OSError and SMTPException, TimeoutError when it takes longer than LONGEST in all.
    """
    parts = urlsplit(url)
    server = smtplib.SMTP(timeout=SILENCE)
    try:
        with cut_after(LONGEST, server):
            greet(server, parts)
            if parts.query == "starttls":
                start_tls(server, parts.hostname or "")
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    finally:
        server.close()


def greet(server: smtplib.SMTP, parts: SplitResult) -> None:
    """Connect, and wait for the server's first words. The library's own way keeps the socket to itself until then."""
    host, port = parts.hostname or "", parts.port or default_port(parts.scheme, parts.query)
    server.sock = socket.create_connection((host, port), SILENCE)
    if parts.scheme == "smtps":
        secure(server, host)
    code, words = server.getreply()
    if code != READY:
        raise smtplib.SMTPConnectError(code, words)


def start_tls(server: smtplib.SMTP, host: str) -> None:
    """Go on in TLS (RFC 3207); nothing is believed that was said before."""
    server.ehlo_or_helo_if_needed()
    if not server.has_extn("starttls"):
        raise smtplib.SMTPNotSupportedError("STARTTLS is not offered.")
    code, words = server.docmd("STARTTLS")
    if code != READY:
        raise smtplib.SMTPResponseException(code, words)
    secure(server, host)
    server.file = None
    server.helo_resp = server.ehlo_resp = None
    server.esmtp_features = {}
    server.does_esmtp = False


def default_port(scheme: str, query: str) -> int:
    """The usual port: 465 for smtps, 587 for submission with STARTTLS, 25 else."""
    if scheme == "smtps":
        return 465
    return 587 if query == "starttls" else 25
