"""A form with a file in it, passed on to the host as it comes: whatever its size, some pieces of it are held."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

from flask import Request
from msgspec import UNSET, UnsetType
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData, State

from fleet.errors import Invalid, TooLarge
from fleet.links import Link, Links
from fleet.parts import the
from fleet.web.framework.current import the_settings
from fleet.web.framework.uploads import incoming
from fleet.web.http.bodies import Body
from fleet.web.link.messages import Done, saying
from fleet.web.link.transfers import Cut, Going, Transfers
from fleet.web.published.file_requests import checked_path, wait
from fleet.web.security import authentication

PIECE = 1 << 16
# Of a form: its parts, the bytes of a part that is no file, and of everything that is none.
PARTS_MOST, FIELD_MOST, BESIDES_MOST = 16, 20_000, 1 << 18
# Bytes that the reader of the form may hold, such as the head of a part.
HELD_MOST = 1 << 18
BOUNDARY_LONGEST = 70  # RFC 2046, 5.1.1
MODE = re.compile(r"0?[0-7]{3}")
SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
TRUTHS = {"true": True, "1": True, "on": True, "false": False, "0": False, "": False}
FIELDS = frozenset({"dest", "mode", "sha256", "overwrite"})
# Seconds for which a host may write a file to its disk once it has all of it.
COMMIT_MOST = 600.0
STILL_GOOD_EVERY = 1.0


class Upload(Body):
    """The parts of the form: `file`, and `dest` where it belongs, before or behind it."""

    required: ClassVar = {
        "file": ("MISSING_FILE", "file is required"),
        "dest": ("MISSING_DEST", "dest is required"),
    }

    file: str | UnsetType = UNSET
    dest: str | UnsetType = UNSET
    mode: str | UnsetType = UNSET
    sha256: str | UnsetType = UNSET
    overwrite: bool | UnsetType = UNSET


class Uploading:
    """One upload, from the form's first byte to the host's word that the file is there."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._stack = ExitStack()
        self._fields: dict[str, str] = {}
        self._name: str | None = None  # of the part that is read
        self._value = bytearray()
        self._besides = 0
        self._parts = 0
        self._transfer: Going | None = None

    def run(self, asked: Request) -> Done:
        """Pass the file on. Raises Invalid, TooLarge, and what the host refuses; nothing is left of it there then."""
        decoder = MultipartDecoder(boundary_of(asked), max_form_memory_size=HELD_MOST)
        most = the_settings().upload_most + BESIDES_MOST
        grant, looked = authentication.grant(), time.monotonic()
        with self._stack:
            body, taken = incoming(asked, most), 0
            while piece := body.read(PIECE):
                taken += len(piece)
                if taken > most:
                    raise TooLarge("BODY_TOO_LARGE", f"A file has at most {the_settings().upload_most} bytes here.")
                if self._take(decoder, piece):
                    break
                if time.monotonic() - looked > STILL_GOOD_EVERY:
                    looked = time.monotonic()
                    if not grant.still_good():
                        raise Cut("the credential is not good any more")
            else:
                raise Invalid("MALFORMED_BODY", "The form ended before its end.")
            return self._finish()

    def _take(self, decoder: MultipartDecoder, piece: bytes) -> bool:
        """Deal with some bytes; True at the form's end. Raises."""
        for event in events(decoder, piece):
            if isinstance(event, Field | File):
                self._begin(event.name)
            elif isinstance(event, Data):
                self._data(event)
        return decoder.state is State.EPILOGUE  # what comes behind it is nothing

    def _begin(self, name: str | None) -> None:
        self._parts += 1
        if self._parts > PARTS_MOST:
            raise TooLarge("TOO_MANY_FIELDS", f"A form has at most {PARTS_MOST} fields here.")
        if name == "file" and self._transfer is not None:
            raise Invalid("INVALID_FILE", "One file at a time.", field="file")
        if name != "file" and name not in FIELDS:
            raise Invalid("UNKNOWN_FIELD", f"There is no field {name!r} here."[:200], field=(name or "")[:200])
        if name in self._fields:
            raise Invalid(f"INVALID_{name.upper()}", f"{name} is said twice.", field=name)
        self._name, self._value = name, bytearray()
        if name == "file":
            self._open()

    def _data(self, event: Data) -> None:
        if self._name == "file":
            if event.data:
                self._put(bytes(event.data))
            return
        self._value += event.data
        self._besides += len(event.data)
        if len(self._value) > FIELD_MOST or self._besides > BESIDES_MOST:
            raise Invalid(f"INVALID_{str(self._name).upper()}", f"{self._name} is too long.", field=self._name)
        if not event.more_data:
            self._fields[str(self._name)] = self._text()

    def _text(self) -> str:
        try:
            return self._value.decode()
        except UnicodeDecodeError:
            raise Invalid(
                f"INVALID_{str(self._name).upper()}", f"{self._name} is not UTF-8.", field=self._name
            ) from None

    def _open(self) -> None:
        """Have the host begin: beside the file's place, where that has been said already."""
        wish: dict[str, Any] = {}
        if "dest" in self._fields:
            wish["dest"] = self._commit()["dest"]
        self._transfer = self._stack.enter_context(the(Transfers).open(self._link, Going))
        self._stack.callback(self._transfer.cut)
        the(Links).send(self._link, saying("put", id=self._transfer.id, **wish))
        wait(self._transfer.answers, "dest")

    def _put(self, piece: bytes | None) -> None:
        assert self._transfer is not None
        try:
            self._transfer.put(piece)
        except Cut:
            wait(self._transfer.answers, "dest", 5.0)  # the host's own word, which comes by its link
            raise

    def _finish(self) -> Done:
        if self._transfer is None:
            raise Invalid("MISSING_FILE", "file is required", field="file")
        commit = self._commit()
        self._put(None)
        the(Links).send(self._link, saying("commit", id=self._transfer.id, **commit))
        done: Done = wait(self._transfer.answers, "dest", COMMIT_MOST)
        return done

    def _commit(self) -> dict[str, Any]:
        """What the host is told of the file. Raises Invalid."""
        mode, sha256 = self._fields.get("mode", ""), self._fields.get("sha256", "")
        if mode and not MODE.fullmatch(mode):
            raise Invalid("INVALID_MODE", "mode is three octal digits, as 644 or 0644.", field="mode")
        if sha256 and not SHA256.fullmatch(sha256):
            raise Invalid("INVALID_SHA256", "sha256 is 64 hexadecimal digits.", field="sha256")
        overwrite = TRUTHS.get(self._fields.get("overwrite", "").lower())
        if overwrite is None:
            raise Invalid("INVALID_OVERWRITE", "overwrite is true or false.", field="overwrite")
        return {
            "dest": checked_path(self._fields.get("dest", ""), "dest", absolute=False),
            "mode": int(mode, 8) if mode else None,
            "sha256": sha256.lower() or None,
            "overwrite": overwrite,
        }


def events(decoder: MultipartDecoder, piece: bytes) -> Iterator[Any]:
    """What some bytes of a form bring. Raises Invalid for what is no form."""
    try:
        decoder.receive_data(piece)
        while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
            yield event
    except ValueError:
        raise Invalid("MALFORMED_BODY", "The body is no form in parts.") from None


def boundary_of(asked: Request) -> bytes:
    """What stands between the parts. Raises Invalid."""
    kind, options = parse_options_header(asked.headers.get("Content-Type", ""))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not 0 < len(boundary) <= BOUNDARY_LONGEST or not boundary.isascii():
        sentence = "A file is sent as multipart/form-data, as `curl -F file=@…` does."
        raise Invalid("INVALID_CONTENT_TYPE", sentence, field="Content-Type")
    return boundary.encode("ascii")
