"""A mail server that refuses this Fleet's login is told to administrators, and takes no channel from anybody."""

from __future__ import annotations

from pathlib import Path

from tests.support.api import eventually, good, make_agent, read
from tests.support.person import somebody
from tests.support.receivers import mail_server
from tests.support.serving import served


def test_a_wrong_password_is_told_until_mail_goes_out_and_what_waited_is_sent(tmp_path: Path) -> None:
    with mail_server() as box:
        box.instead = {"AUTH": "535 5.7.8 bad credentials"}
        environment = {
            "FLEET_SMTP_URL": f"smtp://fleet:wrong@127.0.0.1:{box.port}",
            "FLEET_SMTP_FROM": "f@example.com",
        }
        with (
            served(tmp_path, "--dev", environment=environment) as server,
            somebody(server, "ada@example.com") as ada,
            somebody(server, "bob@example.com", "admin") as bob,
        ):
            made = good(ada.api.post("/v1/notice-channels", json={"kind": "email"}))
            assert read(bob.api, "/v1/system")["mail_trouble"] is None
            failing = make_agent(bob.api)
            good(bob.api.patch(f"/v1/agents/{failing['id']}", json={"status": "error"}))

            trouble = eventually(lambda: read(bob.api, "/v1/system")["mail_trouble"])
            assert "refused the login (535)" in trouble["text"]
            assert "Fleet cannot send mail" in bob.browser.get("/system").text
            [notice] = read(ada.api, "/v1/notices")["notices"]
            assert [each["state"] for each in notice["deliveries"]] == ["waiting"]

            box.instead = {}
            good(ada.api.post(f"/v1/notice-channels/{made['id']}/tests"))
            eventually(lambda: len(box.mails) == 2)
            assert read(bob.api, "/v1/system")["mail_trouble"] is None
            assert "Fleet cannot send mail" not in bob.browser.get("/system").text
            assert read(ada.api, f"/v1/notice-channels/{made['id']}")["failures"] == 0
