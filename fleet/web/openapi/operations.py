"""One operation of the OpenAPI document: parameters, body, answers, errors."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from fleet.web.http import queries
from fleet.web.http.description import Description
from fleet.web.openapi.codes import Route, codes_of
from fleet.web.openapi.schemas import Schema, example
from fleet.web.security import policy

CREDENTIALS: list[dict[str, list[str]]] = [{"bearer": []}, {"agentKey": []}, {"session": []}]
SENTENCES = {
    400: "The request says something that it may not say; `details.field` names where.",
    401: "No credential, or one that is not good.",
    403: "A good credential with too little right.",
    404: "There is no such thing, or not for this caller.",
    408: "The body did not come in time.",
    409: "The state of things forbids it now.",
    412: "Somebody else has changed it since `If-Match` was true.",
    413: "The body is too large.",
    414: "The address is too long.",
    417: "The server does not do what `Expect` asks.",
    421: "The request was meant for another host name.",
    416: "The file has no such bytes; `Content-Range` says how many there are.",
    429: "Too often; `Retry-After` says when to ask again.",
    431: "The headers are too large.",
    500: "Fleet made a mistake; nothing was written.",
    501: "The body is wrapped in a way that the server does not know.",
    502: "Another machine did not do what it was asked; `details` tell the step and its words.",
    503: "The server cannot serve this now; `Retry-After` says when to ask again.",
    504: "The host gave no answer in time.",
    507: "The disk is full; nothing was written.",
}


def answers(said: Description) -> dict[int, Any]:
    """The types of an operation's good answers by status; None for no body."""
    return {said.status: said.answer, **dict(said.others)}


class Refusals:
    """The errors of all operations: what several answer alike is said once."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._names: dict[tuple[int, tuple[str, ...]], str] = {}

    def reference(self, status: int, codes: list[str]) -> Schema:
        """A reference to the answer of that status with one of those codes."""
        key = (status, tuple(codes))
        if key not in self._names:
            alike = sum(known == status for known, _ in self._names)
            name = HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
            self._names[key] = f"{name}{alike + 1 if alike else ''}"
            self.named[self._names[key]] = bad(status, codes)
        return {"$ref": f"#/components/responses/{self._names[key]}"}


def operation(
    view: Callable[..., Any], route: Route, references: dict[Any, Schema], named: dict[str, Schema], refusals: Refusals
) -> dict[str, Any]:
    """One operation."""
    said = route.said
    made: dict[str, Any] = {
        "operationId": f"{route.endpoint.removeprefix('v1_')}{'_again' if is_again(route) else ''}",
        **words_of(view),
        "tags": [tag_of(route.rule)],
        "parameters": [
            *path_parameters(route),
            *query_parameters(said),
            *header_parameters(route.method, said),
        ],
        "responses": {
            **{str(status): refusals.reference(status, codes) for status, codes in codes_of(route).items()},
            **{str(status): good(kind, said, references, named) for status, kind in answers(said).items()},
        },
        "security": [] if route.role == policy.OPEN else CREDENTIALS,
        "x-role": route.role,
    }
    if said.body is not None:
        made["requestBody"] = body_of(said, references, named)
    if said.form is not None:
        made["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": references[said.form]}}}
    return made


def is_again(route: Route) -> bool:
    """True for a second place of an endpoint."""
    return route.rule.startswith("/api/") and route.endpoint.startswith("v1_")


def words_of(view: Callable[..., Any]) -> dict[str, str]:
    """What the view's docstring says: a line, and what follows it."""
    summary, _, rest = inspect.cleandoc(view.__doc__ or "").partition("\n")
    said = {"summary": summary.strip().rstrip(".").replace("`", "")}  # a line of plain text; the rest is Markdown
    if rest.strip():
        said["description"] = "\n\n".join(" ".join(part.split()) for part in rest.strip().split("\n\n"))
    return said


def tag_of(rule: str) -> str:
    """The noun that a path begins with."""
    parts = [part for part in rule.split("/") if part and part not in ("v1", "api")]
    return parts[0].partition(".")[0]


def path_parameters(route: Route) -> Iterator[Schema]:
    """The parts of a path that are chosen."""
    for name in route.arguments:
        schema: Schema = {"type": "string", "minLength": 1}
        choices = re.search(rf"<any\(([^)]*)\):{name}>", route.rule)
        if choices:
            schema = {"type": "string", "enum": [each.strip() for each in choices[1].split(",")]}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def query_parameters(said: Description) -> Iterator[Schema]:
    """What the query may say, as its readers declare it."""
    for reader in said.query:
        for parameter in queries.declared(reader):
            yield {"name": parameter.name, "in": "query", "schema": parameter.schema}


def header_parameters(method: str, said: Description) -> Iterator[Schema]:
    """The headers that mean something here."""
    if method == "POST" and said.keyed:
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}
        about = "The same key gets the same answer for 24 hours."
        yield {"name": "Idempotency-Key", "in": "header", "schema": schema, "description": about}
    if said.edition:
        about = "The `ETag` of the edition that is changed; a list of them, or `*`."
        yield {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": about}


def body_of(said: Description, references: dict[Any, Schema], named: dict[str, Schema]) -> Schema:
    """The request's body."""
    schema = references[said.body]
    content = {"application/json": {"schema": schema, "example": example(schema, named)}}
    return {"required": bool(said.body and said.body.required), "content": content}


def good(kind: Any, said: Description, references: dict[Any, Schema], named: dict[str, Schema]) -> Schema:
    """An answer that is no error."""
    if kind is None and not said.files:
        return {"description": "Done; nothing more to say."}
    response: Schema = {"description": "Done.", "content": {}}
    if kind is not None:
        schema = references[kind]
        response["content"]["application/json"] = {"schema": schema, "example": example(schema, named)}
    for media in said.files:
        response["content"][media] = {"schema": {"type": "string"}}
    if said.frames:
        response["content"]["text/event-stream"] |= frames_of(said, references)
    if said.etag:
        response["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "Its edition, for `If-Match`."}}
    return response


def frames_of(said: Description, references: dict[Any, Schema]) -> Schema:
    """What a stream sends: OpenAPI 3.1 has no word for the events of one, so they stand beside its schema."""
    frame = 'id: 5f0c2a9d-42\ndata: {"event":"task_deleted","data":{"task_id":"task_1"}}\n\n'
    return {"example": frame, "x-frames": {name: references[kind] for name, kind in said.frames.items()}}


def bad(status: int, codes: list[str]) -> Schema:
    """An error with the codes that it may have here."""
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    schema: Schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, narrowed]}
    shown = {"error": {"code": codes[0], "message": SENTENCES[status]}}
    response: Schema = {
        "description": SENTENCES[status],
        "content": {"application/json": {"schema": schema, "example": shown}},
    }
    if status in (429, 503, 507):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return response
