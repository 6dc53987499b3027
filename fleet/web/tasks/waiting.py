"""A claim that waits for something to claim: it looks once, and then at what it is offered (waiting_room.py)."""

from __future__ import annotations

from flask import Response

from fleet.models import hold, task
from fleet.parts import the
from fleet.web.http.writes import idempotency_key
from fleet.web.live import long_poll
from fleet.web.tasks import taking
from fleet.web.tasks.taking import Met
from fleet.web.tasks.waiting_claim import SAFE_AFTER, WaitingClaim
from fleet.web.tasks.waiting_room import WaitingRoom


def wait_for_work(agent_id: str, seconds: int, wait: float) -> Response | None:
    """The answer to a claim that finds a task within `wait` seconds. Raises Conflict for a hold.

    A hold that was there before the claim is waited out; one that begins meanwhile ends it.
    """
    room = the(WaitingRoom)
    # Under a key there may be an answer to give again, whatever the queue holds by now.
    safe_after = SAFE_AFTER if idempotency_key() is None else long_poll.LOOK_EVERY
    with room.waiting(agent_id, safe_after) as waiting:
        ahead: task.Outlook | None = room.look(waiting)
        from_before = ahead.hold if ahead else None

        def try_again() -> Response | None:
            nonlocal ahead
            seen, ahead = ahead, None
            met = take_offered(room, waiting, seconds)
            if met is None:
                seen = room.look(waiting) if waiting.due else seen
                met = take_seen(seen, agent_id, seconds)
            return None if met == from_before else taking.refuse_hold(met)

        answer = long_poll.until_woken(try_again, wait, waiting)
        still = from_before is not None and room.look(waiting).hold == from_before
        return answer or taking.refuse_hold(from_before if still else None)


def take_offered(room: WaitingRoom, waiting: WaitingClaim, seconds: int) -> Met:
    """Take what the claim was offered, if it was; the room hears when that is not to be had."""
    if waiting.offered is None:
        return None
    met = taking.claim_offered(waiting.agent_id, waiting.offered, seconds)
    if isinstance(met, Response):
        waiting.offered = None
    else:
        room.settle(waiting, held=isinstance(met, hold.Hold))
    return met


def take_seen(seen: task.Outlook | None, agent_id: str, seconds: int) -> Met:
    """Take the next task if a look has seen that there may be one."""
    if seen is None or seen.hold is not None:
        return seen.hold if seen else None
    return taking.claim_next(agent_id, seconds) if seen.work or idempotency_key() is not None else None
