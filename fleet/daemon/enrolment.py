"""Becoming an agent: an enrolment key, good for once, is turned into a key of this host's own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Tuple

from fleet.daemon import address, durable, machine, posting, settings
from fleet.daemon.errors import Broken, Refused, Trouble, Unreachable
from fleet.daemon.identity import Identity, good_key
from fleet.daemon.log import hide

SECONDS = 60.0
NEW_KEY = "Make a new one on the page Add host: each is good once, for 15 minutes."


def enrol(config: Path, said: Dict[str, Any], secret: bytes, again: bool) -> Tuple[settings.Settings, str]:
    """Enrol this host; gives the settings, which are written down, and the agent's id. Raises Trouble.

    `said` are the settings that were typed; they win over those of the file.
    """
    before = settings.read(config) if config.exists() else {}
    wanted = {**before, **said}
    chosen = settings.checked(wanted, str(config))
    enrolment_key = good_key(secret, "the enrolment key")
    hide(enrolment_key)
    identity = Identity(chosen.state, chosen.key_file)
    identity.prepare()
    lock = identity.claim()
    if lock is None:
        raise Trouble("The daemon of this host is running: stop it first, e.g. by `systemctl stop fleet-daemon`.")
    try:
        if identity.enrolled and not again:
            raise Trouble(
                f"This host is enrolled already ({chosen.key_file}): --again makes another agent of it, and forgets"
                " its commands and results here."
            )
        return chosen, _become(chosen, identity, enrolment_key, config, wanted if wanted != before else None)
    finally:
        os.close(lock)


def _become(chosen: settings.Settings, identity: Identity, secret: str, config: Path, write: Any) -> str:
    try:
        # Everything that may fail here fails before the key, which is good once, is used up.
        durable.write(chosen.key_file.with_name(".room"), b"x" * 512)
        chosen.key_file.with_name(".room").unlink()
        if write is not None:
            config.parent.mkdir(parents=True, exist_ok=True)
            durable.write(config, json.dumps(write, indent=2).encode() + b"\n", 0o644)
    except OSError as error:
        raise Trouble(f"{error.filename or config} cannot be written: {error.strerror}.") from error
    agent_id, key = _ask(chosen, secret)
    try:
        identity.forget()
        identity.enrol(agent_id, key)
    except OSError as error:
        raise Trouble(
            f"{chosen.state} cannot be written: {error.strerror}. The enrolment key is used up; delete {agent_id} on"
            f" the page Hosts. {NEW_KEY}"
        ) from error
    return agent_id


def _ask(chosen: settings.Settings, secret: str) -> Tuple[str, str]:
    """The new agent's id and its own key."""
    where = chosen.address
    body = json.dumps(description()).encode()
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        answer = posting.post(where, chosen.ca_file, "/v1/enrolments", headers, body, SECONDS)
        said = json.loads(answer)
        agent_id, key = said["agent"]["id"], said["key"]
        return str(agent_id), good_key(str(key).encode(), "the server's answer")
    except Refused as error:
        raise Trouble(_words(error, where)) from error
    except (Unreachable, Broken) as error:
        raise Trouble(
            f"{str(error).rstrip('.')}. Nothing was stored; try again, with a new key if that one is used up."
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Trouble(f"What answers at {where.url} is no Fleet: is the address right?") from error


def description() -> Dict[str, Any]:
    """What the record of this host begins with."""
    name = machine.hostname() or "host"
    addresses = machine.addresses()
    said = {"name": name, "worktree": "/", "kind": "host", "hostname": name}
    return {**said, "machine_address": addresses[0]} if addresses else said


def _words(error: Refused, where: address.Address) -> str:
    if error.status == 401:
        return f"{where.url} does not take this enrolment key: it was used, has expired, or never was. {NEW_KEY}"
    if error.status == 429:
        return f"Too many wrong keys came from here: wait {round(error.retry_after or 60)} s, then use a new key."
    if 300 <= error.status < 400:
        return f"{where.url} points elsewhere: give the address that the browser shows in the end."
    return f"{where.url} refuses: {error}."
