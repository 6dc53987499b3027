"""What all commands share: --url and --token, errors in words, exit codes, quiet ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import click

from fleet.client import Json, Missing, Refused, Stranger, Unauthorized, Unreachable, token_file
from fleet.shell import plain, screen
from fleet.shell.fleet import Fleet
from fleet.shell.remedies import remedy

DONE, FAILED, USAGE, UNREACHABLE, NOTHING, NOT_ALLOWED = range(6)
# What --json calls an error that the server has no word for.
CODES = {
    FAILED: "FAILED",
    USAGE: "WRONG_USAGE",
    UNREACHABLE: "UNREACHABLE",
    NOTHING: "NOTHING_FOUND",
    NOT_ALLOWED: "NOT_ALLOWED",
}
INTERRUPTED, NOBODY_READS = 130, 141  # 128 and the signal's number: SIGINT, SIGPIPE
EXIT_CODES = """\b
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the server cannot be reached,
4 nothing found or nothing to claim, 5 not allowed, 130 interrupted.
"""


class Failed(click.ClickException):
    """A command that could not do its work: why, the exit code that says so, and a word for programs."""

    def __init__(self, message: str, exit_code: int = FAILED, code: str = "", details: Json | None = None) -> None:
        super().__init__(plain.block(message))
        self.exit_code = exit_code  # type: ignore[misc]  # click means an instance's by it
        self.code = code or CODES[exit_code]
        self.details = details
        self.as_json = False

    def show(self, file: Any = None) -> None:
        """Print it to standard error: a sentence, or where --json was given the shape of the server's own errors."""
        if not self.as_json:
            super().show(file)
            return
        error = {"code": self.code, "message": self.message} | ({"details": self.details} if self.details else {})
        click.echo(screen.as_json({"error": error}), err=True)


class Command(click.Command):
    """A command whose errors are words and exit codes, and that is quiet when nobody listens any more."""

    def __init__(self, *args: Any, **more: Any) -> None:
        more.setdefault("epilog", EXIT_CODES)
        super().__init__(*args, **more)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> click.Context:
        """Read the command line; what is wrong with it is JSON for anybody who wants that."""
        for_programs = "--json" in args
        try:
            return super().make_context(info_name, args, *rest, **more)
        except click.UsageError as error:
            if not for_programs:
                raise
            failed = Failed(error.format_message(), USAGE)
            failed.as_json = True
            raise failed from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        screen.forgive_encodings()
        try:
            return self.run(ctx)
        except Failed as failed:
            failed.as_json = bool(ctx.params.get("as_json"))
            raise

    def run(self, ctx: click.Context) -> Any:
        """Run the command. Raises Failed for everything that can go wrong, and click's Exit."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                screen.flush()
        except (KeyboardInterrupt, click.Abort):
            raise click.exceptions.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            screen.abandon()
            raise click.exceptions.Exit(NOBODY_READS) from None
        except screen.Unwritten as problem:
            raise Failed(f"Standard output cannot be written: {problem}.", FAILED, "OUTPUT_NOT_WRITTEN") from None
        except Refused as refusal:
            raise refused(refusal) from None
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


def refused(refusal: Refused) -> Failed:
    """What a server refused, as this command's end."""
    message = str(refusal) if screen.for_programs() else in_words(refusal)
    return Failed(message, exit_code(refusal), refusal.code, refusal.details)


def exit_code(refusal: Refused) -> int:
    """The exit code for what a server refused."""
    if isinstance(refusal, Stranger):
        return FAILED
    if isinstance(refusal, Unauthorized):
        return NOT_ALLOWED
    if isinstance(refusal, Missing):
        return NOTHING
    return USAGE if refusal.status == 400 else FAILED


def in_words(refusal: Refused) -> str:
    """The server's sentence, its code, what it adds, and what to do."""
    if isinstance(refusal, Stranger):
        return f"{refusal} Is FLEET_URL (or --url) right?"
    sentence = f"{refusal} ({refusal.code})" if refusal.code else str(refusal)
    added = [f"{name}: {value}" for name, value in refusal.details.items() if value not in (None, [], "")]
    return "\n".join([sentence, *added, *filter(None, [remedy(refusal)])])


def unreachable(problem: Unreachable) -> Failed:
    """Why no answer came; a server that said "not now" until the end was reached, though."""
    if isinstance(problem.__cause__, Refused):
        return refused(problem.__cause__)
    return Failed(f"{problem}. Is FLEET_URL (or --url) right, and `fleet serve` running?", UNREACHABLE)


url_option = click.option(
    "--url",
    envvar="FLEET_URL",
    show_envvar=True,
    default="http://localhost:8080",
    show_default=True,
    help="Address of the server.",
)


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --url and --token; it is called with the server as its first argument."""

    @url_option
    @click.option(
        "--token",
        envvar="FLEET_TOKEN",
        show_envvar=True,
        default="",
        help="API token; without one, that which `fleet login` or the server's first start has kept here.",
    )
    def with_fleet(url: str, token: str, **given: Any) -> None:
        try:
            fleet = Fleet(url, token.strip() or token_file.found(url))
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
    if words == ("-",) and sys.stdin is None:
        raise Failed("Standard input is closed.", USAGE)
    text = sys.stdin.read() if words == ("-",) else " ".join(words)
    if not text.strip():
        raise Failed("There is nothing to send.", USAGE)
    return text.rstrip("\n")
