"""The browsers that somebody is signed in on: listed for them alone, signed out one by one or all others."""

from __future__ import annotations

import pytest

from tests.support.api import eventually, good, read, refused
from tests.support.company import Company, who

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0"


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8.5.0", "curl"),
        ("", "A program"),
        ("<script>alert(1)</script>", "A program"),
        ("x" * 5000, "A program"),
    ],
)
def test_a_browser_is_called_what_people_call_it(firm: Company, said: str, called: str) -> None:
    someone = firm.join()
    firm.sign_in(someone, **{"User-Agent": said})

    devices = {row["device"] for row in read(someone.browser, "/v1/sessions")["sessions"]}

    assert called in devices


def test_each_browser_stands_there_once_and_knows_itself(firm: Company) -> None:
    someone = firm.join()
    second = firm.sign_in(someone, **{"User-Agent": FIREFOX})

    (here,) = [row for row in read(second, "/v1/sessions")["sessions"] if row["current"]]
    both = read(someone.browser, "/v1/sessions")["sessions"]

    assert (here["device"], here["address"]) == ("Firefox on Linux", "127.0.0.1")
    assert len(both) == 2
    assert [row["id"] for row in both if row["current"]] != [here["id"]]


def test_one_browser_signs_another_out(firm: Company) -> None:
    someone = firm.join()
    second = firm.sign_in(someone)
    (other,) = [row["id"] for row in read(someone.browser, "/v1/sessions")["sessions"] if not row["current"]]

    good(someone.browser.delete(f"/v1/sessions/{other}"))

    eventually(lambda: who(second) == 401)
    assert who(someone.browser) == 200
    refused(someone.browser.delete(f"/v1/sessions/{other}"), 404, "SESSION_NOT_FOUND")


def test_all_others_are_signed_out_at_once_and_this_one_stays(firm: Company) -> None:
    someone = firm.join()
    others = [firm.sign_in(someone) for _ in range(3)]

    answer = someone.browser.post("/sessions/others", data={"_method": "DELETE"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    eventually(lambda: [who(each) for each in others] == [401] * 3)
    assert who(someone.browser) == 200


def test_nobody_sees_or_ends_the_sessions_of_others(firm: Company) -> None:
    ada, boss = firm.join("operator"), firm.join("admin")
    (session,) = [row["id"] for row in read(ada.browser, "/v1/sessions")["sessions"]]

    for foreign in (boss.browser, firm.admin, firm.join("viewer").browser):
        assert session not in foreign.get("/v1/sessions").text
        refused(foreign.delete(f"/v1/sessions/{session}"), 404, "SESSION_NOT_FOUND")
        foreign.delete("/v1/sessions/others")

    assert who(ada.browser) == 200


def test_a_token_is_no_session(firm: Company) -> None:
    someone = firm.join()
    token = good(someone.browser.post("/v1/tokens", json={"name": "ci", "role": "viewer"}), 201)

    refused(someone.browser.delete(f"/v1/sessions/{token['id']}"), 404, "SESSION_NOT_FOUND")
    someone.browser.delete("/v1/sessions/others")

    assert who(firm.program(token["token"])) == 200
    assert read(firm.admin, "/v1/sessions") == {"sessions": []}
