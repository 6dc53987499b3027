"""`python -m tests.contract`: good and bad calls of every route, held against the API's own description."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fleet.web.openapi.document import document
from tests.contract.compatibility import binding
from tests.contract.house import house
from tests.contract.run import Plan, run
from tests.support.application import application

RELEASED = Path(__file__).parent / "v1.json"


def main() -> int:
    """Try what is asked for, and show what was found; 0 when that is nothing."""
    asked = arguments()
    if asked.release:
        return release()
    with TemporaryDirectory(prefix="fleet-contract-") as name, house(Path(name)) as home:
        done = run(home, Path(name), Plan(asked.seed, asked.examples, asked.only))
        print(done.stdout, done.stderr, sep="")
        if not home.holds():
            print(f"The server came to harm:\n{home.server.log[-20_000:]}")
            return 1
    return done.returncode


def release() -> int:
    """Write down what the present description binds Fleet to: from now on no client of it may be broken."""
    with TemporaryDirectory(prefix="fleet-contract-") as name, application(Path(name)) as app:
        said = binding(document(app))
    RELEASED.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n")
    print(f"{len(said['paths'])} paths are written to {RELEASED.name}.")
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    plan = Plan()
    parser = argparse.ArgumentParser(prog="python -m tests.contract", description=__doc__.partition(": ")[2])
    parser.add_argument("--seed", type=int, default=plan.seed, help=f"another one tries other calls ({plan.seed})")
    parser.add_argument("--examples", type=int, default=plan.examples, help=f"for each call ({plan.examples})")
    parser.add_argument("--only", nargs="+", default=plan.only, metavar="PATH", help="as /v1/agents/{agent_id}")
    parser.add_argument("--release", action="store_true", help="write v1.json anew, and try nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
