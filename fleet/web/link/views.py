"""`GET /v1/link`: a daemon's WebSocket, opened with the agent's own key (hosts-shape.md, "The link")."""

from __future__ import annotations

import socket

from flask import Blueprint, g

from fleet.db import db
from fleet.errors import Conflict, Forbidden, TooManyLinks
from fleet.links import Link, Links
from fleet.models import agent
from fleet.parts import the
from fleet.web.framework.current import the_notes, the_request
from fleet.web.link.conversation import Talk
from fleet.web.link.sock import Sock, Taker

link = Blueprint("link", __name__)
sock = Sock()


@sock.route("/link", bp=link)
def open() -> Taker:  # noqa: A001  # the policy table calls it link.open
    """Take the daemon's connection over, unless it comes as a browser would, or there is no room."""
    asked, agent_id = the_request(), g.identity.agent_id
    if asked.cookies or "Origin" in asked.headers:
        raise Forbidden("FORBIDDEN", "A daemon comes with its key alone: without a cookie, without an Origin.")
    with db.engine.connect() as connection:
        if agent.find(connection, agent_id).kind != "host":
            raise Conflict("NOT_A_HOST", "This key is a coding agent's; a link is for hosts.")
    links = the(Links)
    if links.is_full():
        raise TooManyLinks
    the_notes().sign = None  # its hello is the sign of life, written with those of others
    opened = Link(agent_id, g.identity.id)
    opened.talk = Talk(asked.remote_addr)

    def take(connected: socket.socket) -> None:
        links.take(opened, connected)

    return take
