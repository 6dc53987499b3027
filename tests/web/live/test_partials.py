"""One partial, one subject: rendered alone, in every state, for every role, whatever the texts hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from fleet import paths
from fleet.db import write
from fleet.web.live.topics import partial
from tests.support.application import application, connected
from tests.support.partial_subjects import SUBJECTS, stage

PAGE_PART = "part of a page, included with the page's own context and never sent by the stream"
INSIDE = "a part of a partial that is tested with it"
ANSWER = "the answer to one request; its route's tests render it"
# Every other partial, and why the stream never brings it alone.
NOT_LIVE = {
    "activity/_filters.html": PAGE_PART,
    "audit/_facts.html": INSIDE,
    "audit/_filters.html": PAGE_PART,
    "audit/_line.html": PAGE_PART,
    "audit/_state.html": ANSWER,
    "agents/_activity.html": PAGE_PART,
    "agents/_answer.html": INSIDE,
    "agents/_answer_sent.html": ANSWER,
    "agents/_dismissed.html": ANSWER,
    "agents/_chosen.html": PAGE_PART,
    "agents/_calls.html": PAGE_PART,
    "agents/_client.html": PAGE_PART,
    "agents/_commands.html": PAGE_PART,
    "agents/_conversation.html": PAGE_PART,
    "agents/_events.html": PAGE_PART,
    "agents/_filters.html": PAGE_PART,
    "agents/_left_words.html": PAGE_PART,
    "agents/_overview.html": PAGE_PART,
    "agents/_settings.html": PAGE_PART,
    "agents/_table.html": PAGE_PART,
    "agents/_tasks.html": PAGE_PART,
    "commands/_composer.html": PAGE_PART,
    "commands/_form.html": PAGE_PART,
    "deployments/_steps.html": ANSWER,
    "hosts/_agents.html": PAGE_PART,
    "hosts/_details.html": PAGE_PART,
    "hosts/_filters.html": PAGE_PART,
    "hosts/_order.html": PAGE_PART,
    "hosts/_logs.html": PAGE_PART,
    "hosts/_deploy.html": PAGE_PART,
    "hosts/_settings.html": PAGE_PART,
    "hosts/_works.html": PAGE_PART,
    "hosts/_output.html": PAGE_PART,
    "hosts/_matches.html": ANSWER,
    "hosts/_table.html": PAGE_PART,
    "overview/_activity.html": PAGE_PART,
    "notices/_add.html": PAGE_PART,
    "notices/_channel.html": ANSWER,
    "notices/_channels.html": PAGE_PART,
    "notices/_here.html": PAGE_PART,
    "notices/_key.html": PAGE_PART,
    "notices/_notice.html": INSIDE,
    "notices/_log.html": PAGE_PART,
    "notices/_quiet.html": PAGE_PART,
    "overview/_need_error.html": INSIDE,
    "overview/_need_question.html": INSIDE,
    "overview/_quiet.html": PAGE_PART,
    "palette/_box.html": PAGE_PART,
    "palette/_options.html": ANSWER,
    "palette/_palette.html": PAGE_PART,
    "shared/_bulk_result.html": ANSWER,
    "shared/_keys.html": PAGE_PART,
    "shared/_me.html": PAGE_PART,
    "shared/_keys_choice.html": INSIDE,
    "shared/_theme_choice.html": INSIDE,
    "shared/_phonebar.html": PAGE_PART,
    "shared/_rail.html": PAGE_PART,
    "shared/_topbar.html": PAGE_PART,
    "system/_backup.html": PAGE_PART,
    "system/_database.html": PAGE_PART,
    "stops/_dialog.html": PAGE_PART,
    "stops/_form.html": INSIDE,
    "stops/_form_of_agent.html": INSIDE,
    "system/_mail.html": PAGE_PART,
    "system/_process.html": PAGE_PART,
    "system/_settings.html": PAGE_PART,
    "tasks/_assign.html": ANSWER,
    "tasks/_board.html": PAGE_PART,
    "tasks/_chosen.html": PAGE_PART,
    "tasks/_delete.html": PAGE_PART,
    "tasks/_fields.html": ANSWER,
    "tasks/_filters.html": PAGE_PART,
    "tasks/_keys.html": PAGE_PART,
    "tasks/_panel.html": PAGE_PART,
    "tasks/_retry.html": ANSWER,
    "tasks/_table.html": PAGE_PART,
    "todos/_todo.html": INSIDE,
    "account/_browsers.html": PAGE_PART,
    "account/_identity.html": PAGE_PART,
    "account/_password.html": PAGE_PART,
    "account/_keys.html": PAGE_PART,
    "account/_theme.html": PAGE_PART,
    "account/_tokens.html": PAGE_PART,
    "agents/_enrol.html": PAGE_PART,
    "agents/_keys.html": PAGE_PART,
    "sessions/_new_password.html": INSIDE,
    "people/_form.html": PAGE_PART,
    "people/_list.html": PAGE_PART,
    "people/_person.html": PAGE_PART,
    "people/_state.html": INSIDE,
    "sessions/_head.html": PAGE_PART,
    "sessions/_reveal.html": INSIDE,
    "tokens/_form.html": PAGE_PART,
    "tokens/_list.html": PAGE_PART,
    "tokens/_revoke.html": INSIDE,
}
TEXTS = {
    "plain": "Ada",
    "code": "<script>alert(1)</script>{{7*7}}seven {% raw %} ${7*7}seven",
    "markup": "'></textarea></title><img src=x onerror=alert(1)><!--\" onmouseover=\"alert(1)\" x='y'",
    "long": "x" * 500,
    "scripts": "\u202eabc \u05e2\u05d1\u05e8\u05d9\u05ea \u0639\u0631\u0628\u064a \U0001f98a\U0001f98a e\u0301\u200d",
    "lines": "one\n\n two\u2028three",
}
VOID = {"input", "img", "br", "hr", "meta", "link"}


class Reading(HTMLParser):
    """What a browser would make of a piece of HTML: its elements, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.ids: list[str] = []
        self.said: list[str] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.said += [value or "" for _, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data}")


@contextmanager
def staged(folder: Path, text: str) -> Iterator[Flask]:
    """The application with a fleet in every state, all of whose texts are `text`."""
    with application(folder) as app:
        write(lambda tx: stage(tx, text))
        yield app


@pytest.fixture(scope="module", params=TEXTS)
def text(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Each text in turn, in everything that a fleet can say."""
    with staged(tmp_path_factory.mktemp("staged"), TEXTS[request.param]) as app:
        assert app.jinja_env.undefined is StrictUndefined
        assert app.jinja_env.autoescape
        yield TEXTS[request.param]


def rendered(template: str) -> list[str]:
    """The partial with each of its subjects, and with nothing else; the different ones."""
    with connected() as connection:
        pieces = [partial(template, **context) for context in SUBJECTS[template](connection)]
    return list(dict.fromkeys(pieces))


@pytest.mark.parametrize("template", SUBJECTS)
def test_a_partial_renders_alone_and_takes_every_text_for_a_text(template: str, text: str) -> None:
    pieces = rendered(template)
    assert pieces, f"nothing to render with {text!r}"

    for html in pieces:
        seen = Reading(html)
        assert not seen.wrong, f"elements that do not close: {seen.wrong}\n{html}"
        assert seen.tags.isdisjoint({"script", "img", "style", "iframe", "base", "title"})
        assert not [name for name in seen.names if name.startswith("on") or name in ("style", "x")]
        assert "49seven" not in html
        # What is swapped is found by its id; twice the same would be found in the wrong place.
        assert re.match(r"\s*<\w+[^>]*?\bid=\"[\w-]+\"", html), f"begins without an id:\n{html[:200]}"
        assert len(seen.ids) == len(set(seen.ids)), f"an id twice: {seen.ids}"


@pytest.mark.parametrize(
    "template", ["agents/_card.html", "agents/_row.html", "agents/_header.html", "overview/_need.html"]
)
def test_a_name_is_shown_as_it_was_written(template: str, text: str) -> None:
    for html in rendered(template):
        assert text in Reading(html).said


def test_a_question_goes_out_with_the_form_as_it_was_asked(text: str) -> None:
    question = f"{text}\n\n{text}"
    pieces = [html for name in ("agents/_question.html", "overview/_need.html") for html in rendered(name)]
    forms = [Reading(html) for html in pieces if 'name="question"' in html and "Likely" not in html]

    assert forms or pieces
    for html in pieces:
        if re.search(r'name="question" value="[^"]', html):
            assert question in Reading(html).said


def test_every_partial_that_the_stream_sends_is_rendered_here() -> None:
    """A new one fails this until it has a subject in partial_subjects.py; `{name}` stands for any name."""
    folder = Path(__file__).parents[3] / "fleet" / "web"
    code = "\n".join(path.read_text() for path in [*folder.glob("live/*.py"), *folder.glob("*/live.py")])
    sent = re.findall(r"""(?:partial|cached)\(\s*f?["']([\w/{}.]+\.html)["']""", code)
    assert len(sent) > 20
    for name in sent:
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", r"\\w+", re.escape(name)))
        assert any(pattern.fullmatch(known) for known in SUBJECTS), f"{name} has no test"


def test_every_partial_is_tested_or_has_a_reason_not_to_be() -> None:
    there = {str(path.relative_to(paths.templates())) for path in paths.templates().glob("**/_*.html")}

    assert there == SUBJECTS.keys() | NOT_LIVE.keys()
    assert not SUBJECTS.keys() & NOT_LIVE.keys()
