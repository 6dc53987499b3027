"""Whether this server serves: open to load balancers, telling nothing else (document 2)."""

from __future__ import annotations

import time
from typing import Literal, TypedDict

from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fleet.db import db
from fleet.docker import Word
from fleet.parts import the
from fleet.version import version
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response
from fleet.web.system.engine import Engine

health = Blueprint("health", __name__)

STARTED = time.monotonic()


class Health(TypedDict):
    """It answers; `uptime` in seconds, `docker` in one word."""

    status: Literal["healthy"]
    version: str
    uptime: int
    docker: Word


class Unhealthy(TypedDict):
    """The database does not answer."""

    status: Literal["unhealthy"]
    version: str


@health.get("/health")
@describes(Health, others=((503, Unhealthy),))
def show() -> Response:
    """200 while the database answers, else 503; `uptime` in seconds.

    `docker` says whether the engine answers, and else why not, as it was seen in the last 5 seconds.
    """
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return json_response({"status": "unhealthy", "version": version()}, 503)
    uptime = int(time.monotonic() - STARTED)
    return json_response({"status": "healthy", "version": version(), "uptime": uptime, "docker": the(Engine).word})
