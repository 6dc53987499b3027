"""E-mail: plain text, from Fleet to a person's own address, through the mail server in the setting `smtp_url`."""

from __future__ import annotations

import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from fleet.couriers.parcel import Parcel, Rules, Undelivered, one_line
from fleet.couriers.submission import submitted

# Codes that speak of the one who sends, whatever command they answer: encryption or a login is needed, or was no good;
# or, with 421, the server goes.
OF_THE_SENDER = (421, 530, 534, 535, 538)
# What the library raises for an address that is none.
DEFECTS = (ValueError, IndexError, MessageError)
REFUSED = {smtplib.SMTPSenderRefused: "refused the sender", smtplib.SMTPAuthenticationError: "refused the login"}


def deliver(parcel: Parcel, rules: Rules) -> int:
    """Hand the message to the mail server.

    Raises Undelivered: finally when the server will never take it for this recipient, `ours` when it takes nothing
    from this Fleet at all.
    """
    if not rules.smtp_url:
        raise ours("No mail server is set: an administrator sets smtp_url and smtp_from.")
    message = written(parcel, rules.smtp_from)
    try:
        submitted(message, rules.smtp_url)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise undelivered(error) from error
    return 250


def undelivered(error: Exception) -> Undelivered:
    """What a conversation's bad end means: what speaks of one recipient or message is final, or else all mail waits."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(code, words)] = error.recipients.values()
        return refused(code, words, "refused the recipient")
    if isinstance(error, smtplib.SMTPDataError):
        return refused(error.smtp_code, error.smtp_error, "refused the message")
    if isinstance(error, smtplib.SMTPResponseException):
        what = REFUSED.get(type(error), "refused")
        return ours(f"The mail server {what} ({error.smtp_code}).", error.smtp_code)
    return ours(trouble(error))


def written(parcel: Parcel, sender: str) -> EmailMessage:
    """The message. The library encodes what stands in headers, and refuses line ends there.

    Raises Undelivered for an address that is none.
    """
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    message = EmailMessage(policy=SMTP.clone(max_line_length=78))
    try:
        address.encode("ascii")
        message["From"] = Address(name or "Fleet", addr_spec=address)
    except DEFECTS as error:
        raise ours("The setting smtp_from is no address that mail can come from.") from error
    try:
        parcel.target.encode("ascii")
        message["To"] = Address(addr_spec=parcel.target)
    except DEFECTS as error:
        raise Undelivered("This is no address that mail can be sent to.", final=True) from error
    message["Subject"] = one_line(parcel.title)
    message["Date"] = format_datetime(parcel.at)
    # The same for every try, so that a mailbox that got it twice can tell.
    message["Message-ID"] = f"<{parcel.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    footer = f"You get this because of your notice settings: {parcel.home}/account/notices"
    message.set_content(f"{parcel.text}\n\n{parcel.url}\n\n-- \n{footer}\n", cte="quoted-printable")
    return message


def refused(code: int, words: bytes | str, what: str) -> Undelivered:
    """The mail server's no to this recipient or message: 5xx is its last word (RFC 5321, 4.2.1).

    One that relays nothing without a login says so no earlier than here; that is no fault of the recipient's.
    """
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    if code in OF_THE_SENDER or "relay" in text.lower():
        return ours(f"The mail server takes no mail from this Fleet ({code}).", code)
    return Undelivered(f"The mail server {what} ({code}).", status=code, final=500 <= code < 600)


def trouble(error: Exception) -> str:
    """Why there was no conversation, in a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The mail server's certificate is not good: {error.verify_message}."
    if isinstance(error, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"The mail server cannot do what smtp_url asks for: {error}"
    if isinstance(error, UnicodeError):
        return "The login in smtp_url holds characters that the mail server cannot be told."
    return f"The mail server could not be reached ({type(error).__name__})."


def ours(sentence: str, code: int | None = None) -> Undelivered:
    """The error for what keeps every message from everybody."""
    return Undelivered(sentence, status=code, ours=True)
