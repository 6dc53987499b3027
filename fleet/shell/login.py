"""`fleet login`: keep a token for a server, so that commands find it by themselves."""

from __future__ import annotations

import sys

import click

from fleet.client import token_file
from fleet.shell import screen
from fleet.shell.command import FAILED, USAGE, Command, Failed, json_option, url_option
from fleet.shell.fleet import Fleet


@click.command(cls=Command)
@url_option
@json_option
def login(url: str, as_json: bool) -> None:
    """Keep a token for the server at --url.

    Asks for the token, or reads it from standard input; a page of the server
    makes one (Tokens), or `fleet token create` on its machine. It is tried
    first, and kept in a file of your own (`fleet config` names it).
    """
    token = given()
    try:
        fleet = Fleet(url, token)
    except ValueError as error:
        raise Failed(f"{error}.", USAGE) from None
    with fleet:
        status = fleet.get("fleet", "status")
    try:
        kept = token_file.keep(url, token)
    except OSError as error:
        raise Failed(f"The token could not be kept: {error}.", FAILED) from None
    if as_json:
        screen.say_json({"url": url, "file": str(kept), "status": status})
    else:
        screen.say(f"Commands now find the token for {url} in {kept}.")


def given() -> str:
    """The token that was typed or piped in. Raises Failed for none."""
    if sys.stdin is None:
        raise Failed("Standard input is closed.", USAGE)
    typed = str(click.prompt("Token", hide_input=True, err=True)) if sys.stdin.isatty() else sys.stdin.readline()
    if not typed.strip():
        raise Failed("There is no token on standard input.", USAGE)
    return typed.strip()
