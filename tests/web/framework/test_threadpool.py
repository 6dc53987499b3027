"""A password's hash takes long; nobody else waits for it (security.md 7)."""

from __future__ import annotations

import threading
import time

from tests.support.company import Company, log_in

LOGINS = 8


def test_others_are_answered_while_passwords_are_looked_at(firm: Company) -> None:
    done: list[float] = []
    visitors = [firm.visitor() for _ in range(LOGINS)]

    def sign_in(number: int) -> None:
        log_in(visitors[number], f"nobody-{number}@example.net", "not a password")
        done.append(time.monotonic())

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(LOGINS)]
    answered = 0
    for thread in threads:
        thread.start()
    # On the loop, all the hashes would come before any of these, or one hash between each two.
    while len(done) < LOGINS:
        assert firm.admin.get("/v1/account").status_code == 200
        answered += 1
    for thread in threads:
        thread.join()

    assert answered > 3 * LOGINS
