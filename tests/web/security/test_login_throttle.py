"""Who fails to sign in too often waits: per account, per address, and nothing is told by it (security.md 7)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from fleet.errors import TooManyRequests
from fleet.web.security import login_throttle
from fleet.web.security.login_throttle import FixedWindowRateLimiter, Tries, Windows
from tests.support.api import refused, unique
from tests.support.company import PASSWORD, Company, Someone, code_of, company, log_in
from tests.support.seconds import Seconds

PROXIED = {"FLEET_TRUSTED_PROXIES": "127.0.0.1"}
PER_ACCOUNT, PER_ADDRESS = 5, 30


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Behind a proxy, so that each test comes from an address of its own."""
    with company(tmp_path_factory.mktemp("firm"), **PROXIED) as made, made.stack:
        yield made


@pytest.fixture
def address() -> str:
    """An address that nobody else in here comes from."""
    return f"198.51.100.{int(unique('a').partition('-')[2]) % 250 + 1}"


def attempt(firm: Company, email: str, address: str, password: str = "wrong") -> httpx.Response:
    """One sign-in, as a program sees it."""
    headers = {"X-Forwarded-For": address, "Accept": "application/json"}
    return log_in(firm.visitor(), email, password, **headers)


def fail(firm: Company, address: str, times: int) -> None:
    """Sign in with what is no token: that fails at once, without a hash."""
    headers = {"X-Forwarded-For": address, "Accept": "application/json"}
    for _ in range(times):
        refused(firm.visitor().post("/login", data={"token": "flt_none"}, headers=headers), 401)


def test_an_account_has_five_tries_from_wherever_they_come(firm: Company) -> None:
    someone = firm.join()
    for number in range(PER_ACCOUNT):
        refused(attempt(firm, someone.email, f"203.0.113.{number}"), 401, "INVALID_CREDENTIALS")

    answer = attempt(firm, someone.email, "203.0.113.99", PASSWORD)

    refused(answer, 429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(answer.headers["Retry-After"]) <= 300


def test_an_account_that_nobody_has_answers_to_the_letter_like_one_that_somebody_has(firm: Company) -> None:
    known, unknown, invited, gone = (
        firm.join().email,
        f"{unique('no')}@example.net",
        firm.invite(),
        firm.join(),
    )
    firm.change(gone, disabled=True)
    told = [
        [
            (answer.status_code, answer.json(), sorted(set(answer.headers) - {"x-request-id"}))
            for number in range(PER_ACCOUNT + 2)
            for answer in [attempt(firm, email, f"192.0.2.{10 * place + number}")]
        ]
        for place, email in enumerate((known, unknown, invited["email"], gone.email))
    ]

    assert told[0] == told[1] == told[2] == told[3]
    assert [status for status, *_ in told[0]] == [401] * PER_ACCOUNT + [429] * 2


def test_an_address_has_thirty_tries_with_whatever_account(firm: Company, address: str) -> None:
    someone = firm.join()
    fail(firm, address, PER_ADDRESS - 3)
    for _ in range(3):
        refused(attempt(firm, f"{unique('x')}@example.net", address), 401)

    refused(attempt(firm, someone.email, address, PASSWORD), 429, "TOO_MANY_ATTEMPTS")
    assert attempt(firm, someone.email, "192.0.2.200", PASSWORD).status_code == 204


def test_one_ipv6_customer_is_one_address(firm: Company) -> None:
    for number in range(PER_ADDRESS):
        fail(firm, f"2001:db8:1:1::{number:x}", 1)

    refused(attempt(firm, f"{unique('x')}@example.net", "2001:db8:1:1:ffff::1"), 429)
    refused(attempt(firm, f"{unique('x')}@example.net", "2001:db8:1:2::1"), 401)


def test_success_clears_the_accounts_count(firm: Company, address: str) -> None:
    someone = firm.join()
    for _ in range(2):
        for _ in range(PER_ACCOUNT - 1):
            refused(attempt(firm, someone.email, address), 401)
        assert attempt(firm, someone.email, address, PASSWORD).status_code == 204


def test_many_at_once_get_no_further_than_one_after_the_other(firm: Company) -> None:
    someone: Someone = firm.join()
    with ThreadPoolExecutor(20) as many:
        answers = list(many.map(lambda n: attempt(firm, someone.email, f"192.0.2.{100 + n}"), range(20)))

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (PER_ACCOUNT, 20 - PER_ACCOUNT)


@pytest.mark.parametrize(
    "form",
    [{"token": "flt_" + "x" * 43}, {"link": "fll_" + "x" * 43, "password": PASSWORD}],
    ids=["token", "link"],
)
def test_tokens_and_links_cannot_be_guessed_without_end_either(
    firm: Company, address: str, form: dict[str, str]
) -> None:
    visitor, headers = firm.visitor(), {"X-Forwarded-For": address, "Accept": "application/json"}
    for _ in range(PER_ADDRESS):
        refused(visitor.post("/login", data=form, headers=headers), 401)
    link = code_of(firm.invite()["link"])

    for more in (form, {"link": link, "password": PASSWORD}):
        refused(visitor.post("/login", data=more, headers=headers), 429, "TOO_MANY_ATTEMPTS")


def test_the_page_counts_down_and_then_says_how_long_the_pause_is(firm: Company) -> None:
    someone, browser = firm.join(), firm.visitor(Accept="text/html")
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left", "Now comes a pause"):
        answer = log_in(browser, someone.email, "a wrong one", **{"X-Forwarded-For": "192.0.2.250"})
        assert (answer.status_code, left in answer.text) == (401, True)
        assert f'value="{someone.email}"' in answer.text
        assert "a wrong one" not in answer.text

    answer = log_in(browser, someone.email, PASSWORD, **{"X-Forwarded-For": "192.0.2.250"})
    assert answer.status_code == 429
    assert "Try again in 5 min." in answer.text
    assert f'value="{someone.email}"' in answer.text


def test_a_pause_is_as_long_as_it_says_whatever_happens_to_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Seconds()
    monkeypatch.setattr("time.time", now.time)
    windows = Windows(now.monotonic)
    monkeypatch.setattr(login_throttle, "_windows", windows)
    tries = Tries(FixedWindowRateLimiter(windows), "ada@example.net", "192.0.2.1")
    for _ in range(PER_ACCOUNT):
        tries.failed()
    for hours in (3, -3):
        now.set_by = hours * 3600.0
        with pytest.raises(TooManyRequests) as refusal:
            tries.require()
        assert refusal.value.retry_after == 300

    now.seconds += 300
    tries.require()


def test_what_was_counted_is_forgotten_with_its_window() -> None:
    now = Seconds()
    windows = Windows(now.monotonic)
    for number in range(100):
        windows.incr(f"account {number}", 300)
    now.seconds += 200
    windows.incr("late", 300)
    now.seconds += 100
    windows.incr("account 7", 300)

    assert [windows.get(key) for key in ("account 3", "account 7", "late")] == [0, 1, 1]
    assert windows.reset() == 2
