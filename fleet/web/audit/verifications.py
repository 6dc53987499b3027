"""Verifying the audit from the page: chunk by chunk beside everything else, with what came of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

import structlog
from flask import Blueprint, Flask, Response, render_template

from fleet import clock
from fleet.config import Settings
from fleet.db import db
from fleet.models.audit import Anchor, Broken, Link, Progress, ends, verify
from fleet.models.audit import anchor as anchored
from fleet.models.json_types import Moment
from fleet.parts import the
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write

audit_verifications = Blueprint("audit_verifications", __name__)

log = structlog.get_logger(__name__)
# Between two chunks; others get their turn.
PAUSE = 0.002
# An answer waits so long for the end before it says how far it is (seconds).
PATIENCE = 1.0


@dataclass
class Verification:
    """One look at every entry: how far it is, and how it ended."""

    started_at: datetime
    progress: Progress | None = None
    problem: str | None = None
    ended_at: datetime | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def state(self) -> str:
        """`running`, `good`, or `broken`."""
        if self.ended_at is None:
            return "running"
        return "broken" if self.problem else "good"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the chain at this moment."""

    head: Link
    anchor: Anchor | None
    last: Verification | None


class Verifier:
    """The last verification of this process; one at a time."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._database = settings.sqlite_path
        self.last: Verification | None = None

    def begin(self) -> Verification:
        """Begin one, unless one is under way."""
        if self.last is None or self.last.state != "running":
            self.last = Verification(clock.now())
            threading.Thread(target=self._run, args=(self.last,), name="audit verification", daemon=True).start()
        return self.last

    def standing(self) -> Standing:
        """Head and anchor as they are now, and the last verification."""
        with db.engine.connect() as connection:
            return Standing(ends(connection).head, self._anchor(), self.last)

    def _anchor(self) -> Anchor | None:
        try:
            return anchored.read(self._database) if self._database else None
        except Broken:
            return None

    def _run(self, verification: Verification) -> None:
        try:
            with self._app.app_context():
                anchor = anchored.read(self._database) if self._database else None
                named = [] if anchor is None else [("the anchor", anchor.link)]
                for verification.progress in verify(db.engine.connect, named):
                    time.sleep(PAUSE)
        except Broken as broken:
            log.error("the audit does not hold", why=broken.message)
            verification.problem = broken.message
        except Exception:
            log.exception("the audit could not be verified")
            verification.problem = "It could not be verified; the log says why."
        verification.ended_at = clock.now()
        verification.over.set()


def verifier() -> Verifier:
    """The application's."""
    return the(Verifier)


def standing() -> Standing:
    """What is known of the chain at this moment."""
    return verifier().standing()


class VerificationShape(TypedDict):
    """A look at every entry: how far it is, and how it ended."""

    state: Literal["running", "good", "broken"]
    problem: str | None
    checked: int
    total: int | None
    head: str | None
    started_at: Moment
    ended_at: Moment | None


class LatestVerification(TypedDict):
    """The last one since the server started, or null."""

    verification: VerificationShape | None


@audit_verifications.post("/verifications")
@describes(VerificationShape, 201, keyed=False)
def create() -> Response:
    """Look at every entry; the answer says what came of it, or how far it is. That somebody looked is an entry."""
    write(lambda _: None)
    verification = verifier().begin()
    verification.over.wait(PATIENCE)
    return respond(json=lambda: shape(verification), part=part, goto="/audit", status=201)


@audit_verifications.get("/verifications/latest")
@describes(LatestVerification)
def show() -> Response:
    """The last one since the server started, or how far it is; null before the first."""
    last = verifier().last
    return respond(json=lambda: {"verification": shape(last) if last else None}, part=part, goto="/audit")


def part() -> str:
    """The chain's state on the page."""
    return render_template("audit/_state.html", standing=standing())


def shape(verification: Verification) -> dict[str, Any]:
    """A verification as JSON."""
    progress = verification.progress
    return {
        "state": verification.state,
        "problem": verification.problem,
        "checked": progress.checked if progress else 0,
        "total": progress.total if progress else None,
        "head": str(progress.at) if progress else None,
        "started_at": verification.started_at,
        "ended_at": verification.ended_at,
    }
