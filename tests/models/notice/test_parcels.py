"""Whatever goes wrong while sending is a try that came to nothing, and counts as one."""

from __future__ import annotations

import pytest
from flask import current_app

from fleet import couriers
from fleet.models.notice.outcomes import PAUSES, Outcome
from fleet.models.notice.parcels import carry
from tests.support.agents import new_agent, report
from tests.support.application import Clock
from tests.support.notices import channel, finish, look, new_person, states, take


def test_what_no_courier_expects_fails_in_the_end_instead_of_going_on_for_ever(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trips(*_: object) -> None:
        raise UnicodeEncodeError("latin-1", "\u200b", 0, 1, "ordinal not in range")

    monkeypatch.setattr(couriers, "deliver", trips)
    channel(new_person())
    report(new_agent(), status="error")
    look()
    for pause in (*PAUSES, 0):
        [message] = take()
        outcome = carry(message, current_app.config["FLEET"])
        assert outcome == Outcome(ok=False, error="Fleet could not send it (UnicodeEncodeError).")
        finish(message, ok=False, error=outcome.error)
        clock.pass_by(pause * 1.21)

    assert states() == ["failed"]
