"""`fleet token` and `fleet user`: who may, from the shell of the machine that Fleet runs on."""

from __future__ import annotations

import click

from fleet.config import Settings
from fleet.console.options import Group, settings_options

ROLE = click.Choice(["viewer", "operator", "admin"])


@click.group(cls=Group)
def token() -> None:
    """Make and revoke API tokens."""


@token.command("create")
@click.argument("name")
@click.option("--role", type=ROLE, required=True)
@click.option("--expires-in", metavar="30d", help="Such as 12h or 30d; without it the token lasts.")
@settings_options
def token_create(settings: Settings, name: str, role: str, expires_in: str | None) -> None:
    """Make a token called NAME and print it, once, on standard output."""
    from fleet.console.tokens import create

    _say(*create(settings, name, role, _seconds(expires_in)))


@token.command("list")
@settings_options
def token_list(settings: Settings) -> None:
    """List every token; secrets are not kept and cannot be shown."""
    from fleet.console.tokens import table

    click.echo(table(settings))


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@settings_options
def token_revoke(settings: Settings, token_id: str) -> None:
    """End a token and every session that was made with it."""
    from fleet.console.tokens import revoke

    revoke(settings, token_id)
    click.echo(f"{token_id} is revoked.")


@click.group(cls=Group)
def user() -> None:
    """Invite people, let them in again, shut them out."""


@user.command("add")
@click.argument("email")
@click.option("--name", default="", help="What pages call them; else what stands before the @.")
@click.option("--role", type=ROLE, required=True)
@settings_options
def user_add(settings: Settings, email: str, name: str, role: str) -> None:
    """Invite somebody: prints a one-time link, by which they choose a password."""
    from fleet.console.users import add

    _say(*add(settings, email, name, role))


@user.command("link")
@click.argument("email")
@settings_options
def user_link(settings: Settings, email: str) -> None:
    """Print a new one-time link for somebody who cannot get in."""
    from fleet.console.users import new_link

    _say(*new_link(settings, email))


@user.command("list")
@settings_options
def user_list(settings: Settings) -> None:
    """List everybody."""
    from fleet.console.users import table

    click.echo(table(settings))


@user.command("role")
@click.argument("email")
@click.argument("role", type=ROLE)
@settings_options
def user_role(settings: Settings, email: str, role: str) -> None:
    """Give somebody another role; in force within a second."""
    from fleet.console.users import edit

    person = edit(settings, email, role=role)
    click.echo(f"{person.email} is {person.role}.")


@user.command("disable")
@click.argument("email")
@settings_options
def user_disable(settings: Settings, email: str) -> None:
    """Shut somebody out: sessions, tokens and streams end within a second."""
    from fleet.console.users import edit

    click.echo(f"{edit(settings, email, disabled=True).email} is shut out.")


@user.command("enable")
@click.argument("email")
@settings_options
def user_enable(settings: Settings, email: str) -> None:
    """Let somebody in again."""
    from fleet.console.users import edit

    click.echo(f"{edit(settings, email, disabled=False).email} may sign in again.")


def _say(facts: str, secret: str) -> None:
    """What it is for people, and the secret by itself on standard output."""
    click.echo(facts, err=True)
    click.echo(secret)


def _seconds(length: str | None) -> int | None:
    from fleet.config.values import duration

    try:
        return duration(length) if length else None
    except ValueError as allowed:
        raise click.BadParameter(f"allowed: {allowed}", param_hint="--expires-in") from None
