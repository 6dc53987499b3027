"""The hub holds one stream for all pages: nobody gets what is not his, nothing is lost, nothing comes twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.hub import Bench, together
from tests.support.browser.page import eventually


@pytest.fixture
def bench(windows: Windows, watch: Watch) -> Bench:
    watch.allow("network")
    page: Page = windows.open(token=None)
    page.goto("/login")
    return Bench.on(page)


def test_what_several_pages_want_at_once_is_one_request(bench: Bench) -> None:
    tabs = [bench.tab(f"t{number}") for number in range(3)]
    together(*(tab.wanting("frame", f"agent/{n}", at=f"e-{9 - n}") for n, tab in enumerate(tabs)))
    bench.answer(0)
    for tab in tabs:
        tab.hears("live")

    assert sorted(bench.request(0)["topic"]) == ["agent/0", "agent/1", "agent/2", "frame"]
    assert bench.request(0)["cursor"] == ["e-7"], "the least of all"
    assert bench.requests == 1


def test_a_page_gets_its_own_topics_as_one_frame(bench: Bench) -> None:
    one, other = bench.tab("one"), bench.tab("other")
    together(one.wanting("frame", "a"), other.wanting("frame", "b"))
    bench.answer(0)
    bench.group(0, "e-6", frame="<i>", a="<a>", b="<b>")
    other.hears("frame")

    assert one.frames == [("e-6", "<i>\n<a>")]
    assert other.frames == [("e-6", "<i>\n<b>")]


def test_a_page_drops_what_it_shows_already(bench: Bench) -> None:
    early, late = bench.tab("early"), bench.tab("late")
    together(early.wanting("frame", at="e-5"), late.wanting("frame", at="e-8"))
    bench.answer(0)
    for at in (7, 8, 9):
        bench.group(0, f"e-{at}", frame=f"<{at}>")
    late.hears("frame")

    assert [at for at, _ in early.frames] == ["e-7", "e-8", "e-9"]
    assert [at for at, _ in late.frames] == ["e-9"]


def test_a_group_that_is_cut_off_moves_nobody_and_is_asked_for_again(bench: Bench) -> None:
    tab = bench.tab("tab")
    tab.want("frame")
    bench.answer(0)
    bench.group(0, "e-6", frame="<6>")
    bench.send(0, "event: piece\ndata: frame\ndata: <half>\n\n")
    bench.end(0)
    tab.hears("wait")
    bench.answer(1)
    bench.group(1, "e-7", frame="<7>")
    tab.hears("frame", 2)

    assert bench.request(1)["cursor"] == ["e-6"]
    assert tab.frames == [("e-6", "<6>"), ("e-7", "<7>")]


def test_known_topics_need_no_request(bench: Bench) -> None:
    first, second = bench.tab("first"), bench.tab("second")
    first.want("frame", "a")
    bench.answer(0)
    first.hears("live")
    second.want("frame", at="e-5")
    second.hears("live")
    bench.group(0, "e-6", frame="<6>")
    second.hears("frame")

    assert bench.requests == 1


@pytest.mark.parametrize(("topics", "at"), [(("frame", "b"), "e-9"), (("frame",), "e-4")])
def test_new_topics_and_an_older_cursor_open_the_stream_anew(bench: Bench, topics: tuple[str, ...], at: str) -> None:
    first, second = bench.tab("first"), bench.tab("second")
    first.want("frame")
    bench.answer(0)
    first.hears("live")
    second.want(*topics, at=at)
    bench.answer(1)
    second.hears("live")

    assert set(bench.request(1)["topic"]) == {"frame", *topics}
    assert bench.request(1)["again"] == ["1"]
    eventually(lambda: bench.closed(0), "the earlier stream is not needed any more")


def test_until_its_open_is_there_a_page_gets_nothing_and_the_others_go_on(bench: Bench) -> None:
    """What the earlier stream brings must neither reach it nor move it: it lacks the page's topics."""
    first, second = bench.tab("first"), bench.tab("second")
    first.want("frame")
    bench.answer(0)
    first.hears("live")
    second.want("frame", "b")
    bench.request(1)
    bench.group(0, "e-8", frame="<8>")
    first.hears("frame")
    assert second.heard("frame", "live") == []

    bench.answer(1)
    bench.group(1, "e-8", frame="<8>", b="<b8>")
    second.hears("frame")
    assert second.frames == [("e-8", "<8>\n<b8>")]
    assert first.frames == [("e-8", "<8>")], "it does not get it twice"


def test_what_a_page_wants_while_an_open_is_under_way_waits_for_the_next(bench: Bench) -> None:
    first, second = bench.tab("first"), bench.tab("second")
    first.want("frame")
    bench.request(0)
    first.want("frame", "a")
    second.want("b")
    bench.answer(0)
    bench.group(0, "e-7", frame="<7>")
    bench.answer(1)
    bench.group(1, "e-7", frame="<7>", a="<a>", b="<b>")
    second.hears("frame")

    assert set(bench.request(1)["topic"]) == {"frame", "a", "b"}
    assert first.frames == [("e-7", "<7>\n<a>")]
    assert second.frames == [("e-7", "<b>")]
    assert bench.requests == 2


def test_pages_made_for_another_role_or_person_are_reset_and_get_nothing_of_it(bench: Bench) -> None:
    same, raised, stranger = bench.tab("same"), bench.tab("raised"), bench.tab("stranger")
    together(
        same.wanting("frame", role="viewer", who="kim"),
        raised.wanting("frame", role="operator", who="kim"),
        stranger.wanting("frame", role="viewer", who="ada"),
    )
    bench.answer(0, who="kim")
    bench.group(0, "e-6", frame="<6>")
    same.hears("frame")

    assert [message["why"] for message in raised.heard("reset")] == ["role"]
    assert [message["why"] for message in stranger.heard("reset")] == ["who"]
    assert raised.frames == stranger.frames == same.heard("reset") == []


def test_somebody_elses_page_asks_the_server_whose_the_browser_is_by_now(bench: Bench) -> None:
    ada, kim = bench.tab("ada"), bench.tab("kim")
    ada.want("frame")
    bench.answer(0)
    ada.hears("live")
    kim.want("frame", who="kim")
    bench.answer(1, who="kim")
    ada.hears("reset")
    kim.hears("live")

    assert kim.heard("reset") == []


def test_a_reset_of_the_server_reaches_those_whom_it_concerns(bench: Bench) -> None:
    old, new = bench.tab("old"), bench.tab("new")
    together(old.wanting("frame", at="e-1"), new.wanting("frame", at="e-9"))
    bench.answer(0)
    bench.send(0, "id: e-9\nevent: reset\ndata: too_old\n\n")
    bench.group(0, "e-10", frame="<10>")
    new.hears("frame")

    assert [(message["why"], message["cursor"]) for message in old.heard("reset")] == [("too_old", "e-9")]
    assert new.heard("reset") == old.frames == []


def test_a_page_whose_key_the_server_has_forgotten_reads_itself_anew(bench: Bench) -> None:
    page, other = bench.tab("page"), bench.tab("other")
    together(page.wanting("frame", "~k"), other.wanting("frame"))
    bench.answer(0)
    bench.send(0, "event: unknown\ndata: ~k\n\n")
    page.hears("reset")
    page.want("frame", "~k", at="e-9")

    assert len(bench.request(1)["topic"]) == 2, "it counted as served"
    assert other.heard("reset") == []


def test_topics_are_named_in_full_as_long_as_they_fit(bench: Bench) -> None:
    tabs = [bench.tab(f"t{number}") for number in range(8)]
    tabs[0].want("frame", "~0")
    assert len(bench.request(0)["topic"][1]) > 900
    for number, tab in enumerate(tabs):
        tab.want("frame", f"~{number}")
    bench.answer(0)

    assert set(bench.request(1)["topic"]) == {"frame", *(f"~{number}" for number in range(8))}


def test_a_page_that_hangs_is_sent_no_more_than_fifty_frames(bench: Bench) -> None:
    hung, well = bench.tab("hung"), bench.tab("well")
    together(hung.wanting("frame"), well.wanting("frame"))
    bench.answer(0)
    for at in range(6, 66):
        bench.group(0, f"e-{at}", frame=f"<{at}>")
        well.say("ack")
    well.hears("frame", 60)

    assert len(hung.frames) == 51
    assert hung.heard()[-1]["type"] == "parked"
    assert well.heard("parked") == []
    hung.want("frame", at="e-56")
    bench.answer(1)
    bench.group(1, "e-66", frame="<66>")
    hung.hears("frame", 52)
    assert bench.request(1)["cursor"] == ["e-56"]


def test_a_page_that_is_gone_in_whichever_way_is_forgotten(bench: Bench) -> None:
    said, crashed, stays = bench.tab("said"), bench.tab("crashed"), bench.tab("stays")
    together(*(tab.wanting("frame") for tab in (said, crashed, stays)))
    bench.answer(0)
    stays.hears("live")
    said.say("gone")
    crashed.crash()

    eventually(lambda: bench.page.evaluate("() => [...hub.tabs.keys()].join()") == "stays")
    assert not bench.closed(0)
    stays.say("gone")
    eventually(lambda: bench.closed(0), "nobody is left")


def test_pages_are_told_when_the_next_try_is_and_any_of_them_cuts_it_short(bench: Bench) -> None:
    tab = bench.tab("tab")
    tab.want("frame")
    for number in range(4):
        bench.answer(number, 503)
        tab.hears("wait", number + 1)
        tab.want("frame")
    bench.answer(4, 503)
    tab.hears("wait", 5)

    waits = [message["next"] for message in tab.heard("wait")]
    assert waits == sorted(waits)
    assert waits[-1] - bench.page.evaluate("() => Date.now()") > 5000, "the pauses grow"


@pytest.mark.parametrize("status", [401, 403])
def test_pages_are_told_that_they_are_signed_out(bench: Bench, status: int) -> None:
    tab = bench.tab("tab")
    tab.want("frame")
    bench.answer(0)
    tab.hears("live")
    bench.end(0)
    bench.answer(1, status)
    tab.hears("out")


def test_an_open_that_fails_leaves_the_others_live(bench: Bench) -> None:
    first, second = bench.tab("first"), bench.tab("second")
    first.want("frame")
    bench.answer(0)
    first.hears("live")
    second.want("b")
    bench.answer(1, 429)
    second.hears("wait")
    bench.group(0, "e-6", frame="<6>")
    first.hears("frame")

    assert first.heard("wait") == []


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_events_are_read_however_the_bytes_are_cut(bench: Bench, step: int) -> None:
    stream = (
        ": beat\r\n\r\nevent: piece\rdata: one\rdata:\rdata:  two\r\r\nid: e-7\r\nevent: at\r\ndata\r\n\r\nevent: cut\n"
    )
    events = bench.page.evaluate(
        """([text, step]) => {
          const parse = EventStream.parser();
          const found = [];
          for (let at = 0; at < text.length; at += step) found.push(...parse(text.slice(at, at + step)));
          return found;
        }""",
        [stream, step],
    )

    assert events == [
        {"id": "", "event": "piece", "data": "one\n\n two"},
        {"id": "e-7", "event": "at", "data": ""},
    ]


@pytest.mark.parametrize(
    ("cursor", "at", "reached"),
    [
        ("e-7", "e-7", True),
        ("e-10", "e-9", True),
        ("e-7", "e-8", False),
        ("a-9", "b-1", False),
        ("a-b-2", "a-b-1", True),
    ],
)
def test_positions_are_compared_by_number_and_never_across_epochs(
    bench: Bench, cursor: str, at: str, reached: bool
) -> None:
    assert bench.page.evaluate("([one, other]) => EventStream.reaches(one, other)", [cursor, at]) is reached


def test_a_request_that_hangs_is_given_up_for_another(bench: Bench) -> None:
    """Each such try is given longer, so that a slow line is served as well."""
    bench.page.evaluate("() => { EventStream.PATIENCE_FIRST = 100; }")
    tab = bench.tab("tab")
    tab.want("frame")
    bench.request(0)
    tab.hears("wait")
    bench.answer(1)
    tab.hears("live")

    assert bench.closed(0)


def test_a_hub_in_a_page_needs_no_lock(bench: Bench) -> None:
    """Where a page has none to give, that must not look as if it were gone."""
    bench.page.evaluate("() => { window.hub = new Hub('/live', true); }")
    tab = bench.tab("tab")
    tab.crash()  # gives its lock up
    tab.want("frame")
    bench.answer(0)
    bench.group(0, "e-6", frame="<6>")
    tab.hears("frame")

    assert tab.frames == [("e-6", "<6>")]
