"""What to do about what a server has refused, where that can be told."""

from __future__ import annotations

from fleet.client import Refused

REMEDIES = {
    401: "`fleet login` keeps a token; or give one with FLEET_TOKEN. `fleet token create` makes one.",
    403: "Ask an administrator of this Fleet for a role that may.",
}
# No role opens what a host's own file, or its disk, does not; these fields name what is there.
OUTSIDE_ROOTS = "The host's own file names the folders that are open: read_roots, write_roots (docs/daemon.md)."
OF_HOSTS = ("path", "dest", "source")


def remedy(refusal: Refused) -> str | None:
    """A sentence, or None."""
    if refusal.code == "OUTSIDE_ROOTS":
        return OUTSIDE_ROOTS
    if refusal.status == 403 and refusal.details.get("field") in OF_HOSTS:
        return None  # the host's daemon has said who could
    return REMEDIES.get(refusal.status)
