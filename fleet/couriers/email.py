"""E-mail: plain text, from Fleet to a person's own address, through the mail server in the setting `smtp_url`."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from fleet.couriers.deadline import cut_after
from fleet.couriers.parcel import LONGEST, Parcel, Rules, Undelivered, one_line
from fleet.couriers.posting import trusted

SILENCE = 10.0


def deliver(parcel: Parcel, rules: Rules) -> int:
    """Hand the message to the mail server. Raises Undelivered, finally when it will never take it."""
    if not rules.smtp_url:
        raise Undelivered("No mail server is set: an administrator sets smtp_url and smtp_from.", final=True)
    try:
        message = written(parcel, rules.smtp_from)
    except ValueError as error:  # a defect of an address, says the library
        raise Undelivered("This is no address that mail can be sent to.", final=True) from error
    try:
        with connected(rules.smtp_url) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, _)] = error.recipients.values()
        raise refused(code, "refused the recipient") from error
    except smtplib.SMTPResponseException as error:
        raise refused(error.smtp_code, "refused") from error
    except ssl.SSLCertVerificationError as error:
        raise Undelivered(f"The mail server's certificate is not good: {error.verify_message}.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"The mail server could not be reached ({type(error).__name__}).") from error
    return 250


def written(parcel: Parcel, sender: str) -> EmailMessage:
    """The message. The library encodes what stands in headers, and refuses line ends there."""
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    message = EmailMessage(policy=SMTP.clone(max_line_length=78))
    message["From"] = Address(name or "Fleet", addr_spec=address)
    message["To"] = Address(addr_spec=parcel.target)
    message["Subject"] = one_line(parcel.title)
    message["Date"] = format_datetime(parcel.at)
    # The same for every try, so that a mailbox that got it twice can tell.
    message["Message-ID"] = f"<{parcel.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    footer = f"You get this because of your notice settings: {parcel.home}/account/notices"
    message.set_content(f"{parcel.text}\n\n{parcel.url}\n\n-- \n{footer}\n", cte="quoted-printable")
    return message


@contextmanager
def connected(url: str) -> Iterator[smtplib.SMTP]:
    """A conversation with the mail server: encrypted and signed in, where the URL says so."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or default_port(parts.scheme, parts.query)
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SILENCE, context=trusted())
    else:
        server = smtplib.SMTP(host, port, timeout=SILENCE)
    try:
        with cut_after(LONGEST, server):
            if parts.query == "starttls":
                server.starttls(context=trusted())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server
    finally:
        server.close()


def default_port(scheme: str, query: str) -> int:
    """The usual port: 465 for smtps, 587 for submission with STARTTLS, 25 else."""
    if scheme == "smtps":
        return 465
    return 587 if query == "starttls" else 25


def refused(code: int, what: str) -> Undelivered:
    """The mail server's no: 5xx is its last word (RFC 5321, 4.2.1)."""
    return Undelivered(f"The mail server {what} ({code}).", status=code, final=500 <= code < 600)
