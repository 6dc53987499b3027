"""`fleet user`: whoever sits at the machine lets people in again, beside the running server."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.console.opened import columns
from tests.support.api import eventually
from tests.support.company import PASSWORD, Company, code_of, company, log_in, role_of, who
from tests.support.console import fleet


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A Fleet that runs while the console works on its database."""
    with company(tmp_path_factory.mktemp("firm")) as made, made.stack:
        yield made  # type: ignore[misc]  # a fixture's generator


def user(firm: Company, *arguments: str) -> str:
    """What a good command prints on standard output."""
    done = fleet("user", *arguments, "-d", firm.server.database)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_administrator_who_is_locked_out_gets_in_again(firm: Company) -> None:
    boss = firm.join("admin")
    browser = firm.visitor()
    for _ in range(6):
        log_in(browser, boss.email, "forgotten, alas")
    assert log_in(browser, boss.email).status_code == 429

    link = user(firm, "link", boss.email)

    answer = browser.post("/login", data={"link": code_of(link), "password": "another good one"})
    assert answer.status_code == 303
    assert role_of(browser) == "admin"
    eventually(lambda: who(boss.browser) == 401)


def test_the_link_stands_alone_on_standard_output(firm: Company) -> None:
    done = fleet("user", "add", "kim@example.net", "--name", "Kim", "--role", "operator", "-d", firm.server.database)

    assert done.stdout.count("\n") == 1
    assert "/login?link=fll_" in done.stdout
    assert "Kim <kim@example.net>, operator" in done.stderr
    browser = firm.visitor()
    browser.post("/login", data={"link": code_of(done.stdout.strip()), "password": PASSWORD})
    assert role_of(browser) == "operator"


def test_roles_and_being_shut_out_are_in_force_in_the_running_server(firm: Company) -> None:
    someone = firm.join("viewer")

    user(firm, "role", someone.email, "operator")
    eventually(lambda: role_of(someone.browser) == "operator")
    user(firm, "disable", someone.email.upper())
    eventually(lambda: who(someone.browser) == 401)
    assert "shut out" in user(firm, "list")
    user(firm, "enable", someone.email)
    assert log_in(firm.visitor(), someone.email).status_code == 303


@pytest.mark.parametrize("arguments", [("role", "viewer"), ("disable",)])
def test_the_last_administrator_stays_at_the_console_too(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with company(tmp_path) as small, small.stack:
        last = small.join("admin")
        verb, *more = arguments

        done = fleet("user", verb, last.email, *more, "-d", small.server.database)

        assert done.returncode != 0
        assert "last administrator" in done.stderr
        assert "Traceback" not in done.stderr
        assert role_of(last.browser) == "admin"


@pytest.mark.parametrize(
    "arguments",
    [
        ("link", "nobody@example.net"),
        ("link", "nonsense"),
        ("add", "nonsense", "--role", "viewer"),
        ("role", "x@y"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(firm: Company, arguments: tuple[str, ...]) -> None:
    done = fleet("user", *arguments, "-d", firm.server.database)

    assert (done.returncode != 0, done.stdout) == (True, "")
    assert "Traceback" not in done.stderr


def test_what_people_wrote_makes_no_line_of_its_own_and_acts_on_no_terminal() -> None:
    shown = columns([("NAME", "ROLE"), ("Eve\nadmin@example.com  admin", "viewer"), ("\x1b[2J\x9b31m日本", "admin")])

    assert shown.split("\n") == [
        f"{'NAME':27}  ROLE",
        "Eve admin@example.com admin  viewer",
        f"␛[2J\ufffd31m日本{' ' * 15}  admin",
    ]
