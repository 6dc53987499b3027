"""E-mail addresses, as they are stored and compared."""

from __future__ import annotations

import re
import unicodedata

from fleet.errors import Invalid

EMAIL = re.compile(r"[^\s@<>\"',;:\\]{1,64}@[^\s@<>\"',;:\\]{1,189}")
ACE = "xn--"


def lowered(email: str) -> str:
    """An address as it is stored and looked up: in small letters, its domain in ASCII. Raises Invalid for what is none.

    Not case-folded: `straße` and `strasse` are two mailboxes.
    """
    address = as_compared(email)
    if not EMAIL.fullmatch(address) or not address.isprintable():
        raise Invalid("INVALID_EMAIL", "This is not an e-mail address.", field="email")
    return address


def as_compared(typed: str) -> str:
    """What somebody typed as an address, in the form in which addresses are compared, whether it is one or not."""
    small = unicodedata.normalize("NFC", unicodedata.normalize("NFC", typed.strip()).lower())
    local, at, domain = small.rpartition("@")
    return f"{local}{at}{'.'.join(ascii_label(label) for label in domain.split('.'))}" if at else domain


def ascii_label(label: str) -> str:
    """A domain's label in its ASCII form (RFC 5890, 2.3.2.1)."""
    if label.isascii():
        return label
    try:
        return f"{ACE}{label.encode('punycode').decode('ascii')}"
    except UnicodeError:  # half a character
        return label


def spellings(address: str) -> tuple[str, ...]:
    """The address, and as it was stored before domains had their ASCII form."""
    local, at, domain = address.rpartition("@")
    try:
        labels = [
            label.removeprefix(ACE).encode("ascii").decode("punycode") if label.startswith(ACE) else label
            for label in domain.split(".")
        ]
    except UnicodeError:
        return (address,)
    return (address, f"{local}{at}{'.'.join(labels)}")
