"""`/v1/link/transfers/{id}`: a daemon's second connections, one for each file (hosts-shape.md, "Files").

Somebody's request and the daemon's meet here. Bytes go from one connection to the other as they come; a slow side
slows the other, and what is held is a few pieces.
"""

from __future__ import annotations

import os
import queue
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from flask import Blueprint, Response, g

from fleet import db
from fleet.errors import NotFound
from fleet.links import Link
from fleet.parts import the
from fleet.web.framework.current import the_notes, the_request
from fleet.web.framework.messages import Response as Answer
from fleet.web.framework.uploads import Incoming, incoming
from fleet.web.http.description import describes
from fleet.web.http.respond import nothing
from fleet.web.link.requests import Answers, Requests
from fleet.web.link.splicing import Turn, splice
from fleet.web.security.audit_trail import besides

transfers = Blueprint("transfers", __name__)

PIECE = 1 << 16
# Pieces that wait for a daemon, and seconds for which one side may keep the other waiting.
PIECES_MOST, PATIENCE = 4, 60.0
# As many bytes as a file may have.
ENDLESS = 2**63


class Cut(ConnectionError):
    """One side has broken a transfer off; the other side's connection ends too, before its end."""


class Transfer:
    """One file on its way: who may bring or fetch it, once."""

    def __init__(self, transfer_id: str, agent_id: str, answers: Answers) -> None:
        self.id = transfer_id
        self.agent_id = agent_id
        self.answers = answers


T = TypeVar("T", bound=Transfer)


class Coming(Transfer):
    """A file that a daemon brings."""

    def __init__(self, transfer_id: str, agent_id: str, answers: Answers) -> None:
        super().__init__(transfer_id, agent_id, answers)
        self.body: Incoming | None = None
        self.over = threading.Event()

    def pieces(self, length: int) -> Iterator[bytes]:
        """The bytes as they come. Raises Cut when fewer come."""
        assert self.body is not None
        left, turn = length, Turn()
        while left:
            try:
                piece = self.body.read(min(PIECE, left))
            except Exception as error:
                raise Cut("the host's connection broke") from error
            if not piece:
                raise Cut("the host's file became shorter")
            left -= len(piece)
            yield piece
            turn.over()

    def pour(self, sock: socket.socket, length: int, look: Callable[[], None]) -> int | None:
        """Write all of it into a connection; None where it has to be asked for pieces. Raises Cut when less comes."""
        lay_bare = getattr(self.body, "lay_bare", None)
        bare = lay_bare() if lay_bare is not None and hasattr(os, "splice") else None
        if bare is None:
            return None
        first, source = bare
        try:
            sock.sendall(first)
            moved = len(first) + splice(source, sock, length - len(first), PATIENCE, look)
        except OSError as error:
            raise Cut("a side is gone") from error
        if moved < length:
            raise Cut("the host's file became shorter")
        return moved


class Going(Transfer):
    """A file that a daemon fetches."""

    def __init__(self, transfer_id: str, agent_id: str, answers: Answers) -> None:
        super().__init__(transfer_id, agent_id, answers)
        self._pieces: queue.Queue[bytes | None] = queue.Queue(PIECES_MOST)
        self.broken = False

    def put(self, piece: bytes | None) -> None:
        """Hand a piece over, None behind the last one. Raises Cut."""
        try:
            if not self.broken:
                self._pieces.put(piece, timeout=PATIENCE)
        except queue.Full:
            self.broken = True
        if self.broken:
            raise Cut("the host takes no more")

    def cut(self) -> None:
        """End the daemon's connection before its end: it lets go of what it has."""
        self.broken = True
        with suppress(queue.Full):
            self._pieces.put_nowait(b"")

    def pieces(self) -> Iterator[bytes]:
        """What the daemon gets."""
        try:
            while (piece := self._pieces.get(timeout=PATIENCE)) is not None:
                if self.broken:
                    raise Cut("the upload broke off")
                yield piece
        except queue.Empty:
            raise Cut("nothing came for too long") from None
        finally:
            self.broken = True
            with suppress(queue.Empty):  # whoever waits for room finds out
                self._pieces.get_nowait()


class Transfers:
    """The transfers of this process that have not begun."""

    def __init__(self) -> None:
        self._awaited: dict[str, Transfer] = {}

    @contextmanager
    def open(self, link: Link, kind: Callable[[str, str, Answers], T]) -> Iterator[T]:
        """A new one, which the link's host may take as long as somebody waits for it; its own answers come here too."""
        transfer_id = f"trf_{secrets.token_urlsafe(24)}"
        with the(Requests).open(link, transfer_id) as answers:
            transfer = self._awaited[transfer_id] = kind(transfer_id, link.agent_id, answers)
            try:
                yield transfer
            finally:
                self._awaited.pop(transfer_id, None)

    def take(self, transfer_id: str, agent_id: str, kind: type[T]) -> T:
        """The transfer, for the one time that it is asked for. Raises NotFound for all else, which it does not tell apart."""
        transfer = self._awaited.get(transfer_id)
        if transfer is None or transfer.agent_id != agent_id or type(transfer) is not kind:
            raise NotFound("TRANSFER_NOT_FOUND", "There is no such transfer for this host, or it has begun already.")
        del self._awaited[transfer_id]
        return transfer


@transfers.post("/link/transfers/<transfer_id>")
@describes(codes=("TRANSFER_NOT_FOUND",), keyed=False)
def create(transfer_id: str) -> Response:
    """A daemon brings a file; answered once it has been passed on, or nobody wants it any more."""
    the_notes().sign = None
    transfer = the(Transfers).take(transfer_id, g.identity.agent_id, Coming)
    entry = besides("transfers.create", g.identity.agent_id, g.identity.name)
    db.write(lambda tx: tx.entries.append(entry))
    transfer.body = incoming(the_request(), ENDLESS)
    transfer.answers.put(transfer)
    transfer.over.wait()
    return nothing()


@transfers.get("/link/transfers/<transfer_id>")
@describes(status=200, files=("application/octet-stream",), codes=("TRANSFER_NOT_FOUND",))
def show(transfer_id: str) -> Response:
    """A daemon fetches a file."""
    the_notes().sign = None
    transfer = the(Transfers).take(transfer_id, g.identity.agent_id, Going)
    transfer.answers.put(transfer)
    return Answer(transfer.pieces(), content_type="application/octet-stream", direct_passthrough=True)
