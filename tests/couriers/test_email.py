"""E-mail: plain, to one address, and nothing that agents say becomes a header of its own."""

from __future__ import annotations

import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from fleet.couriers import deliver, posting, submission
from fleet.couriers.parcel import Item, Rules, Undelivered
from tests.support.certificate import make_certificate
from tests.support.parcels import HOSTILE, item, parcel
from tests.support.receivers import Mailbox, mail_server


def rules(box: Mailbox, scheme: str = "smtp://", more: str = "") -> Rules:
    return Rules((), f"{scheme}127.0.0.1:{box.port}{more}", "Fleet of Ops <fleet@example.com>")


def send(box: Mailbox, *items: Item, to: str = "ada@example.com") -> EmailMessage:
    assert deliver("email", parcel(to, *items), rules(box)) == 250
    return message_from_bytes(box.mails[-1][2], policy=default)  # type: ignore[return-value]  # as the policy says


def test_it_is_a_plain_letter_with_a_link() -> None:
    with mail_server() as box:
        mail = send(box)

    assert box.mails[0][0].startswith("FROM:<fleet@example.com>")
    assert box.mails[0][1] == ["TO:<ada@example.com>"]
    assert mail["From"] == "Fleet of Ops <fleet@example.com>"
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "Agent 1 asks: Which?"
    assert mail["Message-ID"] == "<msg_1@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.isoformat() == "2026-11-22T12:00:00+00:00"
    assert mail.get_content_type() == "text/plain"
    assert not mail.is_multipart()
    lines = mail.get_content().splitlines()
    assert lines[:3] == ["Which one?", "", "https://fleet.example.com/agents/agt_1"]
    assert lines[-1].endswith("https://fleet.example.com/account/notices")


def test_no_name_or_text_makes_a_header_or_ends_the_letter() -> None:
    with mail_server() as box:
        mail = send(box, item(title=HOSTILE, text=f"{HOSTILE}\r\n.\r\nMAIL FROM:<x>\r\n<b>bold</b>"))

    assert len(box.mails) == 1
    assert box.mails[0][1] == ["TO:<ada@example.com>"]
    assert "Bcc" not in mail
    assert mail["Subject"].startswith("Ada Bcc: everybody@example.com body")
    assert "\n.\nMAIL FROM:<x>\n<b>bold</b>" in mail.get_content().replace("\r\n", "\n")
    assert mail.get_content_type() == "text/plain"


def test_long_subjects_in_any_script_arrive_whole() -> None:
    title = "Prüfung 完了 🦊 " * 12
    with mail_server() as box:
        mail = send(box, item(title=title))

    assert mail["Subject"] == title.strip()
    assert all(len(line) <= 998 for line in box.mails[0][2].splitlines())


def test_a_password_travels_encrypted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with mail_server(certificate) as box:
        url = f"smtp://fleet:p%40ss@127.0.0.1:{box.port}?starttls"
        settings = Rules((), url, "fleet@example.com")
        with pytest.raises(Undelivered, match="certificate"):
            deliver("email", parcel("ada@example.com"), settings)
        assert not any(line.startswith("AUTH") for line in box.said)

        posting.trusted.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        try:
            box.said.clear()
            deliver("email", parcel("ada@example.com"), settings)
        finally:
            posting.trusted.cache_clear()
    assert box.encrypted
    assert "AUTH PLAIN AGZsZWV0AHBAc3M=" in box.said


@pytest.mark.parametrize(("answer", "final"), [("550 no such mailbox", True), ("451 try later", False)])
def test_the_servers_last_word_is_told_from_a_passing_one(answer: str, final: bool) -> None:
    with mail_server() as box:
        box.refuse = answer
        with pytest.raises(Undelivered) as refusal:
            deliver("email", parcel("ada@example.com"), rules(box))
    assert (refusal.value.status, refusal.value.final) == (int(answer[:3]), final)


def test_a_recipient_that_is_not_there_is_no_trouble_of_the_servers() -> None:
    with mail_server() as box:
        box.instead = {"RCPT": "550 5.1.1 no such mailbox"}
        with pytest.raises(Undelivered) as refusal:
            deliver("email", parcel("ada@example.com"), rules(box))
    assert (refusal.value.ours, refusal.value.final) == (False, True)


@pytest.mark.parametrize(
    ("verb", "answer", "words"),
    [
        ("", "554 no service for you", "refused"),
        ("AUTH", "535 5.7.8 bad credentials", "refused the login"),
        ("AUTH", "530 5.7.0 must issue STARTTLS first", "refused the login"),
        ("AUTH", "454 temporary failure", "refused the login"),
        ("MAIL", "530 5.7.0 authentication required", "refused the sender"),
        ("MAIL", "550 5.7.1 sender not owned by user", "refused the sender"),
        ("RCPT", "530 authentication required", "takes no mail from this Fleet"),
        ("RCPT", "554 5.7.1 <ada@example.com>: Relay access denied", "takes no mail from this Fleet"),
        ("RCPT", "421 closing down", "takes no mail from this Fleet"),
    ],
)
def test_what_keeps_every_message_from_everybody_is_this_servers_own_trouble(
    verb: str, answer: str, words: str
) -> None:
    with mail_server() as box:
        box.instead = {verb: answer}
        settings = Rules((), f"smtp://fleet:pass@127.0.0.1:{box.port}", "fleet@example.com")
        with pytest.raises(Undelivered, match=words) as refusal:
            deliver("email", parcel("ada@example.com"), settings)
    assert (refusal.value.ours, refusal.value.final, refusal.value.status) == (True, False, int(answer[:3]))
    assert box.mails == []


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:{}", "smtps://127.0.0.1:{}"])
def test_who_lets_the_connection_hang_did_not_answer_in_time(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(submission, "LONGEST", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Rules((), url.format(silent.getsockname()[1]), "fleet@example.com")
        with pytest.raises(Undelivered, match="did not answer in time") as refusal:
            deliver("email", parcel("ada@example.com"), settings)
    assert refusal.value.ours


def test_a_server_without_starttls_gets_no_password() -> None:
    with mail_server() as box:
        box.instead = {"EHLO": "250 mail.test"}
        settings = Rules((), f"smtp://fleet:pass@127.0.0.1:{box.port}?starttls", "fleet@example.com")
        with pytest.raises(Undelivered, match="STARTTLS") as refusal:
            deliver("email", parcel("ada@example.com"), settings)
    assert refusal.value.ours
    assert not any(line.startswith(("AUTH", "STARTTLS")) for line in box.said)


def test_without_a_mail_server_or_an_address_it_says_so() -> None:
    with pytest.raises(Undelivered, match="smtp_url") as unset:
        deliver("email", parcel("ada@example.com"), Rules())
    with mail_server() as box:
        for address in ("ä@example.com", "nobody", "a@b@c", ""):
            with pytest.raises(Undelivered, match="no address") as wrong:
                deliver("email", parcel(address), rules(box))
            assert (wrong.value.ours, wrong.value.final) == (False, True)
        for sender in ("ä@example.com", "nobody", ""):
            with pytest.raises(Undelivered, match="smtp_from") as own:
                deliver("email", parcel("ada@example.com"), Rules((), f"smtp://127.0.0.1:{box.port}", sender))
            assert own.value.ours
        settings = rules(box)
    with pytest.raises(Undelivered, match="could not be reached") as away:
        deliver("email", parcel("ada@example.com"), settings)
    assert unset.value.ours
    assert away.value.ours
