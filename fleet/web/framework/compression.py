"""Whole answers made smaller by gzip, for who asks for it; never where a length could betray a secret.

Whoever sees the wire of a TLS connection sees lengths. Where a page holds a
secret and repeats what a stranger made the browser ask for, its length after
compression tells when the two are alike (BREACH). So nothing is compressed but
what fulfils each condition of `fits`; docs/security.md tells the rule.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from gevent import get_hub, monkey

if TYPE_CHECKING:
    from flask import Response

# Smaller ones fit into the packet that goes anyway.
LEAST = 1024
# Of a page it leaves 15 % and takes 9 ms a megabyte; the highest level leaves 13 % and takes 40.
LEVEL = 3
# Longer ones are made small in a thread, while the loop serves others.
LONG = 64 * 1024
TYPES = frozenset({"text/html; charset=utf-8", "application/json"})
READING = frozenset({"GET", "HEAD"})
# An edition's ETag names the bytes that are sent without compression: one URL may not give others under it.
OTHERWISE_TAKEN = frozenset({"etag", "content-encoding", "content-range", "set-cookie"})
# Parts of a query that hold one of few known words, and nothing that anybody could put beside a secret.
CHOSEN = re.compile(
    r"limit=[0-9]{1,4}|view=(?:cards|table|board|list)"
    r"|(?:group|state|sort|status|least)=(?:needs_you|offline|active|idle|finished|warning|waiting_feedback|error|answered"
    r"|finishing|state|activity|name|host|progress|created|pending|assigned|in_progress|completed|failed|sent"
    r"|acknowledged|medium|high|urgent)"
)
QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
HEADER_LONGEST = 300


def compress(answer: Response, environ: dict[str, Any]) -> None:
    """Replace the body of an answer by its compressed one, if it may be."""
    if not fits(answer, environ) or not takes_gzip(environ["HTTP_ACCEPT_ENCODING"]):
        return
    body = b"".join(answer.response)  # type: ignore[arg-type]  # bytes, as `fits` has seen
    packed = gzipped_aside(body, LEVEL)
    answer.response = [packed]
    answer.headers["Content-Length"] = str(len(packed))
    answer.headers["Content-Encoding"] = "gzip"


def fits(answer: Response, environ: dict[str, Any]) -> bool:
    """Whether a good answer to a mere question is long, whole, text, and steered by no stranger.

    Secrets are shown in answers to writes, and to questions that name them in
    their query: both are sent as they are, and so is whatever repeats a text of
    its address. What nobody asked for is no good answer.
    """
    if environ["REQUEST_METHOD"] not in READING or answer.status_code != 200:
        return False
    body, headers = answer.response, answer.headers
    if type(body) is not list or not all(type(piece) is bytes for piece in body) or sum(map(len, body)) < LEAST:
        return False
    if headers.get("Content-Type") not in TYPES or any(name.lower() in OTHERWISE_TAKEN for name, _ in headers):
        return False
    query = environ.get("QUERY_STRING", "")
    return not query or all(map(CHOSEN.fullmatch, query.split("&")))


@lru_cache(maxsize=64)
def takes_gzip(header: str) -> bool:
    """Whether an `Accept-Encoding` likes gzip at least as much as none (RFC 9110, 12.5.3).

    Who refuses what is not compressed and names nothing else is given gzip;
    who refuses that too gets the answer as it is, like everybody who sends nonsense.
    """
    if len(header) > HEADER_LONGEST:
        return False
    qualities: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.partition(";")
        quality = QUALITY.fullmatch(parameter.strip())
        if parameter.strip() and quality is None:
            return False
        qualities[name.strip()] = float(quality[1]) if quality else 1.0
    as_it_is = qualities.get("identity")
    unnamed = 1.0 if as_it_is == 0 else 0.0
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", unnamed)))
    return gzip > 0 and gzip >= (as_it_is or 0.0)


def gzipped_aside(body: bytes, level: int) -> bytes:
    """The same as `gzipped`; a long one in a thread, while the loop serves others."""
    if len(body) <= LONG or not monkey.is_module_patched("threading"):
        return gzipped(body, level)
    return cast(bytes, get_hub().threadpool.apply(gzipped, (body, level)))


def gzipped(body: bytes, level: int = LEVEL) -> bytes:
    """The bytes as gzip has them, the same for the same ones: no time is in it."""
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()
