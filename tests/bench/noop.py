"""A Flask application that does nothing, served exactly as Fleet is: `python -m tests.bench.noop PORT`.

It reads a body of JSON and answers with JSON; what Fleet does on top of that
is the difference between the two.
"""

from __future__ import annotations

import sys
from typing import Any

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()  # before everything else, as `fleet serve` has it

from flask import Flask, request

from fleet import logs
from fleet.config import load
from fleet.server.runner import listen, run


def application() -> Flask:
    """One route, no hooks."""
    app = Flask("noop")

    @app.post("/noop/<agent_id>")
    def noop(agent_id: str) -> dict[str, Any]:
        return {"id": agent_id, "heard": request.get_json()}

    return app


if __name__ == "__main__":
    logs.set_up("warn", dev=False)
    settings = load({"host": "127.0.0.1", "port": sys.argv[1]}, {})
    run(settings, listen(settings), application, lambda: None)
