"""`fleet audit`: whether what was done is still told as it was."""

from __future__ import annotations

import click

from fleet.config import Settings
from fleet.console.options import Group, settings_options


@click.group(cls=Group)
def audit() -> None:
    """Look whether the audit is whole."""


@audit.command("verify")
@click.option("--head", metavar="SEQ:DIGEST", help="A head that you wrote down; it must be in the chain.")
@settings_options
def audit_verify(settings: Settings, head: str | None) -> None:
    """Look at every entry; exit code 1 when one is missing or not what it was. Also while the server runs."""
    from fleet.console.audit_chain import verify

    click.echo(verify(settings, head))


@audit.command("anchor")
@settings_options
def audit_anchor(settings: Settings) -> None:
    """Accept the audit as it stands, after a database was put in place by hand; that is an entry, too."""
    from fleet.console.audit_chain import accept

    click.echo(accept(settings))
