"""The README's pictures: `python -m tests.browser.screenshots tests/browser/pictures`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import scene, scene_hosts
from tests.support.browser.colours import reduced
from tests.support.browser.crew import Crew
from tests.support.browser.page import live
from tests.support.browser.roles import make_token
from tests.support.serving import Served, served

PEOPLE = {"mira": "Mira Novak", "jonas": "Jonas Weber"}


@dataclass(frozen=True)
class Picture:
    """What is on a picture: which page, by which light, how large."""

    name: str
    path: str
    theme: str
    wide: int = 1440
    tall: int = 1080
    touch: bool = False


PICTURES = (
    Picture("overview-light", "/?view=cards", "light"),
    Picture("overview-dark", "/?view=cards", "dark"),
    Picture("overview-phone", "/?view=cards", "dark", 390, 844, touch=True),
    Picture("agent-light", "{agent}", "light"),
    Picture("agent-dark", "{agent}", "dark"),
    Picture("agents-table-light", "/agents?view=table", "light", tall=760),
    Picture("hosts-light", "/hosts", "light", tall=560),
    Picture("command-dark", "{command}", "dark", tall=560),
)


@contextmanager
def stage() -> Iterator[tuple[Served, str, dict[str, str]]]:
    """A served fleet as on the pictures: the server, Mira's token, the paths of the agent and the command to show."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        more = {"environment": {"FLEET_PUBLIC_URL": "http://fleet.example.net"}}
        server = stack.enter_context(served(Path(folder), "--log-level", "info", **more))
        tokens = {who: make_token(server, name, "admin") for who, name in PEOPLE.items()}
        crews = {
            who: Crew(
                stack.enter_context(
                    httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
                )
            )
            for who, token in tokens.items()
        }
        agent = scene.make(crews)
        hosts = scene_hosts.make(crews["mira"].api, server.url)
        server.stop()
        scene.age(server.database)
        scene_hosts.age(server.database)
        server.start()
        command = stack.enter_context(scene_hosts.connected(crews["mira"].api, server.url, hosts))
        yield server, tokens["mira"], {"agent": agent.path, "command": command}


def take(browser: Browser, folder: Path) -> list[Path]:
    """Take every picture into `folder`; returns their files."""
    folder.mkdir(parents=True, exist_ok=True)
    with stage() as (server, token, paths):
        return [shoot(browser, server, token, picture, picture.path.format(**paths), folder) for picture in PICTURES]


def afternoon() -> str:
    """The time zone in which it is between two and three now."""
    east = 14 - datetime.now(UTC).hour
    return f"Etc/GMT{-east:+d}"


def shoot(browser: Browser, server: Served, token: str, picture: Picture, path: str, folder: Path) -> Path:
    """Take one picture."""
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": picture.wide, "height": picture.tall},
        locale="en-GB",
        timezone_id=afternoon(),
        color_scheme=picture.theme,
        reduced_motion="reduce",
        has_touch=picture.touch,
        is_mobile=picture.touch,
    )
    context.request.post("/login", form={"token": token}, max_redirects=0)
    page = context.new_page()
    page.goto(path)
    live(page)
    page.evaluate("() => document.fonts.ready")
    file = folder / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    context.close()
    return file


def main() -> None:
    """Take the pictures, with few colours, into the folder that the command line names."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.browser.screenshots OUT")
    from tests.browser.conftest import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        for file in take(browser, Path(sys.argv[1])):
            file.write_bytes(reduced(file.read_bytes()))
            sys.stdout.write(f"{file} {file.stat().st_size // 1024} KB\n")
        browser.close()


if __name__ == "__main__":
    main()
