"""Five hundred payloads through every field that an agent can set: none is ever more than text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import eventually, live, visit
from tests.support.browser.payload_checks import built_alike, harmless, plain, said
from tests.support.browser.payloads import FAMILIES, IMG, PAYLOADS, SCRIPT
from tests.support.serving import Served, served

HUNDRED = 100
ENDS = ("pending", "assigned", "in_progress", "completed", "failed")


def short(number: int) -> str:
    """The payload as a tag, which may be neither long nor blank."""
    return PAYLOADS[number][:200].strip()


@dataclass
class Hostile:
    """A fleet of as many agents and tasks as there are payloads; each says its own wherever it can."""

    server: Served
    crew: Crew
    agents: list[Member] = field(default_factory=list)

    def each(self, verb: Callable[[int], Any]) -> list[Any]:
        """Do something for every payload, several at a time: they share their commits."""
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(verb, range(len(PAYLOADS))))

    def join(self, number: int) -> Member:
        """An agent with the payload in every field of its own."""
        text, tag = PAYLOADS[number], short(number)
        agent = self.crew.add(
            text,
            worktree=f"/srv/x{text}x",
            status="active",
            hostname=text,
            current_task=text,
            last_commit=text,
            machine_address=text,
            repo_path=f"/srv/{number}/{text}",
            lines_added=1,
            tags=[tag],
            capabilities=[tag],
            issue_ids=[tag],
        )
        agent.call("POST", "/events", {"type": tag[:50], "message": text, "metadata": {tag: text}})
        return agent

    def work(self, number: int) -> None:
        """A task with the payload in every field of its own, in one of the statuses in turn."""
        text, tag, end = PAYLOADS[number], short(number), ENDS[number % len(ENDS)]
        given = {"assigned_agent_id": self.agents[number].id} if end == "assigned" else {}
        task = self.crew.task(text, description=text, labels=[tag], required_capabilities=[tag], **given)
        path = f"/v1/tasks/{task['id']}"
        if end in ("pending", "assigned"):
            return
        fence = self.send("POST", f"{path}/claim", agent_id=self.agents[number].id)["lease"]["fence"]
        if end == "completed":
            self.send("POST", f"{path}/completion", fence=fence, result=text)
        if end == "failed":
            self.send("POST", f"{path}/failure", fence=fence, reason=text)

    def send(self, method: str, path: str, **body: Any) -> Any:
        """A call of /v1; raises for any answer that is an error."""
        answer = self.crew.api.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """The fleet, made once: no test changes what the others see."""
    with served(tmp_path_factory.mktemp("hostile")) as server:
        bearer = {"Authorization": f"Bearer {server.token}"}
        with httpx.Client(base_url=server.url, headers=bearer, timeout=70) as api:
            fleet = Hostile(server, Crew(api))
            fleet.agents = fleet.each(fleet.join)
            fleet.each(fleet.work)
            yield fleet


@pytest.fixture
def page(windows: Windows, hostile: Hostile) -> Page:
    """A window onto that fleet."""
    return windows.open(server=hostile.server)


def test_there_are_five_hundred_and_no_two_are_one() -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 500
    for name, family in FAMILIES.items():
        assert len(set(family).intersection(PAYLOADS)) >= 12, name


@pytest.mark.parametrize(("view", "piece"), [("cards", "card"), ("table", "row")])
def test_a_list_of_agents_shows_every_payload_as_typed(page: Page, view: str, piece: str) -> None:
    visit(page, f"/agents?view={view}&limit=500")
    harmless(page)
    built_alike(page, f".agent-{piece}", len(PAYLOADS))
    said(page, f".agent-{piece} .agent-name", PAYLOADS)
    said(page, f".agent-{piece} :is(.agent-task, .col-task) > bdi:not(.tag)", PAYLOADS)
    said(page, f".agent-{piece} :is(.agent-place, .col-host) > bdi:first-child", PAYLOADS)
    said(page, f".agent-{piece} :is(.agent-last, .col-last) > bdi", PAYLOADS)


def test_the_activity_shows_every_line_as_typed(page: Page) -> None:
    visit(page, "/activity")
    seen: set[str] = set()
    while True:
        harmless(page)
        built_alike(page, ".line", page.locator(".line").count())
        lines = page.evaluate("() => [...document.querySelectorAll('.line .event-text')].map(e => e.textContent)")
        seen |= set(map(plain, lines))
        older = page.locator("#activity-more a")
        if older.count() == 0:
            break
        page.goto(str(older.get_attribute("href")), wait_until="domcontentloaded")
    assert set(map(plain, PAYLOADS)) <= seen


@pytest.mark.parametrize("part", range(3))
def test_the_tabs_of_agents_who_say_all_of_it_show_it_as_typed(page: Page, hostile: Hostile, part: int) -> None:
    """A third of the payloads each, in todos, commands, responses and lines; in tags as many as there may be."""
    numbers = range(part, len(PAYLOADS), 3)
    words = list(dict.fromkeys(map(short, numbers)))
    agent = hostile.crew.add(
        "Speaker",
        status="active",
        tags=words[:HUNDRED],
        capabilities=words[:HUNDRED],
        issue_ids=words[HUNDRED:],
    )

    def speak(number: int) -> None:
        if number in numbers:
            agent.plan(PAYLOADS[number])
            agent.respond(agent.hear(PAYLOADS[number]), PAYLOADS[number], outcome="failed")

    hostile.each(speak)
    mine = [PAYLOADS[number] for number in numbers]
    for tab, selectors in {
        "": (".todo bdi", ".turn:not(.turn-agent) .turn-text bdi", ".turn-agent .turn-text bdi"),
        "/commands": (".turn:not(.turn-agent) .turn-text bdi", ".turn-agent .turn-text bdi"),
    }.items():
        visit(page, agent.path + tab)
        harmless(page)
        for selector in selectors:
            said(page, selector, mine)
    visit(page, agent.path + "/details")
    harmless(page)
    said(page, "#agent-details .tag", words)
    agent.leave()


def test_the_lists_of_tasks_show_every_payload_as_typed(page: Page, hostile: Hostile) -> None:
    seen: set[str] = set()
    for offset in range(0, len(PAYLOADS), 50):
        page.goto(f"/tasks?view=list&offset={offset}", wait_until="domcontentloaded")
        harmless(page)
        titles = page.evaluate("() => [...document.querySelectorAll('.task-row .task-name')].map(e => e.textContent)")
        seen |= set(map(plain, titles))
    assert set(map(plain, PAYLOADS)) <= seen
    visit(page, "/tasks?view=board")
    harmless(page)
    for status in ENDS:
        built_alike(page, f"#tasks-{status} .task-card .task-name", 50)
    for status in ENDS:
        task = hostile.send("GET", f"/v1/tasks?status={status}&limit=1")["tasks"][0]
        for path in (f"/tasks/{task['id']}", f"/tasks/{task['id']}/edit"):
            page.goto(path, wait_until="domcontentloaded")
            harmless(page)


def test_the_search_and_the_palette_find_texts(page: Page) -> None:
    for words in (
        "window",
        "script",
        "svg",
        "hx-",
        "7*7",
        "style",
        "javascript",
        "data:",
        "<!--",
        "form",
        "%3C",
        "&#",
    ):
        page.goto(f"/search?q={quote(words)}", wait_until="domcontentloaded")
        harmless(page)
    visit(page, "/")
    page.keyboard.press("Control+k")
    for words in ("script", "svg", "<img"):
        page.locator("dialog:modal [role=combobox]").fill(words)
        page.locator("dialog:modal [role=option]").first.wait_for()
        harmless(page)


def test_what_comes_live_is_text_too(page: Page, hostile: Hostile) -> None:
    visit(page, "/?view=cards")

    def ask(number: int) -> None:
        text = PAYLOADS[-number]
        hostile.agents[number].report(
            name=text,
            current_task=text,
            last_commit=text,
            worktree=f"/srv/y{text}y",
            status="waiting_feedback",
            pending_question=f"?{text}\n{text}",
            question_options=[short(-number)],
        )
        hostile.agents[number].say(text, short(-number)[:50])

    hostile.each(ask)

    eventually(lambda: page.locator(".need").count() == len(PAYLOADS), "not all of them came")
    live(page)
    harmless(page)
    built_alike(page, ".need", len(PAYLOADS))
    said(page, ".need .need-name", PAYLOADS)
    said(page, ".need .need-title", [f"?{text}".partition("\n")[0] for text in PAYLOADS])
    said(page, ".need .need-options .btn > bdi", map(short, range(len(PAYLOADS))))
    said(page, "#agent-cards .agent-name", PAYLOADS[-60:])


def test_tasks_that_change_live_stay_texts(page: Page, hostile: Hostile) -> None:
    visit(page, "/tasks?view=board")
    tasks = hostile.send("GET", "/v1/tasks?limit=1000")["tasks"]

    def change(number: int) -> None:
        task = tasks[number]
        hostile.send("PATCH", f"/v1/tasks/{task['id']}", title=f"!{task['title']}", labels=[short(-number)])

    hostile.each(change)

    names = page.locator(".task-card .task-name bdi")
    eventually(lambda: all(name.startswith("!") for name in names.all_text_contents()), "not all of them came")
    harmless(page)


@pytest.mark.parametrize(
    "policy", ["", "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'none'"]
)
@pytest.mark.parametrize("payload", [SCRIPT, IMG])
def test_a_page_that_took_one_for_markup_would_be_noticed(
    windows: Windows, watch: Watch, hostile: Hostile, payload: str, policy: str
) -> None:
    """Without a policy it is run; with one it is reported. Either turns a test red."""
    page = windows.open(server=hostile.server)
    page.route(
        "**/agents",
        lambda route: route.fulfill(
            content_type="text/html",
            headers={"content-security-policy": policy},
            body=f"<title>x</title><main>{payload}</main>",
        ),
    )

    page.goto("/agents")
    eventually(lambda: watch.wrong or page.evaluate("() => window.__pwned"))

    if policy:
        assert any("policy: " in text or "Content Security Policy" in text for text in watch.wrong)
    else:
        with pytest.raises(AssertionError, match="something was run"):
            harmless(page)
    with pytest.raises(AssertionError, match="in the browser"):
        watch.check()
    watch.begin()


def test_a_text_that_became_an_element_would_be_noticed(page: Page) -> None:
    visit(page, "/agents?view=cards&limit=500")
    page.evaluate("() => { document.querySelector('.agent-card bdi').innerHTML = '<b>x</b>'; }")

    with pytest.raises(AssertionError):
        built_alike(page, ".agent-card", len(PAYLOADS))
