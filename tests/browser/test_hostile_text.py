"""Whatever an agent says is text: shown as typed, never run, never in the way."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import live, sideways, visit

EVIL = [
    "<script>window.__pwned = 1</script>",
    "</title><script>window.__pwned = 2</script>",
    '<img src=x onerror="window.__pwned = 3">',
    "<svg onload=window.__pwned=4>",
    "<svg><animate onbegin=window.__pwned=5 attributeName=x dur=1s>",
    '"><script>window.__pwned = 6</script>',
    "' autofocus onfocus='window.__pwned = 7",
    '" autofocus onfocus="window.__pwned = 8',
    "</textarea><script>window.__pwned = 9</script>",
    "</option></select><script>window.__pwned = 10</script>",
    '<a href="javascript:window.__pwned = 11">click</a>',
    "javascript:window.__pwned=12",
    '<iframe srcdoc="<script>parent.__pwned = 13</script>"></iframe>',
    "<body onload=window.__pwned=14>",
    '<meta http-equiv=refresh content="0;url=https://example.com/">',
    '<base href="https://example.com/">',
    "<link rel=stylesheet href=https://example.com/x.css>",
    "<form action=https://example.com/><button>Sign in",
    '<hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>',
    '<div hx-get="/agents" hx-trigger="load" hx-target="body">',
    '<div hx-on:click="window.__pwned = 15" hx-vals="js:{a: window.__pwned = 16}">',
    '</hx-partial><hx-partial hx-target="#main" hx-swap="delete"></hx-partial>',
    "{{7*7}}",
    "{% for x in [1] %}${7*7}#{7*7}<%= 7*7 %>{% endfor %}",
    "{{ config.items() }}",
    "<!--",
    "<style>body { display: none }</style>",
    "<details open ontoggle=window.__pwned=17>",
    "<plaintext>",
    "]]> --> */ &lt;b&gt; &amp; &#60;",
    "data: x\n\nevent: reset\ndata: y",
    "\u202egnp.exe\u202c \u2066left\u2069 \u200b\ufeff",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\U0001f469\u200d\U0001f4bb\U0001f525\U0001f1e9\U0001f1ea e\u0301\u0301\u0301",
    "Z\u0351\u036b\u0343a\u0353\u0318l\u0344g\u0352o",
    "W" * 200,
    "long words " * 45,
    "../../etc/passwd?x=1#y&amp;z",
    "\u0000".replace("\u0000", "\\u0000") + "\x1b[31mred\x1b[0m\x07\x08",
]
SERIAL = itertools.count()
SHORT = [text[:200].strip() or "x" for text in EVIL]


def possessed(crew: Crew, number: int) -> Member:
    """An agent that says the payload wherever it may say anything."""
    text, short = EVIL[number], SHORT[number]
    agent = crew.add(
        text[:500],
        worktree=f"/srv/{text}",
        status="active",
        hostname=text[:500],
        current_task=text,
        last_commit=text[:500],
        machine_address=text[:500],
        repo_path=f"/srv/{next(SERIAL)}/{text}",
        tags=[short],
        capabilities=[short],
        issue_ids=[short],
    )
    agent.plan(text)
    agent.call("POST", "/events", {"type": short[:50], "message": text, "metadata": {short: text}})
    agent.respond(agent.hear(text, "question"), text)
    agent.ask(f"{text}\n{text}", short)
    return agent


def unharmed(page: Page, *widths: int) -> None:
    """The page runs nothing, and (on a phone and on a desk) it is not wider than the window."""
    for wide in widths or (390, 1440):
        page.set_viewport_size({"width": wide, "height": 900})
        assert sideways(page) <= 0, f"{page.url} at {wide} is {sideways(page)} pixels too wide"
    assert page.evaluate("() => window.__pwned") is None
    assert page.locator("#main :is(iframe, base, meta, [onerror], [onload], [hx-on\\:click])").count() == 0


def shown_as_typed(page: Page, selector: str, text: str) -> None:
    """The element's text is the payload, blanks aside."""
    shown = page.locator(selector).first.evaluate("e => e.textContent")
    assert " ".join(shown.split()) == " ".join(text.split())


def test_lists_of_hostile_agents_are_lists(page: Page, crew: Crew) -> None:
    agents = [possessed(crew, number) for number in range(len(EVIL))]
    for path in ("/", "/?view=table", "/agents?view=table", "/activity", "/agents?view=cards&sort=name"):
        visit(page, path)
        unharmed(page)
    for number, agent in enumerate(agents):
        shown_as_typed(page, f"#agent-card-{agent.id} .agent-name", EVIL[number][:500])
        shown_as_typed(page, f"#agent-card-{agent.id} .agent-task", EVIL[number])


def test_hostile_agents_that_come_live_are_agents(page: Page, crew: Crew) -> None:
    crew.add(status="active")
    visit(page, "/")
    for number in range(len(EVIL)):
        agent = possessed(crew, number)
        page.locator(f"#need-{agent.id}").wait_for()
        shown_as_typed(page, f"#need-{agent.id} .need-name", EVIL[number][:500])
        shown_as_typed(page, f"#agent-card-{agent.id} .agent-task", EVIL[number])
    unharmed(page)


@pytest.mark.parametrize("part", range(3))
def test_the_pages_of_hostile_agents_are_pages(page: Page, crew: Crew, part: int) -> None:
    for number in range(part, len(EVIL), 3):
        text = EVIL[number]
        agent = possessed(crew, number)
        page.goto(agent.path, wait_until="domcontentloaded")
        unharmed(page, 390)
        for selector in ("h1", ".todo bdi", ".turn-text bdi", ".turn-agent .turn-text bdi"):
            shown_as_typed(page, selector, text[:500] if selector == "h1" else text)
        assert page.locator("#agent-question input[type=radio]").first.input_value() == SHORT[number]


def test_every_tab_of_an_agent_that_says_everything_hostile_is_a_tab(page: Page, crew: Crew) -> None:
    agent = crew.add(EVIL[0], tags=SHORT, capabilities=SHORT, issue_ids=SHORT, status="active")
    agent.plan(*EVIL)
    for number, text in enumerate(EVIL):
        agent.call("POST", "/events", {"type": SHORT[number][:50], "message": text, "metadata": {"x": text}})
        agent.respond(agent.hear(text), text)
    for tab in ("", "/activity", "/commands", "/details"):
        visit(page, agent.path + tab)
        unharmed(page)
    tags = page.locator("#agent-details .tag").all_inner_texts()
    assert len(tags) == 3 * len(SHORT)


def test_hostile_words_that_come_live_are_words(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    for number, text in enumerate(EVIL):
        line = agent.say(text)
        agent.report(name=text[:500], current_task=text, last_commit=text[:500])
        agent.ask(text, SHORT[number])
        expect(page.locator(f"#event-{line}")).to_have_count(1)
        live(page)
        shown_as_typed(page, f"#event-{line} bdi", text)
    unharmed(page)
    shown_as_typed(page, "h1", EVIL[-1])
    assert page.locator("#main").count() == 1


def test_a_hostile_answer_is_sent_as_typed(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("<b>Which?</b>", SHORT[2], SHORT[7])
    visit(page, "/")
    page.get_by_role("button", name=SHORT[7]).click()
    expect(page.locator(".need")).to_have_count(0)
    assert [command["content"] for command in agent.commands] == [SHORT[7]]
    visit(page, agent.path)
    unharmed(page)


def test_a_filter_is_shown_as_typed(page: Page, crew: Crew) -> None:
    crew.add()
    for text in (EVIL[0], EVIL[2], EVIL[7], EVIL[18], EVIL[22]):
        visit(page, "/agents")
        page.get_by_role("searchbox", name="Filter by words").fill(text)
        page.get_by_role("searchbox", name="Filter by words").press("Enter")
        page.get_by_role("heading", name="No agent matches").wait_for()
        expect(page.get_by_role("searchbox", name="Filter by words")).to_have_value(text)
        unharmed(page)


def test_nul_is_refused(crew: Crew) -> None:
    agent = crew.add()
    for field in ("name", "current_task", "last_commit", "pending_question"):
        answer = crew.api.patch(f"/v1{agent.path}", json={field: "a\x00b"})
        assert answer.status_code == 400, field
        assert answer.json()["error"]["code"] == f"INVALID_{field.upper()}"
