"""Short keys for topics: a page's filters may be long, and all pages of a browser share one request line.

A key is made from the topic's text alone, so that every process makes the
same one. What a long one stands for is remembered where it was made: for a
page, or for a stream that named the topic in full.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

# A topic that is its own key: `frame`, `agent/agt_…`; one line, nothing that needs quoting twice.
PLAIN = re.compile(r"[\w/?=.-]{1,60}", re.ASCII)
MARK = "~"
DIGEST = 12  # bytes
REMEMBERED = 4096

_texts: dict[str, str] = {}


def key(text: str) -> str:
    """The topic's short name; from now on `text_of` knows what it stands for."""
    if PLAIN.fullmatch(text):
        return text
    short = MARK + urlsafe_b64encode(sha256(text.encode("utf-8", "surrogatepass")).digest()[:DIGEST]).decode()
    _texts.pop(short, None)
    _texts[short] = text  # as the last one
    while len(_texts) > REMEMBERED:
        del _texts[next(iter(_texts))]
    return short


def text_of(name: str) -> str | None:
    """The topic behind a key or a text; None for a key that was made elsewhere, or too long ago."""
    return _texts.get(name) if name.startswith(MARK) else name
