"""`fleet demo`: the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from fleet.client import Refused, Stopped, Transport, Unauthorized, Unreachable, token_file
from fleet.demo.client import Client
from fleet.demo.crew import Crew
from fleet.demo.lifeline import World
from fleet.demo.pace import Pace
from fleet.demo.pool import remove_everything
from fleet.demo.printer import Printer
from fleet.demo.scenarios import CAST, LARGEST, cast

# The documents' fixed token: a server takes it with --dev only.
DEV_TOKEN = "fleet-agent-token-123"  # noqa: S105  # it is published, so no secret


@dataclass(frozen=True)
class Options:
    """What the command line said; `duration` is in seconds."""

    url: str
    token: str
    agents: int
    speed: float
    seed: int
    once: bool
    duration: float | None
    remove: bool
    quiet: bool


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--url",
    envvar="FLEET_URL",
    default="http://localhost:8080",
    show_default=True,
    help="Address of the running server.",
)
@click.option(
    "--token",
    envvar="FLEET_TOKEN",
    default="",
    help="Bearer token; without one, that which the server's first start or `fleet login` kept here, or that of --dev.",
)
@click.option(
    "--agents",
    type=click.IntRange(1, LARGEST),
    default=len(CAST),
    show_default=True,
    help="How many agents to simulate.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 200),
    default=1.0,
    show_default=True,
    help="How many times faster than life they work.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Another seed makes other agents; the same one reuses those of the last run.",
)
@click.option("--once", is_flag=True, help="End when every agent has told its story.")
@click.option("--duration", type=click.FloatRange(min=0), metavar="SECONDS", help="End after so many seconds.")
@click.option("--remove", is_flag=True, help="Delete the agents, hosts and tasks of all demos, and end.")
@click.option("--quiet", is_flag=True, help="Do not print what happens.")
def demo(**given: Any) -> None:
    """Fill a running server with a simulated fleet.

    The agents work, ask, fail and recover; answer them on the pages, or tell
    them something, and they go on accordingly. Its hosts take commands and say
    what they are. Ctrl-C ends the demo.
    """
    options = Options(**given)
    pace, printer = Pace(options.speed, options.once), Printer(quiet=options.quiet)
    token = options.token or token_file.found(options.url) or DEV_TOKEN
    check(options.url, token, pace)
    world = World(options.url, token, options.seed, pace, printer)
    if options.remove:
        remove(world)
    else:
        run(Crew(cast(options.agents), world), options, printer)


def run(crew: Crew, options: Options, printer: Printer) -> None:
    """Run the demo from its first line to its last."""
    try:
        new = crew.prepare()
        printer.say(f"{options.agents} agents at {options.url}, {new} new tasks. Ctrl-C ends the demo.")
        crew.start()
        crew.watch(options.duration)
    except (KeyboardInterrupt, Stopped):
        printer.say("")
    except (Refused, Unreachable) as problem:
        raise click.ClickException(f"Its tasks and hosts cannot be made: {problem}") from None
    finally:
        crew.stop()
    printer.say(
        f"The demo has ended. Tasks handed in: {crew.tasks_done}. Its agents, hosts and tasks "
        f"stay, and show as offline soon.\nRemove them with: fleet demo --remove --url {options.url}"
    )


def remove(world: World) -> None:
    """Delete what any demo has left on the server."""
    try:
        agents, hosts, tasks = remove_everything(world.client(tries=3))
    except (Refused, Unreachable) as problem:
        raise click.ClickException(f"Not everything could be removed: {problem}") from None
    world.printer.say(f"Removed {agents} agents, {hosts} hosts and {tasks} tasks.")


def check(url: str, token: str, pace: Pace) -> None:
    """Find out before anything starts whether the server is there and takes the token."""
    try:
        Client(Transport(url, token, pace.stop, tries=1, timeout=10)).check()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except Unreachable as problem:
        raise click.ClickException(f"{problem}. Start one with: fleet serve --dev, or give --url.") from None
    except Unauthorized as refusal:
        raise click.ClickException(
            f"{url} refuses the token ({refusal}). Give a good one with --token or FLEET_TOKEN, "
            "or start the server with --dev."
        ) from None
    except Refused as refusal:
        raise click.ClickException(f"{url} does not look like Fleet: {refusal}") from None


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command with `argv`, by default what the process was started with."""
    demo.main(args=None if argv is None else list(argv), prog_name="fleet demo")
