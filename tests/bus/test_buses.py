"""What every bus promises; the same suite for each of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from fleet import bus
from fleet.bus import Bus, News

# Where each bus is found in these tests; one without a line here fails the first test.
URLS = {"memory": "memory://"}
PATIENCE = 20.0  # seconds; buses between processes take their time
FIRST, SECOND, THIRD = (News(n, "agent_updated", f"agt_{n}") for n in (1, 2, 3))


class Ear:
    """A listener that remembers what it heard, and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[News] = []
        self._changed = threading.Condition()

    def __call__(self, news: Sequence[News]) -> None:
        with self._changed:
            self.heard += news
            self._changed.notify_all()

    def hears(self, *news: News) -> bool:
        """True once exactly this has come, in this order."""
        with self._changed:
            return self._changed.wait_for(lambda: self.heard == list(news), PATIENCE)


@pytest.fixture(params=bus.CLASSES)
def wake(request: pytest.FixtureRequest) -> Iterator[Bus]:
    made = bus.connect(URLS[request.param])
    yield made
    made.close()


def test_every_bus_is_tested_here() -> None:
    assert URLS.keys() == bus.CLASSES.keys()


def test_a_scheme_that_nobody_serves_is_refused_and_the_others_are_named() -> None:
    with pytest.raises(ValueError, match=r"carrier-pigeon.*memory"):
        bus.connect("carrier-pigeon://roof")


def test_a_listener_hears_what_is_published_in_order(wake: Bus) -> None:
    ear = Ear()
    wake.listen(ear)

    wake.publish([FIRST, SECOND])
    wake.publish([THIRD])

    assert ear.hears(FIRST, SECOND, THIRD)


def test_every_listener_hears_everything(wake: Bus) -> None:
    ears = [Ear() for _ in range(3)]
    for ear in ears:
        wake.listen(ear)

    wake.publish([FIRST])

    assert all(ear.hears(FIRST) for ear in ears)


def test_a_listener_hears_from_now_on_only(wake: Bus) -> None:
    witness, late = Ear(), Ear()
    wake.listen(witness)
    wake.publish([FIRST])
    assert witness.hears(FIRST)

    wake.listen(late)
    wake.publish([SECOND])

    assert late.hears(SECOND)


def test_who_stops_listening_hears_no_more_and_the_others_do(wake: Bus) -> None:
    gone, stays = Ear(), Ear()
    stop = wake.listen(gone)
    wake.listen(stays)

    stop()
    wake.publish([FIRST])

    assert stays.hears(FIRST)
    assert gone.heard == []


def test_stopping_twice_is_harmless(wake: Bus) -> None:
    stop = wake.listen(Ear())

    stop()
    stop()


def test_a_listener_may_stop_while_it_hears(wake: Bus) -> None:
    once, other = Ear(), Ear()

    def hear(news: Sequence[News]) -> None:
        once(news)
        stop()

    stop = wake.listen(hear)
    wake.listen(other)
    wake.publish([FIRST])
    wake.publish([SECOND])

    assert other.hears(FIRST, SECOND)
    assert once.heard == [FIRST]


def test_publishing_to_nobody_is_harmless(wake: Bus) -> None:
    wake.publish([FIRST])
    wake.publish([])


def test_a_closed_bus_tells_nobody_and_can_be_closed_again(wake: Bus) -> None:
    ear = Ear()
    wake.listen(ear)

    wake.close()
    wake.close()

    assert ear.heard == []


def test_news_from_many_threads_all_arrive(wake: Bus) -> None:
    ear = Ear()
    wake.listen(ear)
    news = [News(n, "test", "x") for n in range(200)]
    threads = [threading.Thread(target=wake.publish, args=([each],)) for each in news]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    with ear._changed:
        assert ear._changed.wait_for(lambda: len(ear.heard) == len(news), PATIENCE)
    assert set(ear.heard) == set(news)
