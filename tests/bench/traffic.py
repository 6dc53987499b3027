"""Agents that report, in a process of their own: `python -m tests.bench.traffic`, told by JSON on stdin.

At the end it prints `{"probes": [[number, sent, answered], …], "others_per_second": …}` with times in
milliseconds since 1970.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from typing import Any

from tests.bench.fleets import Api

SENDERS = 4
# Between two timed reports: long enough for a frame each, and no multiple of the server's tick.
SHORTEST, LONGEST = 0.13, 0.27


def main() -> None:
    """Let others report at their rate, and one agent at random moments."""
    wanted = json.load(sys.stdin)
    api = Api(wanted["port"], wanted["token"])
    ended = threading.Event()
    counts = [0] * SENDERS
    threads = [
        threading.Thread(target=keep_reporting, args=(api, wanted, ended, counts, place)) for place in range(SENDERS)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    try:
        probes = [report(api, wanted, number) for number in range(wanted["probes"])]
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    print(json.dumps({"probes": probes, "others_per_second": sum(counts) / (time.monotonic() - began)}))


def report(api: Api, wanted: dict[str, Any], number: int) -> tuple[int, float, float]:
    """One timed report, after a pause."""
    time.sleep(random.uniform(SHORTEST, LONGEST))
    sent = time.time() * 1000
    body = {"current_task": f"{wanted['mark']} {number}", "progress": number % 101}
    api.call("PATCH", f"/v1/agents/{wanted['probe']}", body)
    return number, sent, time.time() * 1000


def keep_reporting(api: Api, wanted: dict[str, Any], ended: threading.Event, counts: list[int], place: int) -> None:
    """One sender's share of the others' reports."""
    gap = SENDERS / wanted["per_second"]
    due = time.monotonic() + gap * place / SENDERS
    while not ended.wait(max(0.0, due - time.monotonic())):
        agent_id = random.choice(wanted["others"])
        body = {"progress": random.randrange(101), "lines_added": random.randrange(900)}
        api.call("PATCH", f"/v1/agents/{agent_id}", body)
        counts[place] += 1
        due += gap


if __name__ == "__main__":
    main()
