"""One change to thousands: Fleet's `/v1/stream` beside nginx with nchan.

A change is an event of an agent, published by POST and committed to disk
before anybody hears of it; nchan keeps its message in memory only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import loading, peers, report
from tests.bench.fleets import fleet
from tests.bench.loading import Streams
from tests.bench.report import FLEET, Part

SIZE = 1024
# What Fleet's frame holds besides the event's text, and nchan's does not: names, ids and times. The text is
# shorter by so much, so that both send as many bytes; "bytes per delivery" shows it.
ENVELOPE = 229
ONE, BURST, ALONE = "one at a time", "bursts of 16", "bursts of 16 from one publisher"
# As the client of streams is told them: messages under way, and by how many connections.
WINDOWS = {"1": ONE, "16": BURST, "16/1": ALONE}
WARM = 200


@dataclass(frozen=True)
class Plan:
    """How many subscribers, how long, how often."""

    subscribers: tuple[int, ...] = (1000, 5000)
    seconds: float = 6.0
    repeats: int = 3


QUICK = Plan((200, 1000), 1.5, 1)


def measure(plan: Plan) -> Part:
    """Measure both in turn; every run has servers of its own, so that memory is counted from the same start."""
    part = Part("fanout", "1 KiB changes to many subscribers (Server-Sent Events)")
    part.notes += [
        "receipt: from sending the POST to reading the frame, so the write and its commit are in it.",
        "from its transaction: from the event's own time, taken as its transaction began; from the commit it is less.",
        "one at a time: the next is sent when everybody has the last; bursts: 16 under way on 16 connections,",
        "or all on one, whose next is sent when the last was answered, delivered or not.",
    ]
    if loading.compiler() is None:
        part.missing.append("a C compiler (cc), for the client")
        return part
    if not peers.has_nchan():
        part.missing.append(f"{peers.NGINX}, to stand beside Fleet")
    with loading.compiled() as program:
        for _ in range(plan.repeats):
            for subscribers in plan.subscribers:
                if peers.has_nchan():
                    with nchan_streams() as streams:
                        one_run(part, plan, program, "nchan", streams, subscribers)
                with fleet_streams() as streams:
                    one_run(part, plan, program, FLEET, streams, subscribers)
    set_aims(part, plan)
    return part


def one_run(part: Part, plan: Plan, program: Path, who: str, streams: Streams, subscribers: int) -> None:
    """Warm up with a few subscribers that come and go, then measure with all."""
    loading.follow(program, streams, WARM, 0.3, ("1", "16"))
    opened, *results = loading.follow(program, streams, subscribers, plan.seconds, tuple(WINDOWS))
    subject = f"{subscribers:,} subscribers"
    part.note(f"{subject}, idle", "memory each (KiB)", opened["kib_each"], who)
    part.note(f"{subject}, idle", "all connected after (s)", opened["connect_seconds"], who)
    for result in results:
        note_window(part, f"{subject}, {window_of(result)}", who, result)


def window_of(result: dict[str, Any]) -> str:
    """What a result's window is called."""
    window, publishers = result["window"], result["publishers"]
    return WINDOWS[str(window) if window == publishers else f"{window}/{publishers}"]


def note_window(part: Part, subject: str, who: str, result: dict[str, Any]) -> None:
    """The figures of one window."""
    part.note(subject, "deliveries per second", result["per_second"], who)
    part.note(subject, "receipt p50 (ms)", result["receipt_p50_ms"], who)
    part.note(subject, "receipt p99 (ms)", result["receipt_p99_ms"], who)
    if "transaction_p99_ms" in result:
        part.note(subject, "from its transaction p50 (ms)", result["transaction_p50_ms"], who)
        part.note(subject, "from its transaction p99 (ms)", result["transaction_p99_ms"], who)
    part.note(subject, "POST itself p50 (ms)", result["post_p50_ms"], who)
    part.note(subject, "POST itself p99 (ms)", result["post_p99_ms"], who)
    thousands = max(1, result["deliveries"]) / 1000
    part.note(subject, "server CPU per 1000 deliveries (ms)", result["server_cpu_s"] * 1000 / thousands, who)
    part.note(subject, "client CPU per 1000 deliveries (ms)", result["client_cpu_s"] * 1000 / thousands, who)
    part.note(subject, "bytes per delivery", result["bytes_each"], who)
    part.note(subject, "lost", result["lost"], who)


def set_aims(part: Part, plan: Plan) -> None:
    """What is wanted."""
    for number in plan.subscribers:
        subject = f"{number:,} subscribers"
        part.aim(f"{subject}, idle", "memory each (KiB)", report.at_most(2, "KiB"))
        part.aim(f"{subject}, {ONE}", "deliveries per second", report.times_peer(1))
        part.aim(f"{subject}, {BURST}", "deliveries per second", report.times_peer(5))
        part.aim(f"{subject}, {ALONE}", "deliveries per second", report.times_peer(1))
        for window in WINDOWS.values():
            part.aim(f"{subject}, {window}", "receipt p99 (ms)", report.BELOW_PEER)
            part.aim(f"{subject}, {window}", "lost", report.at_most(0, ""))


@contextlib.contextmanager
def nchan_streams() -> Iterator[Streams]:
    """Nchan's channel."""
    with peers.nchan() as peer:
        yield Streams(peer.port, "/subscribe", "/publish", peer.pids, size=SIZE)


@contextlib.contextmanager
def fleet_streams() -> Iterator[Streams]:
    """Fleet's stream, published to by an agent's events."""
    with fleet(1) as running:
        yield Streams(
            running.server.port,
            "/v1/stream",
            f"/v1/agents/{running.agents[0]}/events",
            running.pids,
            token=running.api.token,
            before='{"type":"info","message":"',
            after='"}',
            size=SIZE - ENVELOPE,
        )
