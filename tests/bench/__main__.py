"""`python -m tests.bench`: Fleet's speed, measured on this machine beside others'.

Everything is on loopback. It says what it found and what it was meant to find,
and fails for neither: a busy machine is no fault of the program. What is not
installed is named as missing.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench import (
    api_page,
    beside,
    commands,
    dom,
    fanout,
    files,
    giving_way,
    host_log,
    links,
    machine,
    masking,
    overview,
    slow_line,
    stretches,
    tabs,
    tokens,
    writes,
)
from tests.bench.report import Part, write_json

MEASURES: dict[str, tuple[Callable[[Any], Part], Any, Any]] = {
    "fanout": (fanout.measure, fanout.Plan(), fanout.QUICK),
    "writes": (writes.measure, writes.Plan(), writes.QUICK),
    "tokens": (tokens.measure, tokens.Plan(), tokens.QUICK),
    "overview": (overview.measure, overview.Plan(), overview.QUICK),
    "dom": (dom.measure, dom.Plan(), dom.QUICK),
    "slow": (slow_line.measure, slow_line.Plan(), slow_line.QUICK),
    "tabs": (tabs.measure, tabs.Plan(), tabs.QUICK),
    "openapi": (api_page.measure, api_page.Plan(), api_page.QUICK),
    "long": (giving_way.measure, giving_way.Plan(), giving_way.QUICK),
    "stretches": (stretches.measure, stretches.Plan(), stretches.QUICK),
    "links": (links.measure, links.Plan(), links.QUICK),
    "commands": (commands.measure, commands.Plan(), commands.QUICK),
    "log": (host_log.measure, host_log.Plan(), host_log.QUICK),
    "files": (files.measure, files.Plan(), files.QUICK),
    "masking": (masking.measure, masking.Plan(), masking.QUICK),
    "beside": (beside.measure, beside.Plan(), beside.QUICK),
}


def main() -> int:
    """Measure what is asked for; 0 unless something could not be measured at all."""
    asked = arguments()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # thousands of streams; inherited by the clients
    found = machine.described()
    say(*(f"{name}: {value}" for name, value in found.items()), "")
    parts, failed = [], False
    for name in asked.only:
        measure, full, quick = MEASURES[name]
        try:
            plan = quick if asked.quick else full
            part = measure(replace(plan, python=asked.beside) if name == "beside" else plan)
        except Exception as error:  # noqa: BLE001  # the other parts are worth having
            failed = True
            part = Part(name, "not measured", missing=[f"{type(error).__name__}: {error}"])
        part.notes.append(f"load average afterwards: {machine.load_average()}")
        parts.append(part)
        say(*part.lines(), "")
        if asked.json:
            write_json(asked.json, found, parts)
    return int(failed)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="once and briefly, to see that it works")
    parser.add_argument(
        "--only", type=chosen, default=list(MEASURES), metavar="PART,…", help=f"of: {', '.join(MEASURES)}"
    )
    parser.add_argument("--beside", default="", metavar="PYTHON", help="the Python of another build, for `beside`")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run's figures there")
    return parser.parse_args()


def chosen(text: str) -> list[str]:
    """Names of parts, in a list with commas."""
    names = text.split(",")
    for name in names:
        if name not in MEASURES:
            raise argparse.ArgumentTypeError(f"there is no part {name!r}; there are {', '.join(MEASURES)}")
    return names


def say(*lines: str) -> None:
    """Print at once: the next part takes its time."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
