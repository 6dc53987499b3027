"""What a request says about a deployment, checked: names, key, and whose host key is to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from flask import g
from msgspec import UNSET, Meta, UnsetType

from fleet import ssh
from fleet.config import Settings
from fleet.errors import Conflict, Invalid, RemoteFailed
from fleet.ssh import reach
from fleet.ssh.host_keys import HostKey
from fleet.web.deployments.process import Order, address_of, pinned_keys
from fleet.web.framework.current import the_settings
from fleet.web.http.bodies import Body
from fleet.web.pages.page import base_url
from fleet.web.security.person import secret_behind

# Why a deployment may be refused before it has begun.
REFUSALS = (
    "HOST_KEY_CHANGED",
    "HOST_KEY_UNKNOWN",
    "DEPLOY_FAILED",
    "INVALID_HOST",
    "INVALID_SSH_USER",
    "INVALID_SSH_KEY",
    "DEPLOYMENT_RUNNING",
    "TOO_MANY_DEPLOYMENTS",
)

Port = Annotated[int, Meta(ge=1, le=65535)]


class Deploy(Body):
    """Document 3's fields, and `host_key`: the fingerprint that a 409 told, to say that it is the right one."""

    required: ClassVar = {
        "host": ("MISSING_HOST", "Which machine? Its name or address is needed."),
        "ssh_user": ("MISSING_SSH_USER", "As which user of that machine?"),
    }

    host: Annotated[str, Meta(max_length=253, examples=["192.168.1.15"])] | UnsetType = UNSET
    ssh_user: Annotated[str, Meta(max_length=64, examples=["ubuntu"])] | UnsetType = UNSET
    ssh_port: Port = 22
    ssh_key: Annotated[str, Meta(max_length=4096, examples=["~/.ssh/id_ed25519"])] | UnsetType | None = UNSET
    label: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    host_key: Annotated[str, Meta(max_length=100)] | UnsetType | None = UNSET


def order_of(body: Deploy) -> Order:
    """What is to be done. Raises Invalid for a name or key, Conflict for a host key that nobody has confirmed."""
    settings = the_settings()
    host, user = str(body.host).strip(), str(body.ssh_user).strip()
    if not reach.is_host(host):
        raise Invalid("INVALID_HOST", "This is no name of a machine, and no address.", field="host")
    if not reach.is_user(user):
        raise Invalid("INVALID_SSH_USER", "This is no name of a user.", field="ssh_user")
    key = private_key(body.ssh_key or None, settings)
    try:
        address = address_of(host, body.ssh_port, settings)
    except reach.Unreachable as error:
        raise Invalid("INVALID_HOST", str(error), field="host") from None
    trusted = trusted_keys(host, body.ssh_port, address, body.host_key or None)
    label = str(body.label).strip() if body.label else host
    return Order(
        host, body.ssh_port, user, label, key, address, tuple(trusted), g.identity.name, secret_behind(), base_url()
    )


def private_key(named: str | None, settings: Settings) -> Path | None:
    """The file of the private key; None for the ssh agent's. Raises Invalid."""
    if named is None:
        return None
    try:
        return ssh.find_key(named, settings.ssh_key_dirs)
    except ssh.PrivateKeyRefused as error:
        raise Invalid("INVALID_SSH_KEY", str(error), field="ssh_key") from None


def trusted_keys(host: str, port: int, address: str, confirmed: str | None) -> list[HostKey]:
    """The keys of this host that are trusted. Nothing but its keys was asked of it so far (security.md 17).

    Raises RemoteFailed when it shows none, Conflict when nobody has confirmed the one it shows, or it has changed.
    """
    shown = ssh.scan(address, port)
    if not shown:
        raise RemoteFailed("DEPLOY_FAILED", f"No SSH server answers at {host}, port {port}.", step="host key", said="")
    if confirmed is not None:
        matching = [key for key in shown if key.fingerprint == confirmed]
        if not matching:
            raise changed("HOST_KEY_CHANGED", "It shows another key than the one that was confirmed.", shown[0])
        return matching
    before = pinned_keys(host, port)
    matching = [key for key in shown if key in before]
    if matching:
        return matching
    if before:
        raise changed(
            "HOST_KEY_CHANGED",
            "The machine shows another key than before: it was installed anew, or it is another machine.",
            shown[0],
            before=before[0].fingerprint,
        )
    raise changed("HOST_KEY_UNKNOWN", "Compare this fingerprint with the machine's own, and confirm it.", shown[0])


def changed(code: str, sentence: str, key: HostKey, **more: str) -> Conflict:
    """The error that shows a fingerprint."""
    return Conflict(
        code,
        f"{sentence} It shows {key.kind} {key.fingerprint}",
        host_key=key.fingerprint,
        kind=key.kind,
        field="host_key",
        **more,
    )
