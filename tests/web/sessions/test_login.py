"""Signing in on a browser, by a token or a one-time link, and out again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.api import eventually, good, refused
from tests.support.serving import Served, served
from tests.support.tokens import Token, browser, client, make_token, revoke

SITE = {"Sec-Fetch-Site": "same-origin"}
COOKIE = "fleet_session"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Fleet without --dev, in a new database."""
    with served(tmp_path_factory.mktemp("real"), "-l", "info") as server:
        yield server


@pytest.fixture(scope="module")
def operator(real: Served) -> Token:
    """An operator's token."""
    return make_token(real, "operator")


@pytest.fixture
def visitor(real: Served) -> Iterator[httpx.Client]:
    """A browser that nobody has signed in on."""
    with client(real, **SITE) as someone:
        yield someone


def first_link(server: Served) -> str:
    found = re.search(r"/login\?link=(\S+)", server.log)
    assert found, server.log
    return found[1]


def first_token(server: Served) -> str:
    found = re.search(r"^  (flt_\S+)$", server.log, re.MULTILINE)
    assert found, server.log
    return found[1]


def signed_in(someone: httpx.Client) -> bool:
    return someone.get("/agents", headers={"Accept": "application/json"}).status_code == 200


def test_signing_in_ends_the_session_before_it(real: Served, operator: Token) -> None:
    with browser(real, operator.secret) as someone, browser(real, operator.secret) as elsewhere:
        before = someone.cookies[COOKIE]

        assert someone.post("/login", data={"token": operator.secret}).status_code == 303

        assert someone.cookies[COOKIE] != before
        assert signed_in(someone)
        assert signed_in(elsewhere), "another browser's session is another matter"
        with client(real, Cookie=f"{COOKIE}={before}") as thief:
            assert not signed_in(thief)


def test_a_sign_in_that_fails_ends_nothing(real: Served, operator: Token) -> None:
    with browser(real, operator.secret) as someone:
        assert someone.post("/login", data={"token": "flt_wrong"}).status_code == 401
        assert signed_in(someone)


def test_the_login_page_is_open_and_everything_else_leads_to_it(visitor: httpx.Client) -> None:
    page = visitor.get("/login")
    assert (page.status_code, "<form" in page.text) == (200, True)

    for path in ("/", "/agents", "/agents/nope", "/agents/nope/commands"):
        answer = visitor.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/login"), path


def test_a_token_signs_in_and_out_again(visitor: httpx.Client, operator: Token) -> None:
    assert not signed_in(visitor)

    answer = visitor.post("/login", data={"token": f"  {operator.secret}\n"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert signed_in(visitor)
    cookie = visitor.cookies[COOKIE]
    assert visitor.get("/login").status_code == 303

    assert visitor.post("/logout").status_code == 303
    assert COOKIE not in visitor.cookies
    visitor.cookies.set(COOKIE, cookie)
    assert not signed_in(visitor), "signing out ends the session, not only the cookie"


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    real: Served, visitor: httpx.Client, operator: Token
) -> None:
    header = visitor.post("/login", data={"token": operator.secret}).headers["Set-Cookie"]

    parts = {part.strip().lower() for part in header.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert not {part for part in parts if part.startswith("domain")}
    assert header.startswith(f"{COOKIE}=fls_")
    stored = b"".join(file.read_bytes() for file in real.folder.glob("fleet.db*"))
    assert visitor.cookies[COOKIE].encode() not in stored


def test_under_https_the_cookie_is_bound_to_host_and_scheme(tmp_path: Path) -> None:
    environment = {"FLEET_PUBLIC_URL": "https://fleet.example.com"}
    with served(tmp_path, "--dev", environment=environment) as server, client(server, **SITE) as someone:
        answer = someone.post("/login", data={"token": server.token}, headers={"Host": "fleet.example.com"})

    header = answer.headers["Set-Cookie"]
    assert header.startswith(f"__Host-{COOKIE}=")
    assert "secure" in {part.strip().lower() for part in header.split(";")}
    assert answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("token", ["", " ", "wrong", "flt_" + "x" * 43, "fleet-agent-token-123", "\x00", "ä" * 300])
def test_a_wrong_token_signs_nobody_in(visitor: httpx.Client, token: str) -> None:
    answer = visitor.post("/login", data={"token": token})

    assert (answer.status_code, COOKIE in visitor.cookies) == (401, False)
    assert "not known here" in answer.text
    assert not token.strip() or token not in answer.text
    refused(visitor.post("/login", data={"token": token}, headers={"Accept": "application/json"}), 401)
    assert not signed_in(visitor)


def test_the_first_starts_link_works_once_and_not_by_looking_at_it(real: Served) -> None:
    code = first_link(real)
    with client(real, **SITE) as first, client(real, **SITE) as second:
        for _ in range(2):
            page = first.get("/login", params={"link": code})
            assert (page.status_code, code in page.text, COOKIE in first.cookies) == (200, True, False)

        chosen = {
            "link": code,
            "email": "ada@example.net",
            "name": "Ada",
            "password": "correct horse battery",
        }
        weak = first.post("/login", data=chosen | {"password": "short"})
        assert (weak.status_code, "12 to 256" in weak.text, "short" in weak.text) == (400, True, False)
        assert first.post("/login", data=chosen).status_code == 303
        assert signed_in(first)

        answer = second.post("/login", data=chosen | {"email": "eve@example.net"})
        assert (answer.status_code, COOKIE in second.cookies) == (401, False)
        assert not signed_in(second)
        assert signed_in(first)


def test_the_first_starts_token_is_an_administrators(real: Served) -> None:
    with client(real, first_token(real)) as api:
        refused(api.delete("/v1/agents/nope"), 404, "AGENT_NOT_FOUND")


def test_what_is_done_by_the_first_starts_token_is_done_by_the_first_administrator(real: Served) -> None:
    with client(real, first_token(real)) as api:
        stop = good(api.post("/v1/stops", json={"kind": "pause"}))
        try:
            page = api.get(f"/stops/{stop['id']}", headers={"Accept": "text/html"}).text
            assert "Pause by <bdi>first administrator</bdi>" in page
        finally:
            good(api.post(f"/v1/stops/{stop['id']}/resumption"))
    assert "first start" not in page


def test_the_way_in_is_printed_at_the_first_start_only(tmp_path: Path) -> None:
    with served(tmp_path, "-l", "info") as server:
        first = server.log
        server.kill()
        server.start()
        assert "/login?link=" in first
        assert "/login?link=" not in server.log.removeprefix(first)


def test_a_link_that_never_was_signs_nobody_in(visitor: httpx.Client, operator: Token) -> None:
    for link in ("nope", operator.secret, "fll_" + "x" * 43):
        assert visitor.post("/login", data={"link": link}).status_code == 401
    assert not signed_in(visitor)


def test_document_1s_token_works_with_dev_only(server: Served, real: Served) -> None:
    with client(server, server.token) as dev, client(real, server.token) as api:
        assert dev.get("/v1/agents").status_code == 200
        refused(api.get("/v1/agents"), 401, "INVALID_TOKEN")


def test_a_session_has_the_role_of_its_token_and_ends_with_it(real: Served) -> None:
    token = make_token(real, "viewer")
    with browser(real, token.secret) as viewer:
        assert viewer.get("/agents").status_code == 200
        assert viewer.post("/agents", data={"name": "a", "worktree": "/x"}).status_code == 403
        revoke(real, token)
        eventually(lambda: not signed_in(viewer))


def test_signing_in_leads_back_to_the_page_that_was_asked_for_and_nowhere_else(real: Served, operator: Token) -> None:
    wanted = {
        "/agents?state=error": "/agents?state=error",
        "https://evil.example": "/",
        "//evil.example": "/",
        "/\\evil.example": "/",
        "/\t/evil.example": "/",
        "": "/",
        "javascript:alert(1)": "/",
    }
    for asked, landing in wanted.items():
        with client(real, **SITE) as someone:
            answer = someone.post("/login", data={"token": operator.secret, "next": asked})
            assert (answer.status_code, answer.headers["Location"]) == (303, landing)


def test_no_secret_stands_in_the_log(real: Served, operator: Token, visitor: httpx.Client) -> None:
    shown = real.log
    visitor.post("/login", data={"token": operator.secret})
    visitor.get("/login", params={"link": "fll_" + "y" * 43})

    said = real.log.removeprefix(shown)
    for secret in (operator.secret, visitor.cookies[COOKIE], "y" * 43):
        assert secret not in said
