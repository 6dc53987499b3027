"""Talking to a Fleet over HTTP: the standard library and nothing else, for the shell and for the demo.

address.py    where the server is, and how to connect to it
diagnosis.py  why a connection fails, http taken for https included
refusals.py   everything that can come instead of an answer
transport.py  one kept-alive connection: requests, retries
lists.py      long lists, page after page
token_file.py tokens that commands find by themselves
stream.py     Server-Sent Events, resumed after a cut;  output.py, log.py  those of hosts
files.py      files from hosts and to them, as they come
"""

from fleet.client.address import Json
from fleet.client.lists import every
from fleet.client.refusals import Missing, Refused, Stopped, Stranger, Unauthorized, Unreachable
from fleet.client.stream import Frame, Stream
from fleet.client.transport import Transport

__all__ = [
    "Frame",
    "Json",
    "Missing",
    "Refused",
    "Stopped",
    "Stranger",
    "Stream",
    "Transport",
    "Unauthorized",
    "Unreachable",
    "every",
]
