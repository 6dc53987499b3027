"""How a claimed task ends: completed or failed, under the fence of its claim (contract I5)."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import Blueprint, Response
from msgspec import UNSET, UnsetType

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models import json_types, shapes, task
from fleet.web.http.bodies import Body, Text, read
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.pages.errors import error_body
from fleet.web.tasks.claims import CLAIM_CODES, NEED_FENCE, Fence, speak_for_claimant

task_endings = Blueprint("task_endings", __name__)

Ended = Stored | task.Late


class Completion(Body):
    """What came of it."""

    required: ClassVar = NEED_FENCE
    masked: ClassVar = ("result",)

    fence: Fence | UnsetType = UNSET
    result: Text | None = None


class Failure(Body):
    """Why it did not work."""

    required: ClassVar = NEED_FENCE
    masked: ClassVar = ("reason",)

    fence: Fence | UnsetType = UNSET
    reason: Text | None = None


@task_endings.post("/<task_id>/completion")
@describes(json_types.Task, body=Completion, codes=CLAIM_CODES)
def complete(task_id: str) -> Response:
    """End a claimed task well; what waited for it may start."""
    body = read(Completion)
    fence = int(body.fence)  # type: ignore[arg-type]  # required above

    def end(tx: Transaction) -> Ended:
        speak_for_claimant(tx, task_id, fence)
        return task.complete(tx, task_id, fence, body.result)

    return write_and_respond(end, json=shape, status=status)


@task_endings.post("/<task_id>/failure")
@describes(json_types.Task, body=Failure, codes=CLAIM_CODES)
def fail(task_id: str) -> Response:
    """End a claimed task badly."""
    body = read(Failure)
    fence = int(body.fence)  # type: ignore[arg-type]  # required above

    def end(tx: Transaction) -> Ended:
        speak_for_claimant(tx, task_id, fence)
        return task.fail(tx, task_id, fence, body.reason)

    return write_and_respond(end, json=shape, status=status)


def shape(ended: Ended) -> dict[str, Any]:
    """The task; or the error for an answer that came too late, which is kept all the same."""
    if isinstance(ended, task.Late):
        return error_body(task.stale(ended.task, ended.fence))
    return shapes.task(ended)


def status(ended: Ended) -> int:
    """200, or 409 for a late answer."""
    return 409 if isinstance(ended, task.Late) else 200
