"""What all commands share: --url and --token, errors in words, exit codes, quiet ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import click

from fleet.client import Missing, Refused, Unauthorized, Unreachable
from fleet.shell import plain, screen
from fleet.shell.fleet import Fleet

DONE, FAILED, USAGE, UNREACHABLE, NOTHING, NOT_ALLOWED = range(6)
INTERRUPTED, NOBODY_READS = 130, 141  # 128 and the signal's number: SIGINT, SIGPIPE
EXIT_CODES = """\b
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the server cannot be reached,
4 nothing found or nothing to claim, 5 not allowed, 130 interrupted.
"""
REMEDIES = {
    401: "Give a token with --token or FLEET_TOKEN; `fleet token create` makes one.",
    403: "Ask an administrator of this Fleet for a role that may.",
}


class Failed(click.ClickException):
    """A command that could not do its work: why, and the exit code that says so."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(plain.block(message))
        self.exit_code = exit_code  # type: ignore[misc]  # click means an instance's by it


class Command(click.Command):
    """A command whose errors are words and exit codes, and that is quiet when nobody listens any more."""

    def __init__(self, *args: Any, **more: Any) -> None:
        more.setdefault("epilog", EXIT_CODES)
        super().__init__(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        screen.forgive_encodings()
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except (KeyboardInterrupt, click.Abort):
            raise click.exceptions.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            screen.abandon()
            raise click.exceptions.Exit(NOBODY_READS) from None
        except Refused as refusal:
            raise Failed(in_words(refusal), exit_code(refusal)) from None
        except Unreachable as problem:
            raise unreachable(problem) from None


class Group(click.Group):
    """A group with a command of its own for what names no other: `fleet task 148` is `fleet task show 148`."""

    command_class = Command

    def __init__(self, *args: Any, default: str = "", **more: Any) -> None:
        more.setdefault("epilog", EXIT_CODES)
        super().__init__(*args, **more)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command's name before arguments that begin with no command's."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def exit_code(refusal: Refused) -> int:
    """The exit code for what a server refused."""
    if isinstance(refusal, Unauthorized):
        return NOT_ALLOWED
    if isinstance(refusal, Missing):
        return NOTHING
    return USAGE if refusal.status == 400 else FAILED


def in_words(refusal: Refused) -> str:
    """The server's sentence, its code, what it adds, and what to do."""
    said = f"{refusal} ({refusal.code})" if refusal.code else str(refusal)
    added = [f"{name}: {value}" for name, value in refusal.details.items() if value not in (None, [], "")]
    return "\n".join([said, *added, *filter(None, [REMEDIES.get(refusal.status)])])


def unreachable(problem: Unreachable) -> Failed:
    """Why no answer came; a server that said "not now" until the end was reached, though."""
    if isinstance(problem.__cause__, Refused):
        return Failed(in_words(problem.__cause__), exit_code(problem.__cause__))
    return Failed(f"{problem}. Is FLEET_URL (or --url) right, and `fleet serve` running?", UNREACHABLE)


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --url and --token; it is called with the server as its first argument."""

    @click.option(
        "--url",
        envvar="FLEET_URL",
        show_envvar=True,
        default="http://localhost:8080",
        show_default=True,
        help="Address of the server.",
    )
    @click.option(
        "--token",
        envvar="FLEET_TOKEN",
        show_envvar=True,
        default="",
        help="API token; a command line is seen by others, so rather use the variable.",
    )
    def with_fleet(url: str, token: str, **given: Any) -> None:
        try:
            fleet = Fleet(url, token.strip())
        except ValueError as error:
            raise Failed(f"{error}.", USAGE) from None
        with fleet:
            command(fleet, **given)

    options = getattr(with_fleet, "__click_params__", [])
    update_wrapper(with_fleet, command)
    with_fleet.__click_params__ = [*options, *getattr(command, "__click_params__", [])]  # type: ignore[attr-defined]  # click's own name for it
    return with_fleet


json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


def sentence(words: tuple[str, ...]) -> str:
    """The words of a command line as one text; a single `-` stands for standard input."""
    text = sys.stdin.read() if words == ("-",) else " ".join(words)
    if not text.strip():
        raise Failed("There is nothing to send.", USAGE)
    return text.rstrip("\n")
