"""The list of agents that is encoded without being read says what the read one says, byte for byte."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from fleet.db import db
from fleet.models import shapes
from fleet.models.agent import listed, shown
from fleet.models.agent.listed import SORTS, Filter
from tests.application import Clock
from tests.models.making import agent, beat, report

FILTERS = [
    Filter(),
    Filter(status="active", words="ada"),
    Filter(state="needs_you"),
    Filter(state="idle", kind="coding", connection="unknown"),
    Filter(tag="gpu"),
    Filter(words="100% _of_ Zoë"),
    Filter(hostname="build-1"),
    Filter(quiet=False),
]


@pytest.fixture(autouse=True)
def _crew(clock: Clock) -> None:
    agent(name="Ada", status="active", tags=["gpu", 'q"u,o'], capabilities=["css"])
    clock.moment += timedelta(microseconds=1)
    report(
        agent(name="Zoë 100% _of_", pending_question="May I?\n\x01", status="waiting_feedback"), progress=7
    )
    clock.moment += timedelta(seconds=90, microseconds=-1)
    beat(issue_ids=["#1"], question_options=["ja", "nein"])
    agent(name="Idle", last_commit="abc")


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("wanted", FILTERS)
def test_what_is_shown_is_what_is_stored(wanted: Filter, sort: str) -> None:
    with db.engine.connect() as connection:
        for limit, offset in ((50, 0), (2, 1)):
            found, total = shown.page(connection, wanted, limit, offset, sort)
            rows, count = listed.page(connection, wanted, limit, offset, sort)

            assert total == count
            assert msgspec.json.encode(found) == msgspec.json.encode([shapes.agent(row) for row in rows])


def test_every_filter_of_these_finds_somebody() -> None:
    with db.engine.connect() as connection:
        assert all(shown.page(connection, wanted, 9, 0, "created")[1] for wanted in FILTERS)
