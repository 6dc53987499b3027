"""Which codes an operation may answer with, by status: what bodies, queries, roles and paths bring, and its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.routing import Rule

from fleet.web.http import queries
from fleet.web.http.bodies import Body
from fleet.web.http.description import Description
from fleet.web.security import policy

# What any request may meet before its view is asked, or while it writes.
ANY = {
    400: ("MALFORMED_REQUEST",),
    408: ("REQUEST_TIMEOUT",),
    414: ("URI_TOO_LONG",),
    417: ("EXPECTATION_FAILED",),
    421: ("MISDIRECTED_REQUEST",),
    429: ("RATE_LIMITED", "TOO_MANY_CONNECTIONS"),
    431: ("HEADERS_TOO_LARGE",),
    500: ("INTERNAL_ERROR",),
    501: ("UNSUPPORTED_TRANSFER_CODING",),
    503: ("STORAGE_UNAVAILABLE",),
    507: ("STORAGE_FULL",),
}
WITH_BODY = {
    400: ("INVALID_CONTENT_TYPE", "INVALID_JSON", "MALFORMED_BODY", "UNKNOWN_FIELD"),
    413: ("BODY_TOO_LARGE", "TOO_MANY_FIELDS"),
    429: ("TOO_MANY_BODIES",),
}
# What is not found, by the name of the path's parameter.
MISSING = {
    "agent_id": "AGENT_NOT_FOUND",
    "bulk_id": "BULK_COMMAND_NOT_FOUND",
    "channel_id": "CHANNEL_NOT_FOUND",
    "command_id": "COMMAND_NOT_FOUND",
    "deployment_id": "DEPLOYMENT_NOT_FOUND",
    "delivery_id": "DELIVERY_NOT_FOUND",
    "key_id": "TOKEN_NOT_FOUND",
    "person_id": "PERSON_NOT_FOUND",
    "session_id": "SESSION_NOT_FOUND",
    "stop_id": "STOP_NOT_FOUND",
    "task_id": "TASK_NOT_FOUND",
    "todo_id": "TODO_NOT_FOUND",
    "token_id": "TOKEN_NOT_FOUND",
}
# An operation's own codes, and their status; a test holds it against where they are raised.
STATUS: dict[str, int] = {
    **dict.fromkeys(("INVALID_TOKEN", "MISSING_AUTH_TOKEN"), 401),
    **dict.fromkeys(
        ("AGENT_OF_ANOTHER_CREDENTIAL", "NOT_YOUR_AGENT", "NOT_YOUR_CLAIM", "ROLE_ABOVE_YOURS"),
        403,
    ),
    **dict.fromkeys(
        ("AGENT_NOT_FOUND", "COMMAND_NOT_FOUND", "TOKEN_NOT_FOUND", "TRANSFER_NOT_FOUND", "NOT_FOUND"), 404
    ),
    "OUTSIDE_ROOTS": 403,
    "RANGE_NOT_SATISFIABLE": 416,
    "HOST_SILENT": 504,
    "DISK_FULL": 507,
    "TOO_MANY_FIELDS": 413,
    "DEPLOY_FAILED": 502,
    **dict.fromkeys(("TOO_MANY_ATTEMPTS", "TOO_MANY_COMMANDS", "TOO_MANY_DEPLOYMENTS", "TOO_MANY_TESTS"), 429),
    **dict.fromkeys(
        (
            "AGENTS_OWN_KEY",
            "INVALID_HOST",
            "INVALID_SSH_KEY",
            "INVALID_SSH_USER",
            "CHECKSUM",
            "CONFIRMATION_MISMATCH",
            "CONFIRMATION_MISSING",
            "DEPENDENCY_CYCLE",
            "INVALID_LAST_EVENT_ID",
            "INVALID_EMAIL",
            "INVALID_TARGET",
            "INVALID_TOKEN_FIELD",
            "MISSING_ASSIGNED_AGENT_ID",
            "MISSING_COMMAND",
            "MISSING_CONTENT",
            "MISSING_FENCE",
            "MISSING_PATH",
            "NOT_A_FILE",
            "MISSING_TAGS",
            "MISSING_TARGET",
            "WEAK_PASSWORD",
            "WRONG_PASSWORD",
        ),
        400,
    ),
}


@dataclass(frozen=True, slots=True)
class Route:
    """What the codes of an operation depend on."""

    rule: str
    endpoint: str
    method: str
    arguments: tuple[str, ...]
    said: Description

    @classmethod
    def of(cls, rule: Rule, method: str, said: Description) -> Route:
        """One method of a rule."""
        return cls(rule.rule, rule.endpoint, method, tuple(sorted(rule.arguments)), said)

    @property
    def role(self) -> str | None:
        """The least role, OPEN, or None for a route that the policy does not know."""
        return policy.required(self.endpoint)


def codes_of(route: Route) -> dict[int, list[str]]:
    """The codes by status, in the alphabet's order."""
    codes: dict[int, set[str]] = {}
    for status, code in all_codes(route):
        codes.setdefault(status, set()).add(code)
    return {status: sorted(codes[status]) for status in sorted(codes)}


def all_codes(route: Route) -> Iterator[tuple[int, str]]:
    """Every code with its status."""
    yield from spread(ANY)
    yield from of_credentials(route)
    yield from of_method(route)
    if route.said.body is not None:
        yield from spread(WITH_BODY)
        for code in of_body(route.said.body):
            yield 400, code
    for reader in route.said.query:
        for parameter in queries.declared(reader):
            yield 400, f"INVALID_{parameter.name.upper()}"
    if "<any(" in route.rule:
        yield 404, "NOT_FOUND"
    for argument in {*route.arguments} & MISSING.keys():
        yield 404, MISSING[argument]
    yield from of_its_own(route.said)


def of_its_own(said: Description) -> Iterator[tuple[int, str]]:
    """What a form with a file, the state of things, and rules beyond types, bring."""
    if said.form is not None:
        yield from ((400, code) for code in ("UNKNOWN_FIELD", "INVALID_CONTENT_TYPE", *of_body(said.form)))
    for code in said.codes:
        if code == "TOO_MANY_STREAMS":  # of this credential, or of the whole server
            yield 429, code
        yield 503 if code == "TOO_MANY_STREAMS" else STATUS.get(code, 409), code


def spread(codes: dict[int, tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Each code of a table with its status."""
    for status, several in codes.items():
        for code in several:
            yield status, code


def of_credentials(route: Route) -> Iterator[tuple[int, str]]:
    """What a missing, a bad and a weak credential bring."""
    if route.role == policy.OPEN:
        return
    yield from ((401, "MISSING_AUTH_TOKEN"), (401, "INVALID_TOKEN"), (403, "FORBIDDEN"))
    own = policy.agents_own(route.endpoint)
    if own == policy.HELD:
        yield 403, "NOT_YOUR_TASK"
    elif own is not None:
        yield 403, "NOT_YOUR_AGENT"


def of_method(route: Route) -> Iterator[tuple[int, str]]:
    """What lists, writes and keys of repetition bring."""
    if route.method == "GET":
        if is_list(route.endpoint):
            yield 400, "UNKNOWN_PARAMETER"
        return
    yield 403, "CROSS_SITE_REQUEST"
    if route.method == "POST" and route.said.keyed:
        yield from ((400, "INVALID_IDEMPOTENCY_KEY"), (409, "IDEMPOTENCY_KEY_REUSED"))
    if route.said.edition:
        yield 412, "STALE_EDITION"


def is_list(endpoint: str) -> bool:
    """True where an unknown parameter is refused."""
    return endpoint.endswith(queries.LISTS)


def of_body(body: type[Body]) -> Iterator[str]:
    """The codes of a body's fields: missing, blank, not allowed."""
    for rule in (body.required, body.not_blank):
        for code, _ in rule.values():
            yield code
    for name in body.__struct_fields__:
        yield f"INVALID_{name.upper()}"
