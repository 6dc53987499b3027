"""One's own channels over HTTP: made, changed, tried out, removed; nobody else's, and no secret in passing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.couriers.test_webhook import genuine
from tests.support.api import JSON, eventually, good, make_agent, read, refused
from tests.support.person import Somebody, somebody
from tests.support.receivers import Receiver, mail_server, receiving
from tests.support.serving import Served, served

HOOK = {"kind": "webhook", "target": "https://hooks.example.com/fleet?key=path-secret"}
NTFY = {"kind": "ntfy", "target": "https://ntfy.example.com/topic"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Somebody, Somebody]]:
    """A Fleet with a mail server that may reach loopback, a viewer and an administrator."""
    with ExitStack() as stack:
        box = stack.enter_context(mail_server())
        environment = {
            "FLEET_SMTP_URL": f"smtp://fleet:hunter22@127.0.0.1:{box.port}",
            "FLEET_SMTP_FROM": "f@example.com",
            "FLEET_NOTICE_TARGETS": "127.0.0.1",
        }
        server = stack.enter_context(served(tmp_path_factory.mktemp("notices"), "--dev", environment=environment))
        ada = stack.enter_context(somebody(server, "ada@example.com"))
        bob = stack.enter_context(somebody(server, "bob@example.com", "admin"))
        yield server, ada, bob


@pytest.fixture
def ada(house: tuple[Served, Somebody, Somebody]) -> Iterator[Somebody]:
    """A viewer, without channels."""
    yield house[1]
    clear(house[1])


@pytest.fixture
def bob(house: tuple[Served, Somebody, Somebody]) -> Iterator[Somebody]:
    """An administrator, without channels."""
    yield house[2]
    clear(house[2])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that is listed."""
    with receiving() as made:
        yield made


def clear(person: Somebody) -> None:
    for each in read(person.api, "/v1/notice-channels")["notice_channels"]:
        good(person.api.delete(f"/v1/notice-channels/{each['id']}"))


def make(person: Somebody, **body: object) -> JSON:
    made: JSON = good(person.api.post("/v1/notice-channels", json=HOOK | body), 201)
    return made


def test_a_channel_is_made_listed_changed_and_removed(ada: Somebody) -> None:
    made = make(ada, on_silence=False)
    assert made["secret"].startswith("whsec_")
    assert (made["name"], made["state"], made["on_error"], made["on_silence"]) == (
        "hooks.example.com",
        "new",
        True,
        False,
    )
    path = f"/v1/notice-channels/{made['id']}"
    assert read(ada.api, path) == {k: v for k, v in made.items() if k != "secret"}

    changed = good(ada.api.patch(path, json={"name": "Ops", "enabled": False, "on_silence": True}))
    assert (changed["name"], changed["state"], changed["on_silence"]) == ("Ops", "off", True)
    assert good(ada.api.put(f"{path}/kinds", json={"on_error": True}))["on_question"] is False
    assert [each["id"] for each in read(ada.api, "/v1/notice-channels")["notice_channels"]] == [made["id"]]

    assert ada.api.delete(path).status_code == 204
    refused(ada.api.get(path), 404, "CHANNEL_NOT_FOUND")


def test_a_key_is_given_to_its_owner_on_demand_and_can_be_renewed(ada: Somebody) -> None:
    made = make(ada)
    path = f"/v1/notice-channels/{made['id']}/key"
    assert read(ada.api, path) == {"key": made["secret"]}

    renewed = good(ada.api.post(path), 201)["key"]
    assert renewed != made["secret"]
    assert read(ada.api, path) == {"key": renewed}
    browser = good(ada.api.post("/v1/notice-channels", json={"kind": "browser"}))
    refused(ada.api.get(f"/v1/notice-channels/{browser['id']}/key"), 409, "NO_SIGNING_KEY")


def test_another_persons_channels_and_deliveries_are_not_there_not_even_for_an_administrator(
    ada: Somebody, bob: Somebody, receiver: Receiver
) -> None:
    made = make(ada, target=receiver.url)
    path = f"/v1/notice-channels/{made['id']}"
    tested = good(ada.api.post(f"{path}/tests"))

    for method, where in [
        ("GET", path),
        ("PATCH", path),
        ("DELETE", path),
        ("PUT", f"{path}/kinds"),
        ("GET", f"{path}/key"),
        ("POST", f"{path}/key"),
        ("POST", f"{path}/tests"),
        ("POST", f"{path}/pickups"),
        ("POST", f"/v1/notices/deliveries/{tested['id']}/retries"),
    ]:
        answer = bob.api.request(method, where, json={} if method in ("PATCH", "PUT", "POST") else None)
        refused(answer, 404)
    assert read(bob.api, "/v1/notice-channels") == {"notice_channels": []}
    assert read(bob.api, "/v1/notices") == {"notices": []}
    assert made["secret"] not in bob.browser.get(f"/account/notices?secret={made['id']}").text
    assert read(ada.api, path)["enabled"] is True


def test_a_token_that_is_nobodys_has_no_notices(api_of_nobody: httpx.Client) -> None:
    for method, path in [
        ("GET", "/v1/notice-channels"),
        ("POST", "/v1/notice-channels"),
        ("GET", "/v1/notices"),
        ("GET", "/v1/account/quiet-hours"),
        ("PUT", "/v1/account/quiet-hours"),
    ]:
        refused(api_of_nobody.request(method, path, json={}), 409, "NOT_A_PERSON")
    page = api_of_nobody.get("/account/notices", headers={"Accept": "text/html"})
    assert (page.status_code, "Notices are for people" in page.text) == (200, True)


@pytest.fixture
def api_of_nobody(house: tuple[Served, Somebody, Somebody]) -> Iterator[httpx.Client]:
    """A client with the development token, which is nobody's."""
    server = house[0]
    bearer = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=bearer, timeout=30) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_KIND"),
        ({"kind": "pigeon"}, "INVALID_KIND"),
        ({"kind": "webhook"}, "MISSING_TARGET"),
        (HOOK | {"target": "http://8.8.8.8/"}, "INVALID_TARGET"),
        (HOOK | {"target": "https://10.0.0.1/"}, "INVALID_TARGET"),
        (HOOK | {"target": "https://[::ffff:169.254.169.254]/"}, "INVALID_TARGET"),
        (HOOK | {"target": 7}, "INVALID_TARGET"),
        (HOOK | {"target": "https://" + "x" * 2000}, "INVALID_TARGET"),
        (HOOK | {"person_id": "usr_other"}, "UNKNOWN_FIELD"),
        (HOOK | {"secret": "mine"}, "UNKNOWN_FIELD"),
        ({"kind": "ntfy", "target": "https://ntfy.sh"}, "INVALID_TARGET"),
        (NTFY | {"token": "tk_\u200babc"}, "INVALID_TOKEN_FIELD"),
        (NTFY | {"token": "tk_ä"}, "INVALID_TOKEN_FIELD"),
        (NTFY | {"token": "tk abc"}, "INVALID_TOKEN_FIELD"),
        (NTFY | {"token": "tk\r\nX-Y: z"}, "INVALID_TOKEN_FIELD"),
        (HOOK | {"token": "tk_abc"}, "INVALID_TOKEN_FIELD"),
        (HOOK | {"target": "https://[::127.0.0.1]/"}, "INVALID_TARGET"),
        (HOOK | {"target": "https://2130706433/"}, "INVALID_TARGET"),
        ({"kind": "email", "target": "eve@example.com"}, "INVALID_TARGET"),
        ({"kind": "browser", "target": "https://example.com"}, "INVALID_TARGET"),
    ],
)
def test_what_cannot_be_a_channel_is_refused(ada: Somebody, body: JSON, code: str) -> None:
    refused(ada.api.post("/v1/notice-channels", json=body), 400, code)


def test_a_target_is_checked_when_it_changes_too(ada: Somebody) -> None:
    path = f"/v1/notice-channels/{make(ada)['id']}"

    refused(ada.api.patch(path, json={"target": "https://192.168.0.1/"}), 400, "INVALID_TARGET")
    refused(ada.api.patch(path, json={"token": "tk"}), 400, "INVALID_TOKEN_FIELD")


def test_a_token_is_checked_when_it_changes_too_and_can_be_taken_away(ada: Somebody) -> None:
    made = good(ada.api.post("/v1/notice-channels", json=NTFY | {"token": " tk_good "}))
    path = f"/v1/notice-channels/{made['id']}"

    refused(ada.api.patch(path, json={"token": "tk_\u200bbad"}), 400, "INVALID_TOKEN_FIELD")
    assert read(ada.api, path)["has_token"]
    assert not good(ada.api.patch(path, json={"token": ""}))["has_token"]


def test_no_list_page_log_or_setting_shows_a_secret(
    house: tuple[Served, Somebody, Somebody], ada: Somebody, bob: Somebody, receiver: Receiver
) -> None:
    key = make(ada, target=receiver.url)["secret"]
    body = {"kind": "ntfy", "target": f"{receiver.url}/topic", "token": "tk_very_secret"}
    good(ada.api.post("/v1/notice-channels", json=body))
    for each in read(ada.api, "/v1/notice-channels")["notice_channels"]:
        good(ada.api.post(f"/v1/notice-channels/{each['id']}/tests"))

    seen = [
        ada.api.get("/v1/notice-channels").text,
        ada.api.get("/v1/notices").text,
        ada.browser.get("/account/notices").text,
        bob.api.get("/v1/system").text,
        bob.browser.get("/system").text,
        house[0].log,
    ]
    for secret in (key, "tk_very_secret", "hunter22"):
        assert not [text for text in seen if secret in text]
    assert receiver.got[1].headers["authorization"] == "Bearer tk_very_secret"


def test_the_test_button_tells_what_came_of_it(ada: Somebody, receiver: Receiver) -> None:
    made = make(ada, target=receiver.url)
    path = f"/v1/notice-channels/{made['id']}"
    receiver.plan = [204, 500]

    arrived = good(ada.api.post(f"{path}/tests"))
    assert (arrived["state"], arrived["status"], arrived["error"]) == ("sent", 204, None)
    assert arrived["notice"]["kind"] == "test"
    assert genuine(receiver.got[0], made["secret"])
    assert json.loads(receiver.got[0].body)["agent"] is None

    failed = good(ada.api.post(f"{path}/tests"))
    assert (failed["state"], failed["status"]) == ("failed", 500)
    assert failed["error"] == "The receiver answered 500 Internal Server Error."
    assert read(ada.api, path)["state"] == "failing"
    assert len(receiver.got) == 2, "a test is not repeated"


def test_tests_have_a_limit(bob: Somebody, receiver: Receiver) -> None:
    path = f"/v1/notice-channels/{make(bob, target=receiver.url)['id']}/tests"
    statuses = [bob.api.post(path).status_code for _ in range(11)]

    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert len(receiver.got) <= 10


def test_a_browser_is_handed_its_notices_once(ada: Somebody) -> None:
    made = good(ada.api.post("/v1/notice-channels", json={"kind": "browser"}))
    path = f"/v1/notice-channels/{made['id']}"
    tested = good(ada.api.post(f"{path}/tests"), 202)
    assert tested["state"] == "waiting"

    [message] = good(ada.api.post(f"{path}/pickups"))["messages"]
    assert (message["id"], message["path"]) == (tested["message_id"], "/account/notices")
    assert good(ada.api.post(f"{path}/pickups")) == {"messages": []}


def test_an_agent_that_asks_reaches_the_person_wherever_she_wants(
    api_of_nobody: httpx.Client, ada: Somebody, receiver: Receiver
) -> None:
    hook = make(ada, target=f"{receiver.url}/hook")
    good(ada.api.post("/v1/notice-channels", json={"kind": "ntfy", "target": f"{receiver.url}/topic"}))
    good(ada.api.post("/v1/notice-channels", json={"kind": "email"}))
    make(ada, target=f"{receiver.url}/never", on_question=False)
    agent = make_agent(api_of_nobody, name="Reviewer")
    question = {"status": "waiting_feedback", "pending_question": "Which port?"}
    good(api_of_nobody.patch(f"/v1/agents/{agent['id']}", json=question))

    eventually(lambda: len(receiver.got) == 2)
    got = {each.path: each for each in receiver.got}
    said = json.loads(got["/hook"].body)
    assert genuine(got["/hook"], hook["secret"])
    assert (said["kind"], said["agent"]["id"]) == ("question", agent["id"])
    assert said["url"].endswith(f"/agents/{agent['id']}")
    assert got["/topic"].headers["title"] == "Reviewer asks: Which port?"

    [notice] = eventually(
        lambda: [
            each
            for each in read(ada.api, "/v1/notices")["notices"]
            if [d["state"] for d in each["deliveries"]] == ["sent"] * 3
        ]
    )
    assert notice["title"] == "Reviewer asks: Which port?"
    assert {each["channel"]["kind"] for each in notice["deliveries"]} == {"webhook", "ntfy", "email"}


def test_what_has_failed_is_retried_on_demand(ada: Somebody, receiver: Receiver) -> None:
    path = f"/v1/notice-channels/{make(ada, target=receiver.url)['id']}/tests"
    receiver.plan = [500]
    failed = good(ada.api.post(path))

    good(ada.api.post(f"/v1/notices/deliveries/{failed['id']}/retries"), 202)
    eventually(lambda: len(receiver.got) == 2)
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    again = ada.api.post(f"/v1/notices/deliveries/{failed['id']}/retries")
    refused(again, 409, "NOT_FAILED")
