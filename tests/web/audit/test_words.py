"""The audit speaks as a person would, of every action that there is; a new route brings its words with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

import fleet
from fleet.app import create_app
from fleet.config import Settings
from fleet.models.audit.retention import PRUNED
from fleet.web.audit import words
from fleet.web.audit.reading_words import READING
from fleet.web.security.origins import SAFE
from fleet.web.security.policy import POLICY
from tests.support.successful_actions import Acts, Place, placed
from tests.support.tokens import fleet as console

PAGE = {"Accept": "text/html"}
LINE = re.compile(r'<li class="audit-line" id="entry-(\d+)".*?</summary>', re.DOTALL)
DEED = re.compile(r'<span class="audit-deed cut">(.*?)</span>\s*<span class="audit-result">', re.DOTALL)
# What was sent stands behind the sentence, in grey.
FIELDS = re.compile(r' <span class="ink-3">[^<]*</span>$')


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with placed(tmp_path_factory.mktemp("worded")) as made:
        yield made


@pytest.fixture
def endpoints(tmp_path: Path) -> dict[str, bool]:
    """Every endpoint that the application has, and whether it may write."""
    rules = create_app(Settings(database=str(tmp_path / "unused.db"))).url_map.iter_rules()
    found: dict[str, bool] = {}
    for rule in rules:
        name = rule.endpoint.removeprefix("v1_")
        found[name] = found.get(name, False) or bool((rule.methods or set()) - set(SAFE))
    return found


def sentences(api: httpx.Client, query: str = "") -> dict[int, tuple[str, str]]:
    """What the page says in each line, by the entry's number: the marked-up sentence, and its words alone."""
    answer = api.get(f"/audit{query}", headers=PAGE)
    assert answer.status_code == 200
    found = {}
    for line in LINE.finditer(answer.text):
        [deed] = DEED.findall(line[0])
        deed = FIELDS.sub("", deed)
        found[int(line[1])] = deed, unescape(re.sub(r"<[^>]+>", "", deed)).strip()
    return found


def reads_well(text: str, action: str) -> None:
    """Fail for what no person would say."""
    assert re.fullmatch(r"[a-z][\w ',:.-]+", text), f"{action}: {text!r}"
    assert action not in text, f"{action}: {text!r}"
    assert not re.search(r"[_{}]|  | ,|,$", text), f"{action}: {text!r}"


def test_every_writing_route_is_told_of_in_words(place: Place, endpoints: dict[str, bool]) -> None:
    known = Acts(place).known()
    assert {action for action, writes in endpoints.items() if writes} == set(known)
    assert set(known) - set(words.DEEDS) == set(), "these actions have no words yet"

    told: dict[str, str] = {}
    for action, act in known.items():
        before = place.head()
        assert act().is_success, action
        entry = [row for row in place.entries(before) if row["action"] == action][-1]
        shown = sentences(place.api, f"?action={action}&subject={entry['subject_id'] or ''}")
        marked, told[action] = shown[entry["seq"]]
        reads_well(told[action], action)
        assert 'class="mono"' not in marked, f"{action} stands there as it is: {marked}"
        before_subject, _, _ = words.DEEDS[action].done.partition("{}")
        if action != "stops.create":
            assert told[action].startswith(before_subject.rstrip(" ,")), action
        if "{}" in words.DEEDS[action].done:
            assert '<bdi class="strong">' in marked, f"{action} calls nothing by its name: {marked}"

    assert told["pauses.create"].startswith("paused agent-")
    assert told["stops.create"] == "paused the fleet"
    assert told["stops.resume"] == "resumed the fleet"
    assert told["notices.retry"] == "tried again to send a notice"


def test_a_stop_and_a_pause_of_the_fleet_are_told_apart(place: Place) -> None:
    before = place.head()
    stop = place.api.post("/v1/stops", json={"kind": "stop"}).json()["id"]
    place.api.post(f"/v1/stops/{stop}/resumption")

    [text] = [text for seq, (_, text) in sentences(place.api, "?action=stops.create").items() if seq > before]
    assert text == "stopped the fleet"


def test_every_route_can_be_refused_in_words(endpoints: dict[str, bool]) -> None:
    assert set(POLICY) == set(endpoints), "the table and the map name the same"
    for action in (*endpoints, "unknown", "many"):
        for subject in ("Ada", None):
            sentence = words.refused(action, subject)
            assert sentence is not None, f"{action} has no words yet"
            text = f"{sentence.before}{(subject or '') if sentence.names else ''}{sentence.after}"
            reads_well(text, action)
    assert set(READING) - set(endpoints) == {"unknown", "many"}, "words for what is no more"


def test_a_refusal_says_in_words_what_was_not_done_and_keeps_the_raw_action_in_its_facts(place: Place) -> None:
    agent = place.api.post("/v1/agents", json={"name": "Ada", "worktree": "/w"}).json()["id"]
    before = place.head()
    assert place.operator.delete(f"/v1/agents/{agent}").status_code == 403
    assert place.operator.get("/v1/people").status_code == 403

    found = {seq: text for seq, (_, text) in sentences(place.api, "?result=refused").items() if seq > before}
    assert list(found.values()) == ["was refused: reading the list of people", "was refused: deleting agent Ada"]
    page = place.api.get("/audit?result=refused", headers=PAGE).text
    assert '<dt>What</dt><dd><a class="mono"' in page
    assert ">agents.delete</a>" in page


def written_elsewhere() -> set[str]:
    """The actions that stand in the code beside the routes: commands at the console, the first start, Fleet's own."""
    found = {PRUNED}
    for path in Path(str(fleet.__file__)).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", None)
            values = [*call.args, *(each.value for each in call.keywords if each.arg == "action")]
            texts = [each.value for each in values if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if name in ("act", "by_shell", "Entry"):
                found |= {text for text in texts if re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
    return found


def test_what_commands_and_fleet_itself_write_has_words_too() -> None:
    found = written_elsewhere()

    assert {"people.create", "tokens.delete", "tokens.first_start", "audit.anchor", "database.restore"} <= found
    assert found - set(words.DEEDS) == set(), "these actions have no words yet"


def test_what_is_done_at_the_console_reads_as_what_is_done_on_a_page(place: Place) -> None:
    before = place.head()
    for arguments in (("user", "add", "kim@example.org", "--name", "Kim", "--role", "viewer"), ("audit", "anchor")):
        process = console(place.server, *arguments)
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error

    found = [text for seq, (_, text) in sentences(place.api, "?actor=console").items() if seq > before]
    assert found == ["accepted the audit as it stood", "invited Kim"]


def test_no_two_actions_are_called_the_same() -> None:
    labels = [words.label(action) for action in words.DEEDS]

    assert len(labels) == len(set(labels)), "a choice must be one"
    assert [text for text in labels if "{}" in text] == []


def test_an_action_of_another_version_stands_as_it_is() -> None:
    assert words.done("teleports.create", "Ada") is None
    assert words.refused("teleports.create", None) is None
    assert words.label("teleports.create") == "teleports.create"
