"""Changes that keep coming while somebody uses a page."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.browser.crew import Member
from tests.support.browser.page import eventually

PER_SECOND = 50


@dataclass
class Hammer:
    """Repeats `acts` in turn, PER_SECOND of them, until `stop`; each is given the number of its turn."""

    acts: Sequence[Callable[[int], object]]
    done: int = 0
    errors: list[Exception] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Act until stopped."""
        begun = time.monotonic()
        for turn, act in enumerate(itertools.cycle(self.acts)):
            late = turn / PER_SECOND - (time.monotonic() - begun)
            if self.stopping.wait(max(0.0, late)):
                return
            try:
                act(turn)
            except Exception as error:  # noqa: BLE001  # told to the test
                self.errors.append(error)
                return
            self.done += 1

    def strike(self, more: int) -> None:
        """Wait until so many more changes have been made."""
        wanted = self.done + more
        eventually(lambda: self.done >= wanted or self.errors, "the changes are too slow")


@contextmanager
def hammering(*acts: Callable[[int], object]) -> Iterator[Hammer]:
    """Changes in the background; raises afterwards what went wrong with them."""
    hammer = Hammer(acts)
    thread = threading.Thread(target=hammer.run)
    thread.start()
    try:
        yield hammer
    finally:
        hammer.stopping.set()
        thread.join()
    assert not hammer.errors, hammer.errors
    assert hammer.done > 50, f"only {hammer.done} changes were made"


def busy(agent: Member, *others: Member) -> list[Callable[[int], object]]:
    """What a busy fleet does: progress, lines of activity, new states."""
    acts: list[Callable[[int], object]] = [
        lambda turn: agent.report(progress=turn % 101, lines_added=turn),
        lambda turn: agent.say(f"Edited file {turn}", "edit"),
    ]
    for other in others:
        acts.append(lambda turn, other=other: other.report(progress=turn % 101))  # type: ignore[misc]
        acts.append(lambda turn, other=other: other.say(f"Read file {turn}", "read"))  # type: ignore[misc]
    return acts
