"""The host's own file: what this daemon may do here, which no server can widen."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from fleet.daemon import address
from fleet.daemon.errors import Trouble

FILE = Path("/etc/fleet-daemon/daemon.json")
STATE = Path("/var/lib/fleet-daemon")
LARGEST = 1 << 20


@dataclass(frozen=True)
class Settings:
    """What the file says, and what holds where it says nothing."""

    url: str
    # What the daemon remembers: key, session, journal, results.
    state: Path
    key_file: Path
    # The only authorities that are trusted, in place of the system's.
    ca_file: Optional[Path]
    # True: without TLS, to other machines too.
    plaintext: bool
    # Folders out of which files may be read, into which they may be written, in which agents may run.
    read_roots: Tuple[Path, ...]
    write_roots: Tuple[Path, ...]
    upload_folder: Path
    run_folders: Tuple[Path, ...]

    @property
    def address(self) -> address.Address:
        """Where the Fleet is."""
        return address.parse(self.url, self.plaintext)


def load(path: Path) -> Settings:
    """The settings of a file. Raises Trouble, whose text names the file and the setting."""
    return checked(read(path), str(path))


def read(path: Path) -> Dict[str, Any]:
    """What the file says, unchecked. Raises Trouble."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(LARGEST))
    except FileNotFoundError as error:
        raise Trouble(f"There is no {path}: `fleet-daemon enrol` makes it, --config names another.") from error
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise Trouble(f"{path} is not JSON: {error}.") from error
    if not isinstance(said, dict):
        raise Trouble(f'{path} has to hold an object, as {{"url": "https://fleet.example.com"}}.')
    return said


def checked(said: Dict[str, Any], where: str) -> Settings:
    """Settings out of what was said in the file `where`. Raises Trouble."""
    names = [field.name for field in fields(Settings)]
    for name in said:
        if name not in names:
            raise Trouble(f'{where}: there is no setting "{name}"; there are {", ".join(names)}.')
    try:
        state = _folder(said, "state", STATE)
        settings = Settings(
            url=_text(said, "url"),
            state=state,
            key_file=_folder(said, "key_file", state / "key"),
            ca_file=_folder(said, "ca_file", STATE) if said.get("ca_file") is not None else None,
            plaintext=_truth(said, "plaintext"),
            read_roots=_folders(said, "read_roots", (Path("/var/log"),)),
            write_roots=_folders(said, "write_roots", ()),
            upload_folder=_folder(said, "upload_folder", state / "uploads"),
            run_folders=_folders(said, "run_folders", ()),
        )
        _ = settings.address
    except Trouble as error:
        raise Trouble(f"{where}: {error}") from error
    return settings


def _text(said: Dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise Trouble(f'"{name}" has to be a text.')
    return value


def _truth(said: Dict[str, Any], name: str) -> bool:
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise Trouble(f'"{name}" has to be true or false.')
    return value


def _path(value: Any, name: str) -> Path:
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value or ".." in Path(value).parts:
        raise Trouble(f'"{name}" has to be a path that begins with "/", without "..".')
    return Path(value)


def _folder(said: Dict[str, Any], name: str, otherwise: Path) -> Path:
    return _path(said[name], name) if name in said else otherwise


def _folders(said: Dict[str, Any], name: str, otherwise: Tuple[Path, ...]) -> Tuple[Path, ...]:
    if name not in said:
        return otherwise
    value = said[name]
    if not isinstance(value, list):
        raise Trouble(f'"{name}" has to be a list of paths.')
    return tuple(_path(each, name) for each in value)
