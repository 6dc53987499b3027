"""From where: host names, other sites, and the headers on every answer (security.md 9, 10, 19)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.support.api import JSON, make_agent, read, refused
from tests.support.serving import Served, served
from tests.support.tokens import browser, client

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.fixture
def cookie(server: Served) -> Iterator[str]:
    """A signed-in browser's cookie, without the browser's headers."""
    with browser(server, server.token) as signed_in:
        yield f"fleet_session={signed_in.cookies['fleet_session']}"


def raw(server: Served, host: str) -> int:
    """The status of a request with any bytes as Host."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % host.encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return int(answer.split()[1])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.1.2.3:99", "LOCALHOST:1", "localhost."])
def test_addresses_and_localhost_are_answered(server: Served, host: str) -> None:
    assert raw(server, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "evil.example:8080",
        "fleet",
        "xn--a.example",
    ],
)
@pytest.mark.parametrize("path", ["/health", "/", "/v1/agents", "/static/css/fleet.css", "/no/such/route"])
def test_every_other_name_is_misdirected_on_every_route(api: httpx.Client, host: str, path: str) -> None:
    answer = api.get(path, headers={"Host": host, "Accept": "application/json"})

    refused(answer, 421, "MISDIRECTED_REQUEST")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "[::1",
        "a b",
        "localhost:x",
        "localhost:999999",
        "@",
        "user@localhost",
        "a/b",
        "[::1]x",
        "ä",
        "%00",
    ],
)
def test_a_host_that_is_none_is_refused_and_breaks_nothing(server: Served, host: str) -> None:
    assert raw(server, host) in (400, 421)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", ""])
def test_a_cookies_write_from_another_site_is_refused(
    server: Served, api: httpx.Client, agent: JSON, cookie: str, site: str
) -> None:
    with client(server, Cookie=cookie, **{"Sec-Fetch-Site": site}) as elsewhere:
        for answer in (
            elsewhere.post("/agents", data={"name": "forged", "worktree": "/x"}),
            elsewhere.post("/v1/agents", json={"name": "forged", "worktree": "/x"}),
            elsewhere.patch(f"/v1/agents/{agent['id']}", json={"name": "forged"}),
            elsewhere.delete(f"/v1/agents/{agent['id']}"),
            elsewhere.post("/logout"),
            elsewhere.post("/login", data={"token": server.token}),
        ):
            assert answer.status_code == 403
    assert read(api, "/v1/agents?q=forged")["total"] == 0
    assert read(api, f"/v1/agents/{agent['id']}") == agent


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_cookies_write_from_our_own_pages_is_taken(server: Served, cookie: str, site: str) -> None:
    with client(server, Cookie=cookie, **{"Sec-Fetch-Site": site}) as here:
        assert here.post("/agents", data={"name": "mine", "worktree": "/x"}).status_code == 303


def test_without_fetch_metadata_the_origin_decides(server: Served, cookie: str) -> None:
    form = {"name": "old browser", "worktree": "/x"}
    with client(server, Cookie=cookie) as old:
        assert old.post("/agents", data=form, headers={"Origin": server.url}).status_code == 303
        for origin in ("null", "http://evil.example", server.url.replace("http", "https"), f"{server.url}0"):
            assert old.post("/agents", data=form, headers={"Origin": origin}).status_code == 403
        assert old.post("/agents", data=form).status_code == 403


def test_reading_is_not_a_matter_of_sites(server: Served, cookie: str) -> None:
    with client(server, Cookie=cookie, **{"Sec-Fetch-Site": "cross-site"}) as elsewhere:
        assert elsewhere.get("/agents").status_code == 200


def test_a_bearer_token_comes_from_no_foreign_page_by_itself(server: Served) -> None:
    with client(server, server.token, **{"Sec-Fetch-Site": "cross-site", "Origin": "http://x.example"}) as program:
        assert program.post("/v1/agents", json={"name": "a", "worktree": "/x"}).status_code == 201


def test_a_junk_authorization_header_does_not_open_the_way_for_a_cookie(server: Served, cookie: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer junk"}
    with client(server, Cookie=cookie, **headers) as elsewhere:
        assert elsewhere.post("/v1/agents", json={"name": "a", "worktree": "/x"}).status_code == 401


def test_a_method_in_a_form_counts_for_forms_only(api: httpx.Client, agent: JSON) -> None:
    path = f"/agents/{agent['id']}"
    for headers in ({"Content-Type": "application/json"}, {"Content-Type": "text/plain"}):
        answer = api.post(path, content=b'{"_method": "DELETE"}', headers=headers)
        assert answer.status_code == 405
    assert api.post(f"{path}?_method=DELETE", headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 405
    assert read(api, f"/v1{path}") == agent


def test_a_method_in_a_form_is_looked_at_after_the_cross_site_check(
    server: Served, api: httpx.Client, agent: JSON, cookie: str
) -> None:
    form = {"_method": "DELETE", "confirm": agent["name"]}
    with client(server, Cookie=cookie, **{"Sec-Fetch-Site": "cross-site"}) as elsewhere:
        assert elsewhere.post(f"/agents/{agent['id']}", data=form).status_code == 403
    assert read(api, f"/v1/agents/{agent['id']}") == agent


@pytest.mark.parametrize("method", ["GET", "POST", "CONNECT", "delete it", ""])
def test_a_method_in_a_form_is_one_of_three(api: httpx.Client, agent: JSON, method: str) -> None:
    answer = api.post(f"/agents/{agent['id']}", data={"_method": method}, headers={"Accept": "application/json"})

    assert refused(answer, 400, "INVALID_METHOD")["details"] == {"field": "_method"}


def test_every_kind_of_answer_keeps_to_itself(server: Served, api: httpx.Client) -> None:
    html, json = {"Accept": "text/html"}, {"Accept": "application/json"}
    answers = {
        "page": api.get("/", headers=html),
        "JSON": api.get("/v1/agents"),
        "created": api.post("/v1/agents", json={"name": "a", "worktree": "/x"}),
        "no content": api.delete(f"/v1/agents/{make_agent(api)['id']}"),
        "redirect": api.post("/agents", data={"name": "a", "worktree": "/x"}, headers=html),
        "login": httpx.get(f"{server.url}/login"),
        "health": httpx.get(f"{server.url}/health"),
        "400": api.post("/v1/agents", content=b"{"),
        "401": httpx.get(f"{server.url}/v1/agents"),
        "404 page": api.get("/nope", headers=html),
        "404 JSON": api.get("/nope", headers=json),
        "405": api.put("/v1/agents"),
        "413": api.post("/v1/agents", content=b" " * (2**20 + 1)),
        "421": api.get("/", headers={"Host": "evil.example"}),
        "static 404": api.get("/static/nope.css"),
    }
    with api.stream("GET", "/v1/stream") as stream, api.stream("GET", "/live") as live:
        for name, answer in {**answers, "stream": stream, "live": live}.items():
            assert guarded(answer), name
            kept = name in ("stream", "live", "static 404")
            assert kept or "no-store" in answer.headers["Cache-Control"], name


def guarded(answer: httpx.Response) -> bool:
    found = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert found == CSP
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    return True


def test_static_files_may_be_kept_and_are_guarded_too(server: Served) -> None:
    page = httpx.get(f"{server.url}/login").text
    (style, *_) = [part for part in page.split('"') if ".css" in part]

    answer = httpx.get(f"{server.url}{style}")

    assert (answer.status_code, guarded(answer)) == (200, True)
    assert "max-age" in answer.headers["Cache-Control"]
    for way in ("/static/../fleet/app.py", "/static/..%2f..%2ffleet%2fapp.py", "/static/%2e%2e/wsgi.py"):
        assert httpx.get(f"{server.url}{way}").status_code in (303, 404)


@pytest.fixture(scope="module")
def allowing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Fleet that lets scripts of one other site call."""
    environment = {"FLEET_ALLOWED_ORIGINS": FRIEND}
    with served(tmp_path_factory.mktemp("allowing"), environment=environment) as running:
        yield running


FRIEND = "https://dash.example.com"
STRANGERS = (
    "https://evil.example",
    "http://dash.example.com",
    f"{FRIEND}:8443",
    f"{FRIEND}.evil.example",
    "null",
)


def cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def preflight(server: Served, origin: str, path: str = "/v1/agents") -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization",
    }
    return httpx.options(f"{server.url}{path}", headers=headers)


def test_a_script_of_an_allowed_site_may_call_with_a_header_and_never_with_our_cookie(
    allowing: Served,
) -> None:
    asked = preflight(allowing, FRIEND)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, FRIEND)
    assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]

    headers = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}
    with client(allowing, allowing.token, **headers) as api:
        for answer in (api.get("/v1/agents"), api.post("/v1/agents", json={"name": "a", "worktree": "/x"})):
            assert answer.is_success
            assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
            assert "Origin" in answer.headers["Vary"]
        assert api.get("/v1/agents/nope").headers["Access-Control-Allow-Origin"] == FRIEND
        for answer in (asked, api.get("/v1/agents")):
            assert "Access-Control-Allow-Credentials" not in answer.headers
    with browser(allowing, allowing.token) as signed_in:
        forged = signed_in.post("/v1/agents", json={"name": "forged", "worktree": "/x"}, headers=headers)
        assert forged.status_code == 403


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_script_of_any_other_site_is_told_nothing(allowing: Served, origin: str) -> None:
    assert cors(preflight(allowing, origin)) == {}
    with client(allowing, allowing.token, Origin=origin) as api:
        assert cors(api.get("/v1/agents")) == {}
        with api.stream("GET", "/v1/stream") as stream:
            assert cors(stream) == {}


def test_pages_are_no_matter_of_other_sites_and_without_the_setting_nothing_is(
    server: Served, allowing: Served
) -> None:
    for path in ("/", "/agents", "/login", "/live", "/health"):
        assert cors(preflight(allowing, FRIEND, path)) == {}
        with client(allowing, allowing.token, Origin=FRIEND) as api, api.stream("GET", path) as answer:
            assert cors(answer) == {}
    assert cors(preflight(server, FRIEND)) == {}


def test_a_stream_can_be_followed_by_an_allowed_site_with_a_ticket(allowing: Served) -> None:
    with client(allowing, allowing.token, Origin=FRIEND) as api:
        ticket = api.post("/v1/stream-tickets", json={"path": "/v1/stream"}).json()["ticket"]
    with (
        client(allowing, Origin=FRIEND) as script,
        script.stream("GET", f"/v1/stream?token={ticket}") as stream,
    ):
        assert (stream.status_code, stream.headers["Access-Control-Allow-Origin"]) == (200, FRIEND)
