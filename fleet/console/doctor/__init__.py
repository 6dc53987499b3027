"""`fleet doctor`: what is wrong with this installation, or soon will be, and what helps.

Each check looks and changes nothing. One that itself fails is a finding, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from fleet.config import Settings
from fleet.console.doctor import database, engine, files, host, mail, network, proxy
from fleet.console.doctor.finding import Finding, problem

Check = Callable[[Settings], Iterable[Finding]]
CHECKS: tuple[Check, ...] = (
    host.open_files,
    host.memory,
    host.processors,
    host.clock,
    network.port,
    network.exposure,
    files.configuration,
    files.sealing_key,
    files.certificate,
    database.file,
    database.contents,
    database.log,
    database.room,
    database.lock,
    mail.mail,
    engine.docker,
    proxy.public_url,
)
MARKS = {"ok": "ok     ", "note": "note   ", "warning": "WARNING", "problem": "PROBLEM"}


def examine(settings: Settings) -> list[Finding]:
    """Run every check."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check(settings)
        except Exception as error:  # noqa: BLE001  # one broken check must not hide what the others find
            name = check.__name__.replace("_", " ")
            findings.append(problem(name, f"This could not be looked at: {error}", "See the message."))
    return findings


def has_problem(findings: list[Finding]) -> bool:
    """Whether something must be done."""
    return any(finding.level == "problem" for finding in findings)


def as_lines(findings: list[Finding]) -> str:
    """For people: what was found, and under it what helps."""
    lines = []
    for finding in findings:
        lines.append(f"{MARKS[finding.level]}  {finding.check}: {finding.text}")
        if finding.remedy:
            lines.append(f"         -> {finding.remedy}")
    counts = {level: sum(f.level == level for f in findings) for level in ("problem", "warning")}
    lines.append(f"{counts['problem']} problems, {counts['warning']} warnings.")
    return "\n".join(lines)


def as_json_text(findings: list[Finding]) -> str:
    """For programs."""
    rows = [{"check": f.check, "level": f.level, "text": f.text, "remedy": f.remedy} for f in findings]
    return json.dumps({"ok": not has_problem(findings), "findings": rows}, indent=2)
