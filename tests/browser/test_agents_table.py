"""The table of agents spends its width on what has words; on the phone a row says where its agent is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.crew import Crew
from tests.support.browser.page import visit

TASK = "Make the basket usable by keyboard"
COLUMNS = """() => Object.fromEntries([...document.querySelectorAll('.agent-row > *')]
  .filter(cell => cell.checkVisibility()).map(cell =>
    [cell.className.split(' ')[0], { wide: cell.clientWidth, cut: cell.scrollWidth > cell.clientWidth }]))"""


def busy(crew: Crew) -> None:
    agent = crew.add(
        "Dependency Updater", hostname="build-02", status="active", current_task=TASK, progress=100, lines_added=1212
    )
    agent.report(lines_removed=1198, current_task=TASK, status="active")
    agent.plan(*(f"Todo {n}" for n in range(12)))
    agent.say("Edited webhooks/retries.md, and then some more of it")


@pytest.mark.parametrize("wide", [1440, 1024])
def test_the_task_has_the_width_and_figures_are_tight(page: Page, crew: Crew, wide: int) -> None:
    busy(crew)
    page.set_viewport_size({"width": wide, "height": 800})
    visit(page, "/agents?view=table")
    columns = page.evaluate(COLUMNS)
    widest = max(columns, key=lambda name: columns[name]["wide"])
    assert widest == "col-task"
    assert not [name for name, column in columns.items() if column["cut"] and name != "col-last"]
    figures = {"col-progress", "col-todos", "col-lines", "col-age"} & columns.keys()
    assert all(columns[name]["wide"] <= 104 for name in figures), columns
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("path", ["/agents?view=table", "/agents?view=cards", "/?view=cards"])
def test_a_row_on_the_phone_says_host_and_repository(windows: Windows, crew: Crew, path: str) -> None:
    busy(crew)
    page = windows.open(wide=390, tall=844, has_touch=True, is_mobile=True)
    visit(page, path)
    place = page.locator(":is(.agent-row, .agent-card) .agent-place")
    expect(place).to_be_visible()
    expect(place).to_have_text("build-02 · payments-api")
