"""What schemathesis loads: calls that would wait, or would end the caller's own right, are turned aside."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

# The caller's own token, person and browser, by the name of the path's parameter: a call without any of them is no
# call of this run's any more. What others' are answered is looked at all the same.
OWN = {"token_id": "CONTRACT_TOKEN_ID", "person_id": "CONTRACT_PERSON_ID"}
NOBODY = "nobody"
# Seconds that a call may ask to be held (`wait`): each example would take them.
LONGEST_WAIT = 0


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Look at a request before it is sent."""
    for name, variable in OWN.items():
        if case.path_parameters and case.path_parameters.get(name) == os.environ.get(variable):
            case.path_parameters[name] = NOBODY
    for values in (case.query, case.body):
        if isinstance(values, dict) and waits(values.get("wait")):
            values["wait"] = LONGEST_WAIT


def waits(value: object) -> bool:
    """Whether it is a length of time that the server would wait; what it refuses stays as it is."""
    try:
        return not isinstance(value, bool | list | dict) and 0 < float(str(value)) <= 60
    except ValueError:
        return False
