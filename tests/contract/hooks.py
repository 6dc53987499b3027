"""What schemathesis loads: a check that knows the rules beyond schemas, and which calls are turned aside.

Aside go calls that would wait, or would end the caller's own right.
"""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Rules that no schema tells: one field beside another, what is there, whose password it is, a form of words.
BEYOND = frozenset(
    {
        "CONFIRMATION_MISMATCH",
        "CONFIRMATION_MISSING",
        "DEPENDENCY_CYCLE",
        "INVALID_CONTENT",
        "INVALID_DEPENDS_ON",
        "INVALID_EMAIL",
        "INVALID_END",
        "INVALID_FRAMES",
        "INVALID_IF_MATCH",
        "INVALID_KIND",
        "INVALID_OUTCOME",
        "INVALID_PARAMS",
        "INVALID_PATH",
        "INVALID_RESULT",
        "INVALID_SINCE",
        "INVALID_START",
        "INVALID_TARGET",
        "INVALID_TOKEN_FIELD",
        "INVALID_UNTIL",
        "INVALID_ZONE",
        "MISSING_ASSIGNED_AGENT_ID",
        "MISSING_COMMAND",
        "MISSING_CONTENT",
        "MISSING_FENCE",
        "MISSING_TAGS",
        "MISSING_TARGET",
        "WEAK_PASSWORD",
        "WRONG_PASSWORD",
    }
)
# 1.0 is an integer to JSON Schema; Fleet wants it written as one.
AS_FLOAT = "got `float`"
# The caller's own token, person and browser, by the name of the path's parameter: a call without any of them is no
# call of this run's any more. What others' are answered is looked at all the same.
OWN = {"token_id": "CONTRACT_TOKEN_ID", "person_id": "CONTRACT_PERSON_ID"}
NOBODY = "nobody"
# Streams that bring nothing by themselves, of an agent that tells no metrics: each would be waited for.
ENDLESS = ("/metrics/stream", "/stream/metrics")
# Seconds that a call may ask to be held (`wait`): each example would take them.
LONGEST_WAIT = 0


@schemathesis.check
def what_fits_is_accepted(context: Any, response: Any, case: Any) -> bool | None:
    """No good body is refused, unless for a rule that its schema cannot tell."""
    if response.status_code == 400 and excused(response.content):
        return None
    return positive_data_acceptance(context, response, case)


def excused(content: bytes) -> bool:
    """Whether a refusal names a rule beyond the schema."""
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        return False
    return error["code"] in BEYOND or AS_FLOAT in error.get("details", {}).get("reason", "")


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Look at a request before it is sent."""
    for name, variable in OWN.items():
        if case.path_parameters and case.path_parameters.get(name) == os.environ.get(variable):
            case.path_parameters[name] = NOBODY
    if case.operation.path.endswith(ENDLESS):
        case.path_parameters["agent_id"] = NOBODY
    for values in (case.query, case.body):
        if isinstance(values, dict) and waits(values.get("wait")):
            values["wait"] = LONGEST_WAIT


def waits(value: object) -> bool:
    """Whether it is a length of time that the server would wait; what it refuses stays as it is."""
    try:
        return not isinstance(value, bool | list | dict) and 0 < float(str(value)) <= 60
    except ValueError:
        return False
