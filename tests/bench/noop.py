"""A Flask application that does nothing, as gunicorn's own gevent worker serves it.

It reads a body of JSON and answers with JSON; what Fleet does on top of that
is the difference between the two. `python -m tests.bench.noop PORT`.
"""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask, request
from gunicorn.app.wsgiapp import WSGIApplication

app = Flask("noop")


@app.post("/noop/<agent_id>")
def noop(agent_id: str) -> dict[str, Any]:
    """One route, no hooks."""
    return {"id": agent_id, "heard": request.get_json()}


if __name__ == "__main__":
    # One worker, as Fleet has it, and the same patience with kept-alive connections; no log of requests.
    options = ["--workers=1", "--worker-class=gevent", "--keep-alive=75", "--no-control-socket"]
    sys.argv[1:] = [f"--bind=127.0.0.1:{sys.argv[1]}", *options, "tests.bench.noop:app"]
    WSGIApplication("%(prog)s", prog="gunicorn").run()
