"""What an application keeps: one object of each class, found by it."""

from __future__ import annotations

import pytest
from flask import Flask

from fleet.parts import parts_of, the


class Lamp:
    """Something to keep."""


def test_a_part_is_found_by_its_class_in_its_own_application_only() -> None:
    mine, other = Flask("mine"), Flask("other")
    lamp = parts_of(mine).add(Lamp())

    with mine.app_context():
        assert the(Lamp) is lamp
    with other.app_context(), pytest.raises(LookupError, match="no Lamp"):
        the(Lamp)


def test_a_part_takes_the_place_of_an_earlier_one_of_its_class() -> None:
    app = Flask("mine")
    parts_of(app).add(Lamp())
    second = parts_of(app).add(Lamp())

    assert parts_of(app).get(Lamp) is second
