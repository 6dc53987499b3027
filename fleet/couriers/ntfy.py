"""ntfy: a POST to a topic's address, on ntfy.sh or a server of one's own."""

from __future__ import annotations

import re
from email.header import Header

from fleet.couriers.parcel import Parcel, Rules, Undelivered, one_line
from fleet.couriers.posting import PASSING, post

# ntfy's own words: priority 1 to 5, and tags that it shows as pictures.
LOOK = {
    "question": ("4", "speech_balloon"),
    "error": ("4", "rotating_light"),
    "silence": ("3", "zzz"),
    "back": ("3", "white_check_mark"),
    "mail": ("4", "warning"),
}
OTHER = ("3", "bell")
# ntfy takes up to 4096 bytes for a message; a longer one it makes a file of.
BYTES_MOST = 3800
# What may stand in a header behind `Bearer`: what is seen, and no space.
TOKEN = re.compile(r"[!-~]+")


def deliver(parcel: Parcel, rules: Rules) -> int:
    """Publish the message. Raises Undelivered, finally when the server does not want it at all."""
    priority, tags = LOOK.get(parcel.kind, OTHER)
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Title": header(parcel.title),
        "Priority": priority,
        "Tags": tags,
        "Click": header(parcel.url),
        "X-Fleet-Message": parcel.id,
    }
    if parcel.secret:
        if not TOKEN.fullmatch(parcel.secret):
            raise Undelivered("The access token holds characters that no token has.", final=True)
        headers["Authorization"] = f"Bearer {parcel.secret}"
    body = parcel.text.encode()[:BYTES_MOST].decode(errors="ignore").encode()
    try:
        return post(parcel.target, body, headers, rules.listed)
    except Undelivered as error:
        if error.status is not None and 400 <= error.status < 500 and error.status not in PASSING:
            error.final = True
        raise


def header(text: str) -> str:
    """A header's value: as it is where that is plain ASCII, else encoded (RFC 2047), which ntfy reads."""
    value = one_line(text)
    if value.isascii() and "=?" not in value:
        return value
    return Header(value, "utf-8").encode(maxlinelen=0, linesep="")
