"""A machine is made a host over SSH: to the end, or not at all, and never without its host key being known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import sshd
from tests.support.api import JSON, eventually, good, read, refused
from tests.support.deploying import deploying
from tests.support.serving import Served
from tests.support.tokens import client, make_token

pytestmark = pytest.mark.skipif(not sshd.can_have_one(), reason="needs root and sshd")


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Machine]:
    with sshd.machine(tmp_path_factory.mktemp("target")) as machine:
        yield machine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, target: sshd.Machine) -> Iterator[Served]:
    with deploying(tmp_path_factory, target.private_key) as running:
        yield running


def order(target: sshd.Machine, **more: Any) -> JSON:
    asked = {
        "host": "127.0.0.1",
        "ssh_user": "root",
        "ssh_port": target.port,
        "ssh_key": str(target.private_key),
        "label": "db-01",
    }
    return asked | more


def hosts(api: httpx.Client) -> list[JSON]:
    return list(read(api, "/v1/agents?kind=host")["agents"])


def test_an_unknown_host_key_is_shown_and_nothing_is_done(api: httpx.Client, target: sshd.Machine) -> None:
    answer = api.post("/api/agents/deploy", json=order(target))

    refused(answer, 409, "HOST_KEY_UNKNOWN")
    assert answer.json()["error"]["details"]["host_key"] == target.fingerprint
    assert hosts(api) == []


def test_a_key_that_is_not_the_one_that_was_confirmed_is_refused(api: httpx.Client, target: sshd.Machine) -> None:
    refused(api.post("/api/agents/deploy", json=order(target, host_key="SHA256:other")), 409, "HOST_KEY_CHANGED")


def test_a_machine_becomes_a_host_and_is_known_the_next_time(api: httpx.Client, target: sshd.Machine) -> None:
    deployed = good(api.post("/api/agents/deploy", json=order(target, host_key=target.fingerprint)))

    assert set(deployed) == {"agent_id", "key", "status"}
    [host] = hosts(api)
    assert (host["id"], host["name"], host["connection"]) == (deployed["agent_id"], "db-01", "online")
    key = {"Authorization": f"Bearer {deployed['key']}"}
    assert httpx.get(f"{api.base_url}/v1/agents/{host['id']}", headers=key).status_code == 200
    command = {"type": "shell", "params": {"command": "echo it runs"}}
    good(api.post(f"/v1/agents/{host['id']}/commands", json=command), 201)


def test_a_machine_that_is_a_host_stays_the_host_that_it_is(api: httpx.Client, target: sshd.Machine) -> None:
    error = refused(api.post("/api/agents/deploy", json=order(target)), 502, "DEPLOY_FAILED")

    assert "is a host already" in error["details"]["said"]
    [host] = hosts(api)
    assert host["connection"] == "online"
    command = {"type": "shell", "params": {"command": "true"}}
    sent = good(api.post(f"/v1/agents/{host['id']}/commands", json=command), 201)
    ended = eventually(lambda: (one := read(api, f"/v1/agents/{host['id']}/commands/{sent['id']}"))["outcome"] and one)
    assert ended["outcome"] == "succeeded"


def test_a_changed_host_key_stops_it_before_anything_is_sent(api: httpx.Client, target: sshd.Machine) -> None:
    before = target.fingerprint
    log = target.folder / "sshd.log"
    target.new_host_key()
    sent = log.read_text().count("Accepted publickey")

    answer = api.post("/api/agents/deploy", json=order(target))

    refused(answer, 409, "HOST_KEY_CHANGED")
    assert answer.json()["error"]["details"]["before"] == before
    assert log.read_text().count("Accepted publickey") == sent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "-oProxyCommand=touch /tmp/x"),
        ("host", ""),
        ("host", "a b"),
        ("ssh_user", "-root"),
        ("ssh_user", ""),
        ("ssh_port", 0),
        ("ssh_port", 65536),
        ("ssh_port", "22"),
        ("ssh_key", "/etc/shadow"),
        ("ssh_key", "../authorized_keys"),
        ("host", "169.254.169.254"),
        ("host", "no-such-host.invalid"),
        ("unknown", 1),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    api: httpx.Client, target: sshd.Machine, field: str, value: object
) -> None:
    error = refused(api.post("/api/agents/deploy", json=order(target, **{field: value})), 400)

    assert error["details"]["field"] == field


def test_a_failure_tells_its_step_in_sshs_words_and_leaves_nothing(
    api: httpx.Client, target: sshd.Machine, tmp_path: Path
) -> None:
    wrong = target.private_key.parent / "wrong"
    sshd.make_key(wrong)
    before = len(hosts(api))

    asked = order(target, ssh_key=str(wrong), host_key=target.fingerprint)
    error = refused(api.post("/api/agents/deploy", json=asked), 502, "DEPLOY_FAILED")

    assert error["details"]["step"] == "install"
    assert "Permission denied" in error["details"]["said"]
    assert len(hosts(api)) == before
    assert read(api, "/v1/enrolment-keys")["enrolment_keys"] == []
    assert not (tmp_path / "x").exists()


def test_only_administrators_deploy(server: Served, target: sshd.Machine) -> None:
    operator = make_token(server, "operator")
    with client(server, operator.secret) as api:
        refused(api.post("/api/agents/deploy", json=order(target)), 403, "FORBIDDEN")
        refused(api.post("/v1/deployments", json=order(target)), 403, "FORBIDDEN")


def test_a_deployment_is_followed_step_by_step(api: httpx.Client, target: sshd.Machine) -> None:
    asked = order(target, ssh_key="wrong", host_key=target.fingerprint)
    begun = good(api.post("/v1/deployments", json=asked), 202)
    ended = good(api.get(f"/v1/deployments/{begun['id']}?wait=55"))

    assert (begun["state"], ended["state"], ended["step"]) == ("running", "failed", "install")
    refused(api.get("/v1/deployments/dep_none"), 404, "DEPLOYMENT_NOT_FOUND")


PAGE = {"Accept": "text/html"}
FORM = PAGE | {"Sec-Fetch-Site": "same-origin"}


def test_a_form_asks_whether_the_host_key_is_the_right_one_and_keeps_what_was_typed(
    api: httpx.Client, target: sshd.Machine, tmp_path: Path
) -> None:
    target.new_host_key()
    form = {key: str(value) for key, value in order(target, host_key="", label="a <b>name</b>").items()}

    asked = api.post("/deployments", data=form, headers=FORM)

    assert asked.status_code == 409
    assert target.fingerprint in asked.text
    assert f'name="host_key" value="{target.fingerprint}"' in asked.text
    assert 'value="a &lt;b&gt;name&lt;/b&gt;"' in asked.text
    wrong = api.post("/deployments", data=form | {"ssh_user": "-x"}, headers=FORM)
    assert (wrong.status_code, "no name of a user" in wrong.text) == (400, True)
    assert not (tmp_path / "x").exists()


def test_a_page_follows_a_deployment_and_is_at_rest_once_it_is_over(api: httpx.Client, target: sshd.Machine) -> None:
    form = {key: str(value) for key, value in order(target, ssh_key="wrong", host_key=target.fingerprint).items()}

    begun = api.post("/deployments", data=form, headers=FORM, follow_redirects=False)
    assert begun.status_code == 303
    place = begun.headers["Location"]
    good(api.get(f"/v1{place}?wait=55"))
    shown = api.get(place, headers=PAGE).text
    part = api.get(place, headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text

    assert "Permission denied" in shown
    assert "every 1s" not in shown
    assert part.lstrip().startswith("<section")
    assert api.get("/deployments/dep_none", headers=PAGE).status_code == 404


def test_who_may_not_deploy_sees_no_form(server: Served) -> None:
    operator = make_token(server, "operator")
    with client(server, operator.secret) as api:
        assert "deploy-form" not in api.get("/hosts/new", headers=PAGE).text
        assert api.post("/deployments", data={"host": "x"}, headers=FORM).status_code == 403
