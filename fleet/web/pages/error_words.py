"""What a person reads on a page that says that something did not work: what happened, and what to do."""

from __future__ import annotations

import re

HEADINGS = {
    400: "That could not be understood",
    401: "Sign in first",
    403: "That is not for you",
    404: "There is nothing here",
    405: "That cannot be done here",
    408: "That took too long",
    409: "That does not fit any more",
    412: "Somebody was faster",
    413: "That is too large",
    414: "The address is too long",
    415: "Fleet does not read that",
    417: "Fleet cannot promise that",
    421: "Fleet does not know this address",
    426: "This is not a page",
    429: "Too often",
    431: "The request says too much about itself",
    500: "Fleet made a mistake",
    501: "Fleet does not read that",
    502: "The other machine did not do it",
    503: "Fleet cannot write right now",
    504: "The host does not answer",
    507: "The disk is full",
}
ANY_HEADING = "Something is wrong"
REMEDIES = {
    400: "Go back, look at what was sent, and send it again.",
    401: "Sign in with a token or a one-time link.",
    403: "Ask an administrator of this Fleet for a role that may.",
    404: "It may have been deleted, or the address has a mistake.",
    405: "Nothing was changed. Use the buttons of a page instead of its address.",
    408: "Send it again; nothing was saved.",
    409: "Reload the page to see how things stand now.",
    412: "Reload the page and repeat the edit.",
    413: "Send less at once; nothing was saved.",
    414: "Filter by fewer words or names.",
    421: "Add this name to allowed_hosts, or set public_url, and start Fleet again.",
    429: "Wait until then; nothing else is needed.",
    431: "Delete this site's cookies, and sign in again.",
    500: "Look for this request id in Fleet's log; what you did was not saved.",
    502: "Read what it said, mend that, and try again.",
    503: "Try again in a few seconds.",
    504: "Look whether the host is online, and try again.",
    507: "Free some space; Fleet goes on by itself.",
}
ANY_REMEDY = "Go back to the overview."
# What HTTP itself refuses, in our words: those of the libraries speak of URLs and servers.
REASONS = {
    400: "The request has a form that Fleet cannot read.",
    404: "There is nothing at this address.",
    413: "What was sent is larger than Fleet takes.",
    415: "Fleet reads JSON and forms.",
    500: "Something went wrong inside Fleet.",
}
ANY_REASON = "Fleet cannot answer this."
# Where there may be more of what was looked for, by the first word of the address.
LISTS = {
    "agents": "All agents",
    "hosts": "All hosts",
    "tasks": "All tasks",
    "people": "All people",
    "tokens": "All tokens",
    "stops": "All stops",
}
MISSING = re.compile(r"(?P<noun>[A-Z][a-z]+) not found")


def reason(status: int, method: str, allowed: str = "") -> str:
    """Why HTTP refuses a request: by its status, for 405 with the methods that the address answers."""
    if status == 405:
        return f"This address does not answer {method[:20]}; it answers {allowed or 'nothing'}."
    return REASONS.get(status, ANY_REASON)


def for_people(message: str) -> str:
    """A message for programs ("Agent not found") as a person would say it; any other as it is."""
    missing = MISSING.fullmatch(message)
    return f"Fleet knows no such {missing['noun'].lower()}." if missing else message


def list_of(path: str) -> tuple[str, str] | None:
    """Address and name of the list that an address below it belongs to, without the base path; None for any other."""
    noun = path.strip("/").partition("/")[0]
    return (f"/{noun}", LISTS[noun]) if noun in LISTS and path.strip("/") != noun else None
