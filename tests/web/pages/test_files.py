"""What a browser loads beside a page: one style sheet and one script, small, and kept for as long as they are right."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemLoader
from werkzeug.test import TestResponse

from fleet import paths
from fleet.parts import parts_of
from fleet.web.pages.css_cut import defined
from fleet.web.pages.files import Files
from tests.support.application import application

FOR_GOOD = "public, max-age=31536000, immutable"
# These have addresses of their own: one comes before the first paint, two are a worker's, three another kind of page's.
ALONE = {"js/shared/theme.js", "js/live/hub.js", "js/live/event_stream.js"} | {
    "js/pages/openapi.js",
    "css/pages/openapi.css",
    "vendor/scalar.js",
}
LONG_FILE = "/static/icons.svg"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("files"), dev=False) as running:
        yield running


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("dev"), dev=True) as running:
        yield running


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


class Loaded(HTMLParser):
    """The style sheets and scripts that a page loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" or (tag == "link" and given.get("rel") == "stylesheet"):
            self.addresses.append(str(given.get("src") or given.get("href")))


def loaded(browser: FlaskClient) -> list[str]:
    return Loaded(browser.get("/login").text).addresses


def lists() -> tuple[list[str], list[str]]:
    module = Environment(loader=FileSystemLoader(paths.templates())).get_template("shared/files.html").module
    return [f"{name}.css" for name in module.sheets], [f"{name}.js" for name in module.scripts]


def get(browser: FlaskClient, path: str, accept: str | None = "gzip", **headers: str) -> TestResponse:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.get(path, headers=more | ({"Accept-Encoding": accept} if accept is not None else {}))


def test_a_page_loads_one_style_sheet_and_one_script_besides_the_theme(browser: FlaskClient) -> None:
    theme, sheet, script = loaded(browser)

    assert re.fullmatch(r"/static/js/shared/theme\.js\?v=[0-9a-f]{12}", theme)
    assert re.fullmatch(r"/static/fleet\.[0-9a-f]{12}\.css", sheet)
    assert re.fullmatch(r"/static/fleet\.[0-9a-f]{12}\.js", script)


def test_with_dev_each_file_is_loaded_by_itself(dev: Flask) -> None:
    found = [address.partition("?")[0].removeprefix("/static/") for address in loaded(dev.test_client())]
    sheets, scripts = lists()

    assert found == ["js/shared/theme.js", *sheets, *scripts]
    assert dev.test_client().get("/static/fleet.000000000000.css").status_code == 404


def test_every_file_of_ours_is_in_the_list_once_and_no_page_loads_one_besides() -> None:
    sheets, scripts = lists()
    static = paths.static()
    there = {str(path.relative_to(static)) for kind in ("css", "js") for path in static.rglob(f"*.{kind}")}

    assert sorted(sheets + scripts) == sorted(there - ALONE)
    for path in paths.templates().rglob("*.html"):
        if path.parent.name == "openapi":  # a page that is nothing but another's viewer
            continue
        named = re.findall(r"asset\(\s*['\"]([\w/.]+\.(?:css|js))['\"]", path.read_text())
        assert set(named) <= ALONE, path


def test_the_script_holds_each_file_whole_in_its_order(browser: FlaskClient) -> None:
    text = browser.get(loaded(browser)[2]).text
    begins = [
        next(line for line in (paths.static() / name).read_text().splitlines() if not line.lstrip().startswith("//"))
        for name in lists()[1]
    ]

    places = [text.index(line) for line in begins if begins.count(line) == 1]
    assert places == sorted(places)
    for name in lists()[1]:
        code = [line for line in (paths.static() / name).read_text().splitlines() if not re.match(r"\s*//", line)]
        assert "\n".join(code).rstrip() in text, name


def test_the_style_sheet_says_what_the_files_say(browser: FlaskClient) -> None:
    text = browser.get(loaded(browser)[1]).text
    ours = "".join((paths.static() / name).read_text() for name in lists()[0] if name.startswith("css/"))

    assert defined(ours) <= defined(text)
    assert "url(" not in text.replace('url("data:', "")  # an address would count from another folder
    assert len(re.findall(r"[{]", text)) >= len(re.findall(r"[{]", re.sub(r"/\*.*?\*/", "", ours, flags=re.DOTALL)))


def test_they_are_small(browser: FlaskClient) -> None:
    theme, sheet, script = (len(get(browser, address).data) for address in loaded(browser))

    assert (theme < 2_000, sheet < 40_000, script < 60_000) == (True, True, True)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_address_with_its_digest_is_kept_for_good_and_an_old_one_asks_again(
    browser: FlaskClient, place: int
) -> None:
    address = loaded(browser)[place]
    older = re.sub(r"[0-9a-f]{12}", "0" * 12, address)

    assert get(browser, address).headers["Cache-Control"] == FOR_GOOD
    assert get(browser, older).data == get(browser, address).data  # a page that was open while Fleet was renewed
    assert get(browser, older).headers["Cache-Control"] == "no-cache"
    assert get(browser, older.partition("?")[0]).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("accept", ["gzip", "gzip, deflate, br", "*", "br;q=1, gzip;q=0.5", "identity;q=0", "GZIP"])
def test_text_is_compressed_for_who_takes_it(browser: FlaskClient, accept: str) -> None:
    plain, packed = get(browser, LONG_FILE, None), get(browser, LONG_FILE, accept)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["Content-Length"] == str(len(packed.data))


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "identity",
        "br",
        "gzip;q=0",
        "*;q=0",
        "gzip;q=0, *",
        "identity;q=0, gzip;q=0",
        "gzip;q=0.2, identity;q=0.9",
        "gzip;q=2",
        "gzip;q=x",
        ";;,",
        "gzip," * 5000,
    ],
)
def test_who_does_not_take_it_gets_the_file_as_it_is(browser: FlaskClient, accept: str | None) -> None:
    answer = get(browser, LONG_FILE, accept)

    assert "Content-Encoding" not in answer.headers
    assert answer.data == (paths.static() / "icons.svg").read_bytes()


def test_caches_are_told_that_there_are_two_and_each_has_a_tag_of_its_own(browser: FlaskClient) -> None:
    plain, packed = get(browser, LONG_FILE, None), get(browser, LONG_FILE)

    assert [answer.headers["Vary"] for answer in (plain, packed)] == ["Accept-Encoding"] * 2
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("accept", [None, "gzip"])
def test_what_has_not_changed_is_not_sent_again(browser: FlaskClient, accept: str | None) -> None:
    tag = get(browser, LONG_FILE, accept).headers["ETag"]
    again = get(browser, LONG_FILE, accept, If_None_Match=tag)
    other = get(browser, LONG_FILE, "gzip" if accept is None else None, If_None_Match=tag)

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Vary"] == "Accept-Encoding"
    assert other.status_code == 200


@pytest.mark.parametrize("accept", ["gzip", "identity"])
def test_head_says_what_get_would(browser: FlaskClient, accept: str) -> None:
    asked = {"Accept-Encoding": accept}
    got, head = browser.get(LONG_FILE, headers=asked), browser.head(LONG_FILE, headers=asked)

    names = ("Content-Length", "Content-Type", "ETag", "Vary", "Cache-Control")
    assert [head.headers[name] for name in names] == [got.headers[name] for name in names]
    assert head.headers.get("Content-Encoding") == got.headers.get("Content-Encoding")
    assert head.data == b""


def test_a_part_of_a_file_is_a_part_of_the_file_itself(browser: FlaskClient) -> None:
    whole = get(browser, LONG_FILE, None)
    part = get(browser, LONG_FILE, "gzip", Range="bytes=10-19")

    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert "Content-Encoding" not in part.headers
    of_packed = get(browser, LONG_FILE, "gzip").headers["ETag"]
    assert get(browser, LONG_FILE, "gzip", Range="bytes=10-19", If_Range=of_packed).data == whole.data
    assert get(browser, LONG_FILE, Range="bytes=99999999-").status_code == 416


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("icons.svg", "image/svg+xml"),
        ("css/theme.css", "text/css; charset=utf-8"),
        ("js/live/hub.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_says_what_it_is(browser: FlaskClient, path: str, media_type: str) -> None:
    told = get(browser, f"/static/{path}").headers["Content-Type"]

    assert told.replace("application/javascript", "text/javascript") == media_type


@pytest.mark.parametrize(
    "path", ["nope.css", "css", "", "../templates/layout.html", "..%2ftemplates/layout.html", "/etc/hostname", "a%00b"]
)
def test_nothing_else_is_to_be_had(browser: FlaskClient, path: str) -> None:
    assert browser.get(f"/static/{path}").status_code in (308, 404)


def test_a_file_of_many_names_is_kept_once(app: Flask, browser: FlaskClient) -> None:
    kept = parts_of(app).get(Files)._files
    browser.get("/static/favicon.svg")
    before = len(kept)

    for times in range(1, 20):
        assert browser.get(f"/static/{'css/../' * times}favicon.svg").status_code == 200

    assert len(kept) == before


def test_they_can_be_made_before_anybody_asks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = app.test_client()
    parts_of(app).get(Files).prepare()
    for kind in ("read_bytes", "read_text"):
        monkeypatch.setattr(Path, kind, lambda path, *_: pytest.fail(f"{path} was read"))

    for address in loaded(browser)[1:]:
        assert get(browser, address).status_code == 200
