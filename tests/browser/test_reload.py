"""With --dev --reload a page stays open while the server's code changes, and is live again by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import eventually, live, visit, without_reload
from tests.support.checkout import change, copy_checkout
from tests.support.serving import Served, served


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose files may be changed."""
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def reloading(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of that checkout's, which restarts when it changes."""
    environment = {"PYTHONPATH": str(checkout)}
    with served(tmp_path_factory.mktemp("reload"), "--dev", "--reload", environment=environment) as running:
        yield running


@pytest.fixture
def own_crew(reloading: Served) -> Iterator[Crew]:
    """Its agents; a request waits as long as a restart takes."""
    bearer = {"Authorization": f"Bearer {reloading.token}"}
    with httpx.Client(base_url=reloading.url, headers=bearer, timeout=60) as api:
        yield Crew(api)


def test_an_open_page_outlives_a_change_of_the_servers_code(
    windows: Windows, reloading: Served, checkout: Path, own_crew: Crew, watch: Watch
) -> None:
    watch.allow("network")
    page = windows.open(server=reloading)
    agent = own_crew.add(status="active")
    visit(page, agent.path)
    with without_reload(page):
        page.evaluate("""() => {
            window.lost = false;
            const state = document.querySelector("#live-state");
            const look = () => { window.lost ||= state.dataset.state !== "live"; };
            new MutationObserver(look).observe(state, { attributes: true });
        }""")
        change(
            checkout / "fleet" / "web" / "system" / "health.py", '{"status": "healthy"', '{"status": "in good health"'
        )
        eventually(lambda: page.evaluate("() => window.lost"), "the stream did not end")
        agent.report(progress=73)
        line = agent.say("Said by the new code")
        live(page)
        expect(page.locator("#agent-strip")).to_contain_text("73 %")
        expect(page.locator(f"#event-{line}")).to_be_visible()
        agent.report(progress=74)
        expect(page.locator("#agent-strip")).to_contain_text("74 %")
    assert httpx.get(f"{reloading.url}/health").json()["status"] == "in good health"
