"""Where values come from: flags, then environment, then the YAML file, then defaults."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from fleet.config.table import Settings, Spec, specs
from fleet.errors import FleetError

FILE_NAME = ".agent-fleet.yaml"
FILE_VARIABLE = "FLEET_CONFIG"
PREFIX = "FLEET_"
# A password may be what makes an address wrong; an error must not repeat it.
USERINFO = re.compile(r"://.*@")
# A person's shell has these for `curl` and for agents; the server reads neither.
CLIENTS_VARIABLES = frozenset({"FLEET_TOKEN", "FLEET_URL"})


class ConfigError(FleetError):
    """Settings that cannot be used; the message has one line for each thing that is wrong."""

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__("CONFIG_INVALID", "\n".join(problems))


@dataclass(frozen=True, slots=True)
class SourcedValue:
    """A value as somebody wrote it, and where."""

    name: str
    raw: object
    source: str


def load(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    config_path: str | Path | None = None,
) -> Settings:
    """The settings in force.

    `flags` maps names to what was typed, None for what was not. `config_path`
    (or FLEET_CONFIG) must exist; without one $HOME/.agent-fleet.yaml is read
    if it is there. Raises ConfigError that names every wrong or unknown one.
    """
    table = specs()
    path = _config_file(environ, config_path)
    problems: list[str] = []
    settings_by_name: dict[str, SourcedValue] = {}
    sources = (_from_file(path, table), _from_environment(environ, table), _from_flags(flags))
    for each in (each for source in sources for each in source):
        if isinstance(each, str):
            problems.append(each)
        else:
            settings_by_name[each.name] = each  # what comes later has precedence
    chosen: dict[str, Any] = {
        name: _parse(table[name], each, problems.append) for name, each in settings_by_name.items()
    }
    if problems:
        raise ConfigError(problems)
    settings = Settings(
        **chosen, sources=MappingProxyType({name: each.source for name, each in settings_by_name.items()})
    )
    _refuse_contradictions(settings)
    return settings


def _config_file(environ: Mapping[str, str], config_path: str | Path | None) -> Path | None:
    named = config_path or environ.get(FILE_VARIABLE)
    if named:
        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise ConfigError([f"The configuration file {path} does not exist."])
        return path
    default = Path(environ["HOME"]) / FILE_NAME if environ.get("HOME") else None
    return default if default and default.is_file() else None


def _from_flags(flags: Mapping[str, object]) -> Iterator[SourcedValue]:
    for name, raw in flags.items():
        if raw is not None:
            yield SourcedValue(name, raw, "flag")


def _from_environment(environ: Mapping[str, str], table: Mapping[str, Spec]) -> Iterator[SourcedValue | str]:
    known = {variable for spec in table.values() for variable in spec.variables}
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable not in known | CLIENTS_VARIABLES | {FILE_VARIABLE}:
            near = _near(variable.removeprefix(PREFIX).lower(), table, lambda name: PREFIX + name.upper())
            yield f"There is no setting for the environment variable {variable}.{near}"
    for spec in table.values():
        # FLEET_<NAME> comes first; an empty variable counts as none, as shells and containers set it.
        first = next((name for name in spec.variables if environ.get(name, "").strip()), None)
        if first:
            yield SourcedValue(spec.name, environ[first], f"environment {first}")


def _from_file(path: Path | None, table: Mapping[str, Spec]) -> Iterator[SourcedValue | str]:
    if path is None:
        return
    for key, raw in _read_yaml(path).items():
        name = str(key).replace("-", "_")
        if name not in table:
            yield f"There is no setting {key!r} (file {path}).{_near(name, table)}"
        elif raw is not None:
            yield SourcedValue(name, raw, f"file {path}")


def _read_yaml(path: Path) -> dict[Any, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError([f"The configuration file {path} cannot be read: {error}"]) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError([f"The configuration file {path} must have lines such as `port: 8080`."])
    return content


def _parse(spec: Spec, found: SourcedValue, complain: Callable[[str], None]) -> object:
    try:
        return spec.parse(found.raw)
    except ValueError as allowed:
        text = USERINFO.sub("://***@", repr(found.raw))
        complain(f"{spec.name} cannot be {text} ({found.source}); allowed: {allowed}.")
        return spec.default


def _refuse_contradictions(settings: Settings) -> None:
    if settings.dev and not settings.loopback:
        wish = f"host {settings.host!r} ({settings.source('host')})"
        why = "in development mode a token works that everybody knows"
        places = "localhost, 127.0.0.1 or ::1"
        raise ConfigError([f"dev ({settings.source('dev')}) does not go with {wish}: {why}. Use {places}."])
    for name in ("events_keep", "commands_keep", "tokens_keep"):
        if settings.audit_keep < getattr(settings, name):
            given = f"audit_keep ({settings.source('audit_keep')})"
            raise ConfigError([f"{given} may not be shorter than {name} ({settings.source(name)})."])
    if bool(settings.tls_cert) != bool(settings.tls_key):
        given, other = ("tls_cert", "tls_key") if settings.tls_cert else ("tls_key", "tls_cert")
        raise ConfigError([f"{given} ({settings.source(given)}) needs {other} beside it."])
    if settings.smtp_url and not settings.smtp_from:
        raise ConfigError([f"smtp_url ({settings.source('smtp_url')}) needs smtp_from beside it."])


def _near(name: str, known: Iterable[str], spelled: Callable[[str], str] = str) -> str:
    matches = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {spelled(matches[0])}?" if matches else ""
