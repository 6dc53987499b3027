"""What the first requests would have to make is there before them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import func, select
from structlog.testing import capture_logs

from fleet.db import db
from fleet.db.prepared import _everyone, prepare_all
from fleet.models.audit.record import AUDIT
from fleet.server import warm_up
from tests.support.application import application, changes, rows


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path, dev=False) as made:
        yield made


def entries() -> int:
    return int(rows(select(func.count()).select_from(AUDIT))[0][0])


def test_every_template_and_every_statement_is_compiled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up.warm_up(app)
    warm_up.compile_templates(app)

    assert all(statement._made for statement in _everyone)
    compiled: list[object] = []
    monkeypatch.setattr(app.jinja_env, "compile", lambda *source: compiled.append(source))
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    assert not compiled


def test_looking_leaves_no_trace(app: Flask) -> None:
    warm_up.warm_up(app)

    assert (changes(), entries()) == ([], 0)


def test_every_page_that_is_looked_at_is_there(app: Flask) -> None:
    for pages, headers in ((warm_up.PAGES, warm_up.BROWSER), (warm_up.JSON, warm_up.PROGRAM)):
        warm_up.look(app, pages, headers)
        for endpoint, path in pages:
            with app.test_request_context(path):
                assert app.url_map.bind("localhost").match(path.partition("?")[0])[0] == endpoint


def test_a_server_starts_also_where_something_cannot_be_made_ready(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    # One that has logged before keeps to the settings of that time.
    monkeypatch.setattr(warm_up, "log", structlog.get_logger())
    monkeypatch.setattr(warm_up, "PAGES", (("nothing.index", "/nothing"),))

    with capture_logs() as said:
        warm_up.warm_up(app)

    assert "not everything could be made ready" in said[0]["event"]


def test_statements_are_prepared_once(app: Flask) -> None:
    assert app
    count = prepare_all(db.engine.dialect)
    before = {id(statement): statement._made for statement in _everyone}

    assert prepare_all(db.engine.dialect) == count
    assert all(before[id(statement)] is statement._made for statement in _everyone)
