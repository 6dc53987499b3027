"""`GET /api/agents/install-script?key=`: a shell script that makes the machine it runs on a host (document 3).

Static text, with shell-quoted values above it and the daemon itself below it
(security.md 16): nothing else has to be downloaded, and nothing happens before
the last line.
"""

from __future__ import annotations

from flask import Blueprint, Response

from fleet import clock
from fleet.daemon.installer import script
from fleet.db import db
from fleet.errors import Invalid
from fleet.models import token
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.pages.page import base_url
from fleet.web.security import login_throttle, refusals
from fleet.web.security.credentials import AGENT_PREFIX

install_script = Blueprint("install_script", __name__)

SHELL = "text/x-shellscript"
REFUSED = """\
#!/bin/sh
echo 'fleet-daemon: this enrolment key has been used, has expired, or never was. Make a new one on the page Add host.' >&2
exit 1
"""


def wanted_key() -> str:
    """The enrolment key in the query."""
    return queries.words("key") or ""


@install_script.get("/install-script")
@describes(
    status=200,
    files=(SHELL,),
    query=(wanted_key,),
    others=((401, None),),
    codes=("AGENTS_OWN_KEY", "TOO_MANY_ATTEMPTS"),
)
def show() -> Response:
    """The script for one enrolment key, which it does not use up: the enrolment does."""
    key = wanted_key()
    queries.require_known()
    if key.startswith(AGENT_PREFIX):
        refusals.note("AGENTS_OWN_KEY")
        raise Invalid("AGENTS_OWN_KEY", "This is an agent's own key; an enrolment key is needed here.", field="key")
    tries = login_throttle.tries("")
    tries.require()
    with db.engine.connect() as connection:
        good = token.usable(connection, key, "enrolment", clock.now()) is not None
    if not good:
        tries.failed()
        refusals.note("INVALID_TOKEN")
        return Response(REFUSED, 401, content_type=f"{SHELL}; charset=utf-8")
    return Response(script(base_url(), key), content_type=f"{SHELL}; charset=utf-8")
