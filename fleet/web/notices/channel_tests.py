"""The test button: one notice to one channel, now, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Row

from fleet.db import Transaction, db
from fleet.errors import TooManyRequests
from fleet.models.notice import channels, delivery_log, outcomes, queue
from fleet.models.notice.parcels import carry
from fleet.web.framework.current import the_settings
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write
from fleet.web.notices import pages
from fleet.web.notices.views import Delivery, shape
from fleet.web.pages.forms import form_page
from fleet.web.security.person import oneself

notice_tests = Blueprint("notice_tests", __name__)

# A test reaches out of the house at somebody's word.
A_MINUTE = RateLimitItemPerMinute(10, namespace="notice tests")
_counter = FixedWindowRateLimiter(MemoryStorage())


@notice_tests.post("/<channel_id>/tests")
@form_page(pages.failed_form())
@describes(Delivery, keyed=False, others=((202, Delivery),), codes=("CHANNEL_OFF", "NOT_A_PERSON", "TOO_MANY_TESTS"))
def create(channel_id: str) -> Response:
    """Send a test and answer with its outcome; a browser fetches it, so that is 202 and `waiting`."""
    person = oneself()
    if not _counter.hit(A_MINUTE, person.id):
        raise TooManyRequests("TOO_MANY_TESTS", "That were many tests. Wait a minute.", 60)

    def begin(tx: Transaction) -> tuple[str, queue.Message | None]:
        channel = channels.find(tx.connection, person.id, channel_id)
        return delivery_log.begin_test(tx, channel, person.name)

    message_id, message = write(begin)
    if message is not None:
        # Not inside of a write: the receiver may take its time.
        outcome = carry(message, the_settings())
        write(lambda tx: outcomes.finish(tx, message, outcome))
    line = outcome_of(message_id)
    return respond(
        json=lambda: shape(line),
        status=202 if message is None else 200,
        part=lambda: pages.channel(person.id, channel_id),
        goto="/account/notices",
    )


def outcome_of(message_id: str) -> Row[Any]:
    """The test's line in the log."""
    with db.engine.connect() as connection:
        return delivery_log.of_message(connection, message_id)
