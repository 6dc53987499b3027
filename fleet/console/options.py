"""What the commands share: how errors leave the program, and every setting's flag."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from fleet.config import Spec, load, specs
from fleet.errors import FleetError

F = TypeVar("F", bound=Callable[..., Any])
EXIT_CODES = {"CONFIG_INVALID": 2, "DATABASE_IN_USE": 3, "DATABASE_NEWER": 4}


class Failure(click.ClickException):
    """A FleetError at the command line: its message and an exit code."""

    def __init__(self, error: FleetError) -> None:
        super().__init__(error.message)
        self.exit_code = EXIT_CODES.get(error.code, 1)  # type: ignore[misc]  # click means an instance's by it


class Group(click.Group):
    """A group whose commands may raise FleetError; people read its message, not a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except FleetError as error:
            raise Failure(error) from error


def settings_options(command: F) -> F:
    """Give a command --config and every setting's flag; it is called with `settings`."""

    @click.pass_context
    def with_settings(ctx: click.Context, /, config: Path | None, **given: Any) -> Any:
        flags = {name: given.pop(name) for name in flagged}
        return ctx.invoke(command, settings=load(flags, os.environ, config), **given)

    flagged = {name: spec for name, spec in specs().items() if spec.flags}
    with_settings.__name__, with_settings.__doc__ = command.__name__, command.__doc__
    decorated: Any = with_settings
    for spec in reversed(flagged.values()):
        decorated = _option(spec)(decorated)
    decorated.__click_params__ += getattr(command, "__click_params__", [])
    config = click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="config file (default is $HOME/.agent-fleet.yaml)",
    )
    return config(decorated)  # type: ignore[no-any-return]  # click types decorators as Any


def _option(spec: Spec) -> Callable[[Any], Any]:
    if spec.default is False:
        return click.option(*spec.flags, spec.name, is_flag=True, default=None, help=spec.reason)
    default = f' (default "{spec.default}")' if spec.default != "" else ""
    return click.option(*spec.flags, spec.name, metavar="string", default=None, help=f"{spec.reason}{default}")
