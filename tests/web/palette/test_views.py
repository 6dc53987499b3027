"""Search and the palette's lines: what words can mean, for whom, the likeliest first."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.api import make_agent, make_task, read, unique
from tests.support.browser.roles import Roles, served_with_roles
from tests.support.daemons import enrol

FRAGMENT = {"HX-Request": "true"}


def said(api: httpx.Client, q: str, **more: str) -> list[str]:
    """The lines of the palette for these words, as text."""
    answer = api.get("/search", params={"q": q, **more}, headers=FRAGMENT)
    assert answer.status_code == 200, answer.text[:300]
    options = re.findall(
        r'role="option"(?! aria-selected="false" aria-disabled)(.*?)</(?:a|div)>', answer.text, re.DOTALL
    )
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", "", part.partition(">")[2])).split()) for part in options]


def test_an_agent_is_found_by_name_host_repository_and_task(api: httpx.Client) -> None:
    mark = unique("Zebra")
    agent = make_agent(
        api,
        name=f"{mark} name",
        hostname=f"{mark}-host",
        worktree=f"/srv/{mark}-repo",
        current_task=f"{mark} task",
    )
    for word in ("name", "-host", "-repo", "task"):
        answer = api.get(
            "/search",
            params={"q": f"@{mark}{word}" if word[0] == "-" else f"@{mark} {word}"},
            headers=FRAGMENT,
        )
        assert f'href="/agents/{agent["id"]}"' in answer.text, word


def groups_of(api: httpx.Client, q: str, **headers: str) -> dict[str, str]:
    """The groups of the palette, or of the page of search, for these words: each one's markup by its heading."""
    text = api.get("/search", params={"q": q}, headers=headers or FRAGMENT).text
    parts = re.split(r'id="(?:palette-group|group)-\d+"[^>]*>([^<]*)<', text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("headers", [FRAGMENT, {"Accept": "text/html"}], ids=["palette", "page"])
def test_a_host_stands_under_hosts_and_an_agent_under_agents(api: httpx.Client, headers: dict[str, str]) -> None:
    mark = unique("Dormouse")
    agent = make_agent(api, name=f"{mark} coder")
    host = enrol(api, f"{mark}-machine")

    for words in (mark, f"@{mark}"):
        found = groups_of(api, words, **headers)
        assert f'href="/agents/{agent["id"]}"' in found["Agents"]
        assert f'href="/hosts/{host.id}"' in found["Hosts"]
        assert "Never connected" in found["Hosts"]
        assert host.name not in html.unescape(re.sub(r"<[^>]*>", "", found["Agents"]))
    assert "Agents" not in groups_of(api, host.name, **headers)
    assert "Do" not in groups_of(api, f"{host.name}", **headers), "nothing is offered that a host cannot do"


def test_hosts_are_added_by_administrators_only(roles: Roles) -> None:
    offered: dict[str, list[str]] = {}
    for role in ("operator", "admin"):
        bearer = {"Authorization": f"Bearer {roles.tokens[role]}"}
        with httpx.Client(base_url=roles.server.url, headers=bearer) as somebody:
            offered[role] = said(somebody, "add host")
    assert offered["admin"][0] == "Add host"
    assert not [line for line in offered["operator"] if line.startswith("Add host")]


def test_a_task_is_found_by_number_title_and_description(api: httpx.Client) -> None:
    mark = unique("Okapi")
    task = make_task(api, title=f"{mark} title", description=f"says {mark}x inside")
    for words in (f"#{task['number']}", f"{mark} title", f"#{mark}x"):
        answer = api.get("/search", params={"q": words}, headers=FRAGMENT)
        assert f'href="/tasks/{task["id"]}"' in answer.text, words


def test_whoever_is_named_comes_before_what_can_be_done_with_them(api: httpx.Client) -> None:
    name = unique("Asker")
    agent = make_agent(api, name=name)
    api.patch(f"/v1/agents/{agent['id']}", json={"status": "waiting_feedback", "pending_question": "Now or later?"})

    lines = said(api, name)
    assert lines[0].startswith(name)
    assert lines[1].startswith(f"Answer {name}")
    assert "Now or later?" in lines[1]
    assert said(api, f"answer {name}")[0].startswith(f"Answer {name}")


def test_a_verb_that_is_typed_brings_what_can_be_done_first(api: httpx.Client) -> None:
    make_agent(api, name=unique("Vole Stopper"))

    assert said(api, "new")[0].startswith("New task")
    assert said(api, "sto")[0].startswith("Stop all")
    assert said(api, "stopper")[0].startswith("Vole Stopper")


def test_a_word_inside_a_name_is_enough_for_a_sentence(api: httpx.Client) -> None:
    name = unique("Code Wombat")
    agent = make_agent(api, name=name)
    word = name.partition(" ")[2]

    answer = api.get("/search", params={"q": f"send {word} please rebase"}, headers=FRAGMENT)

    assert f'data-post="/agents/{agent["id"]}/commands"' in answer.text
    assert "“please rebase”" in html.unescape(answer.text)


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("failed", "/tasks?status=failed&view=list"),
        ("failed", "/agents?state=error"),
        ("offline", "/agents?state=offline"),
        ("unassigned", "/tasks?status=pending&view=list"),
        ("running", "/tasks?status=in_progress&view=list"),
    ],
)
def test_states_are_places_to_go(api: httpx.Client, words: str, path: str) -> None:
    text = html.unescape(api.get("/search", params={"q": words}, headers=FRAGMENT).text)

    assert f'href="{path}"' in text
    assert api.get(path, headers={"Accept": "text/html"}).status_code == 200


def test_settings_people_and_tokens_are_found_by_who_may_see_them(roles: Roles) -> None:
    found: dict[str, list[str]] = {}
    for role in ("viewer", "admin"):
        bearer = {"Authorization": f"Bearer {roles.tokens[role]}"}
        with httpx.Client(base_url=roles.server.url, headers=bearer) as somebody:
            if role == "admin":
                body = {"email": "grace@example.com", "name": "Grace Hopper", "role": "viewer"}
                assert somebody.post("/v1/people", json=body).status_code == 201
                page = somebody.get("/system", headers={"Accept": "text/html"}).text
                assert 'id="setting-smtp_url"' in page
            found[role] = [*said(somebody, "smtp"), *said(somebody, "hopper"), *said(somebody, role)]
    assert {"smtp_url", "Grace"} <= {line.split()[0].rstrip(":") for line in found["admin"]}
    assert not [line for line in found["viewer"] if line.startswith(("smtp_url", "Grace"))]


def test_a_sentence_sends_words_to_the_agent_that_it_begins_with(api: httpx.Client) -> None:
    name = unique("Quokka Fixer")
    agent = make_agent(api, name=name)
    number = name.rpartition("-")[2]

    answer = api.get("/search", params={"q": f"send quokka fixer-{number} fix it: now"}, headers=FRAGMENT)

    assert f'data-post="/agents/{agent["id"]}/commands"' in answer.text
    assert "fix it: now" in html.unescape(answer.text)


def test_the_whole_name_comes_before_a_longer_one(api: httpx.Client) -> None:
    mark = unique("Tapir")
    make_agent(api, name=f"{mark} Two")
    make_agent(api, name=mark)

    assert said(api, f"send {mark} go")[0].startswith(f"Send to {mark}: “go”")


@pytest.mark.parametrize("sentence", ["assign {n} {w}", "assign #{n} to {w}", "give {n} {w}"])
def test_a_sentence_assigns_a_task(api: httpx.Client, sentence: str) -> None:
    name, task = unique("Lemur"), make_task(api)
    agent = make_agent(api, name=name)

    answer = api.get("/search", params={"q": sentence.format(n=task["number"], w=name)}, headers=FRAGMENT)

    assert f'data-post="/tasks/{task["id"]}"' in answer.text
    assert agent["id"] in html.unescape(answer.text)


@pytest.mark.parametrize("sentence", ["claim {w}", "claim for {w}", "claim next task for {w}"])
def test_a_sentence_claims_the_next_task(api: httpx.Client, sentence: str) -> None:
    name = unique("Ibex")
    make_agent(api, name=name)

    assert said(api, sentence.format(w=name))[0].startswith(f"Claim next task for {name}")


def test_a_chosen_verb_asks_for_the_rest(api: httpx.Client) -> None:
    agent, task = make_agent(api, name=unique("Gecko")), make_task(api, title=unique("Free"))

    assert said(api, "hello", verb="send", agent=agent["id"])[0].startswith("Send to")
    assert said(api, agent["name"], verb="assign", task=task["id"])[0].startswith(f"Assign {task['number']} to")
    assert task["title"] in said(api, task["title"], verb="assign", agent=agent["id"])[0]
    assert said(api, "", verb="send", agent=agent["id"]) == []
    assert said(api, "x", verb="send", agent="nobody") == []


def test_the_answer_says_which_request_it_answers(api: httpx.Client) -> None:
    assert '<div data-n="41">' in api.get("/search?q=x&n=41", headers=FRAGMENT).text


@pytest.mark.parametrize(
    "q",
    [
        "",
        "(",
        "[a-",
        "\\",
        "%",
        "_",
        "send",
        "send ",
        "assign 99999999999",
        "assign 1",
        "claim",
        "🦊",
        "x" * 5000,
        "\x00",
        "#",
        "> ",
        "@@",
    ],
)
def test_any_words_are_answered(api: httpx.Client, q: str) -> None:
    assert api.get("/search", params={"q": q}, headers=FRAGMENT).status_code == 200
    assert api.get("/search", params={"q": q}, headers={"Accept": "text/html"}).status_code == 200


def test_a_hostile_name_stays_a_name(api: httpx.Client) -> None:
    name = unique('"><script>alert(1)</script> onx')
    agent = make_agent(api, name=name)
    api.patch(f"/v1/agents/{agent['id']}", json={"status": "waiting_feedback", "pending_question": name})
    for q in ("alert", f"send {name} go", "assign 1 alert"):
        for headers in (FRAGMENT, {"Accept": "text/html"}):
            assert "<script>alert" not in api.get("/search", params={"q": q}, headers=headers).text


def test_the_page_does_without_scripts_what_the_palette_does(api: httpx.Client) -> None:
    name = unique("Marmot")
    agent = make_agent(api, name=name)

    text = api.get("/search", params={"q": f"send {name} rest"}, headers={"Accept": "text/html"}).text

    assert f'<form method="post" action="/agents/{agent["id"]}/commands">' in text


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """A Fleet with a token of each role."""
    folder: Path = tmp_path_factory.mktemp("roles")
    with served_with_roles(folder) as running:
        yield running


def test_a_viewer_is_offered_nothing_to_do(roles: Roles) -> None:
    agent = roles.crew.add("Code Reviewer")
    agent.ask("Now?")
    bearer = {"Authorization": f"Bearer {roles.tokens['viewer']}"}
    with httpx.Client(base_url=roles.server.url, headers=bearer) as viewer:
        for q in ("", "code", "send code go", "assign 1 code", "claim code", "new"):
            lines = said(viewer, q)
            assert not [
                line for line in lines if line.startswith(("Answer", "Send", "Assign", "Claim", "New", "Add"))
            ], q
        assert said(viewer, "x", verb="send", agent=agent.id) == []
        assert "Code Reviewer" in " ".join(said(viewer, "code"))


def test_more_can_be_done_with_an_agent_and_the_words_choose_among_it(api: httpx.Client) -> None:
    agent = make_agent(api, name=unique("Heron"), status="waiting_feedback", pending_question="Now?")

    everything = said(api, "", verb="more", agent=agent["id"])

    assert [line.split()[0] for line in everything] == ["Answer", "Send", "Assign", "Claim", "Pause", "Stop"] + 4 * [
        "Open"
    ]
    assert said(api, "open det", verb="more", agent=agent["id"]) == ["Open Details"]


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        ("pending", ["Assign", "Edit", "Open"]),
        ("completed", ["Edit", "Open"]),
        ("failed", ["Retry", "Retry", "Edit", "Open"]),  # as it is, and with changes
    ],
)
def test_more_can_be_done_with_a_task(api: httpx.Client, status: str, verbs: list[str]) -> None:
    task = make_task(api)
    if status != "pending":
        api.patch(f"/v1/tasks/{task['id']}", json={"status": status, "failure_reason": "x"})

    assert [line.split()[0] for line in said(api, "", verb="more", task=task["id"])] == verbs


def test_nothing_more_can_be_done_with_what_is_gone(api: httpx.Client) -> None:
    assert said(api, "", verb="more", agent="agt_gone") == []
    assert said(api, "", verb="more", task="task_gone") == []


def test_an_agent_is_paused_and_resumed_by_a_sentence(api: httpx.Client) -> None:
    name = unique("Quokka")
    agent = make_agent(api, name=name)
    assert said(api, f"pause {name}") == [f"Pause {name} app"]
    assert said(api, f"resume {name}") == []

    api.post(f"/v1/agents/{agent['id']}/pause", json={})
    assert said(api, f"resume {name}") == [f"Resume {name} app"]
    assert f"Resume {name} app" in said(api, name)


def test_an_agent_is_stopped_by_a_sentence_which_asks_once_more(api: httpx.Client) -> None:
    name = unique("Emmy")
    agent = make_agent(api, name=name, worktree="/srv/app")
    assert f"Stop {name} app" in said(api, f"stop {name}")
    assert (
        f'href="/stops/new?agent_id={agent["id"]}"'
        in api.get("/search", params={"q": f"stop {name}"}, headers=FRAGMENT).text
    )

    api.post("/v1/stops", json={"kind": "stop", "agent_id": agent["id"]})
    assert f"Stop {name} app" not in said(api, f"stop {name}")
    assert said(api, f"resume {name}") == [f"Resume {name} app"]


def test_the_fleet_is_paused_stopped_and_resumed_by_words(api: httpx.Client) -> None:
    assert {"Stop all"} <= set(said(api, "stop a"))
    assert said(api, "pause fl")[0] == "Pause fleet"
    assert "Resume fleet" not in said(api, "resume")

    api.post("/v1/stops", json={"kind": "stop"})
    try:
        assert said(api, "resume fleet")[0] == "Resume fleet"
        assert not {"Stop all", "Pause fleet"} & {*said(api, "stop all"), *said(api, "pause fleet")}
    finally:
        api.post("/v1/stops/current/resumption")


def test_a_viewer_is_offered_no_stop(roles: Roles) -> None:
    bearer = {"Authorization": f"Bearer {roles.tokens['viewer']}"}
    with httpx.Client(base_url=roles.server.url, headers=bearer) as viewer:
        assert "Stop all" not in said(viewer, "stop all")
        assert "Stops" in said(viewer, "stops")


def test_an_agent_is_found_whatever_the_case_and_form_of_its_letters(api: httpx.Client) -> None:
    word = unique("Ünïcödé")
    made = make_agent(api, name=word)

    for typed in (word.lower(), word.upper(), unicodedata.normalize("NFD", word)):
        assert made["id"] in api.get("/search", params={"q": typed}, headers=FRAGMENT).text
        assert [one["id"] for one in read(api, f"/v1/agents?q={quote(typed)}")["agents"]] == [made["id"]]
