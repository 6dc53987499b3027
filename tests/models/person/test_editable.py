"""People's addresses and names, and who counts as an administrator."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from fleet.db import write
from fleet.errors import Conflict, Invalid
from fleet.models import person
from fleet.models.person.record import PEOPLE
from tests.support.application import connected


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Ada@Example.NET ", "ada@example.net"),
        ("o'x@x", None),
        ("STRASSE@x.de", "strasse@x.de"),
        ("Straße@x.de", "straße@x.de"),
        ("u\u0308@x.de", "ü@x.de"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--BCHER-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.de", "ada@xn--strae-oqa.de"),
        ("a@b", "a@b"),
        ("a+b@x.net", "a+b@x.net"),
    ],
)
def test_an_address_is_stored_as_it_is_looked_up(typed: str, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(Invalid):
            person.lowered(typed)
        return
    assert person.lowered(typed) == stored
    assert person.lowered(person.lowered(typed)) == stored


@given(st.text(max_size=80))
def test_no_text_makes_an_address_with_something_in_it_that_cannot_be_seen(text: str) -> None:
    try:
        address = person.lowered(text)
    except Invalid:
        return
    assert address.isprintable()
    assert address.count("@") == 1
    assert not set(address) & set(" <>\"',;:\\")


def test_without_a_name_somebody_is_called_what_stands_before_the_at() -> None:
    assert write(lambda tx: person.invite(tx, "ada.king@example.net", "  ", "viewer")).name == "ada.king"


def admin(email: str, *, came: bool = True) -> str:
    """An administrator, who has come or has not."""
    row = write(lambda tx: person.invite(tx, email, "", "admin"))
    if came:
        write(lambda tx: person.set_password(tx, row.id, "hash"))
    return str(row.id)


def test_of_two_administrators_one_may_go_and_then_none() -> None:
    first, second = admin("a@x"), admin("b@x")

    write(lambda tx: person.edit(tx, first, {"disabled": True}))

    for change in ({"disabled": True}, {"role": "operator"}, {"role": "viewer", "disabled": True}):
        with pytest.raises(Conflict, match="last administrator"):
            write(lambda tx, change=change: person.edit(tx, second, change))  # type: ignore[misc]
    write(lambda tx: person.edit(tx, first, {"disabled": False}))
    write(lambda tx: person.edit(tx, second, {"role": "viewer"}))


def test_who_has_not_come_yet_neither_counts_nor_is_kept() -> None:
    first, invited = admin("a@x"), admin("b@x", came=False)

    with pytest.raises(Conflict):
        write(lambda tx: person.edit(tx, first, {"role": "viewer"}))
    write(lambda tx: person.edit(tx, invited, {"disabled": True}))


def test_two_mailboxes_that_only_folding_makes_one_are_two_people() -> None:
    write(lambda tx: person.invite(tx, "strasse@x.de", "", "viewer"))

    write(lambda tx: person.invite(tx, "straße@x.de", "", "viewer"))
    with pytest.raises(Conflict):
        write(lambda tx: person.invite(tx, "STRASSE@X.de", "", "viewer"))


def test_who_was_stored_before_domains_had_their_ascii_form_is_still_found() -> None:
    ada = write(lambda tx: person.invite(tx, "ada@example.net", "", "viewer"))
    write(lambda tx: tx.execute(update(PEOPLE).where(PEOPLE.c.id == ada.id).values(email="ada@bücher.example")))

    with connected() as connection:
        found = person.by_email(connection, person.lowered("Ada@Bücher.example"))

    assert found is not None
    assert found.id == ada.id
    with pytest.raises(Conflict):
        write(lambda tx: person.invite(tx, "ada@xn--bcher-kva.example", "", "viewer"))
