"""What is asked of a host about a file, and what its answers mean to whoever asked (hosts-shape.md, "Files")."""

from __future__ import annotations

import queue
import secrets
from typing import Any, NoReturn
from urllib.parse import unquote

from fleet import db, protocol
from fleet.db import Transaction
from fleet.db import db as database
from fleet.errors import Conflict, FleetError, Forbidden, HostIsFull, HostSilent, Invalid, NotFound
from fleet.links import Link, Links
from fleet.masking import mask
from fleet.models import agent
from fleet.parts import the
from fleet.web.link.messages import Done, Failed, saying
from fleet.web.link.requests import Answers, Requests
from fleet.web.security.audit_trail import besides

PATH_LONGEST = 4096
# However often somebody has encoded a path: ".." in it is meant as "..".
DECODINGS = 4
CODES_OF = {
    "OUTSIDE_ROOTS": Forbidden,
    "FORBIDDEN": Forbidden,
    "NOT_FOUND": NotFound,
    "EXISTS": Conflict,
    "CHANGED": Conflict,
    "CUT": Conflict,
    "BUSY": Conflict,
    "DISK_FULL": HostIsFull,
}
PART_LONGEST = 500


def linked(agent_id: str) -> tuple[str, Link]:
    """A host's name, and its link. Raises NotFound, and Conflict while it is not connected."""
    with database.engine.connect() as connection:
        row = agent.find(connection, agent_id)
    if row.kind != "host":
        raise Conflict("NOT_A_HOST", "This is a coding agent; files are read from hosts.")
    link = the(Links).of(agent_id)
    if link is None:
        raise offline()
    return row.name, link


def offline() -> Conflict:
    """The error for a host that is not connected."""
    return Conflict("HOST_OFFLINE", "This host is not connected.")


def ask(link: Link, kind: str, path: str, field: str) -> Done:
    """A host's answer to a question about a path. Raises what it refuses, Conflict, HostSilent."""
    request_id = f"req_{secrets.token_urlsafe(12)}"
    with the(Requests).open(link, request_id) as answers:
        the(Links).send(link, saying(kind, id=request_id, path=path))
        answer: Done = wait(answers, field)
        return answer


def wait(answers: Answers, field: str, seconds: float = protocol.FILE_ANSWER_WITHIN) -> Any:
    """The next that comes from a host. Raises what it refuses, Conflict when its link goes, HostSilent."""
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise HostSilent("HOST_SILENT", "The host gave no answer in time.") from None
    if answer is None:
        raise offline()
    if isinstance(answer, Failed):
        refuse(answer, field)
    return answer


def refuse(failed: Failed, field: str) -> NoReturn:
    """Raise what a host refuses, in its words."""
    kind: type[FleetError] = CODES_OF.get(failed.code, Invalid)
    raise kind(failed.code, mask(failed.message), field=field)


def checked_path(text: str, field: str, *, absolute: bool) -> str:
    """A path as a host may be asked for it. Raises Invalid for one that could mean another one."""
    if not text:
        raise Invalid(f"MISSING_{field.upper()}", f"{field} is required", field=field)
    decoded = text
    for _ in range(DECODINGS):
        if "\0" in decoded or ".." in decoded.replace("\\", "/").split("/"):
            raise invalid(field, 'A path has no ".." and no NUL in it, however it is encoded.')
        decoded = unquote(decoded)
    if len(text.encode("utf-8", "surrogatepass")) > PATH_LONGEST:
        raise invalid(field, f"A path has at most {PATH_LONGEST} bytes.")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise invalid(field, "The text holds a character that cannot be stored.")
    if text.startswith("//") or (absolute and not text.startswith("/")):
        raise invalid(field, 'A path begins with one "/".')
    if text.endswith("/"):
        raise invalid(field, "This is a folder: say the name of the file too.")
    return text


def invalid(field: str, sentence: str) -> Invalid:
    """The error for a path that is none."""
    return Invalid(f"INVALID_{field.upper()}", sentence, field=field)


def note(action: str, agent_id: str, name: str, path: str) -> None:
    """Leave an entry in the audit: which file of which host (security.md 22)."""
    entry = besides(action, agent_id, name)
    entry.part_id = mask(path)[:PART_LONGEST]

    def add(tx: Transaction) -> None:
        tx.entries.append(entry)

    db.write(add)
