"""Which command is in which module; a module is imported when its command is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from types import TracebackType
from typing import Any, cast

import click

from fleet.shell import screen

MODULES = {
    "agents": "agents",
    "agent": "agents",
    "tasks": "tasks",
    "task": "tasks",
    "claim": "claims",
    "tell": "talk",
    "answer": "talk",
    "report": "reports",
    "hosts": "hosts",
    "exec": "hosts",
    "logs": "logs",
    "cp": "copying",
    "deploy": "hosts",
    "events": "events",
    "stream": "events",
    "login": "login",
    "stop-all": "stops",
    "stop": "stops",
    "pause": "stops",
    "resume": "stops",
}
SECTION = "Daily work (speaks to a server: --url, --token)"


class LazyGroup(click.Group):
    """A group with the commands of MODULES besides its own."""

    def main(self, *args: Any, **more: Any) -> Any:
        """Run a command; output that cannot be written is a sentence, whichever command and help it is of."""
        try:
            return super().main(*args, **more)
        except OSError as error:
            if not in_printing(error.__traceback__):
                raise
            screen.abandon()
            click.echo(f"Error: Standard output cannot be written: {error.strerror}.", err=True)
            sys.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return [*super().list_commands(ctx), *MODULES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name in MODULES:
            return load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Daily work first, then what looks after the server."""
        own = [name for name in super().list_commands(ctx) if not self.commands[name].hidden]
        room = formatter.width - 6 - max(map(len, [*own, *MODULES]))
        with formatter.section(SECTION):
            formatter.write_dl([(name, load(name).get_short_help_str(room)) for name in MODULES])
        with formatter.section("The server, on its own machine"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(room)) for name in own])


def in_printing(trace: TracebackType | None) -> bool:
    """Whether an error comes from click's printing, not from a file of the command's."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == click.utils.__name__


def load(name: str) -> click.Command:
    """The command called `name`, from its module."""
    return cast(click.Command, getattr(import_module(f"fleet.shell.{MODULES[name]}"), attribute(name)))


def attribute(name: str) -> str:
    """The name of a command's function: where Python has a word of its own, with a line behind it."""
    plain = name.replace("-", "_")
    return f"{plain}_" if plain == "exec" else plain
