"""A server of Fleet's around a small application: `python small_server.py [database]`, port 0."""

from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402  # patching comes first
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Iterator  # noqa: E402

import gevent  # noqa: E402
from flask import Flask, Response, request  # noqa: E402

from fleet import errors, logs, shutdown  # noqa: E402
from fleet.config import Settings, load  # noqa: E402
from fleet.environ import FAULT  # noqa: E402
from fleet.logs import WHO  # noqa: E402
from fleet.server import body_room, incoming  # noqa: E402
from fleet.server.lock import DatabaseLock  # noqa: E402
from fleet.server.runner import listen, run  # noqa: E402
from fleet.web.pages.errors import STATUS  # noqa: E402


def application() -> Flask:
    """Pages that answer at once, slowly, or never."""
    app = Flask(__name__)
    app.add_url_rule("/busy", view_func=busy)
    app.add_url_rule("/collected", view_func=collected)

    take_bodies(app)
    app.add_url_rule("/large", view_func=large)

    @app.get("/")
    def at_once() -> dict[str, object]:
        logs.begin_request()
        return {"pid": os.getpid(), "scheme": request.scheme}

    @app.get("/slow")
    def slow() -> str:
        gevent.sleep(0.5)
        return "done"

    @app.get("/stream")
    def stream() -> Response:
        def frames() -> Iterator[str]:
            yield ": open\n\n"
            while not shutdown.stopping.wait(0.2):
                yield ": still here\n\n"
            yield "data: bye\n\n"

        return Response(frames(), mimetype="text/event-stream")

    @app.get("/stuck")
    def stuck() -> Response:
        def frames() -> Iterator[str]:
            yield ": open\n\n"
            gevent.sleep(3600)

        return Response(frames(), mimetype="text/event-stream")

    return app


def take_bodies(app: Flask) -> None:
    """What Fleet's application does with what is no request, and a page that reads whatever is sent."""

    @app.before_request
    def refuse_what_is_no_request() -> None:
        if FAULT in request.environ:
            raise request.environ[FAULT]

    @app.errorhandler(errors.FleetError)
    def say(error: errors.FleetError) -> tuple[dict[str, object], int]:
        return {"error": {"code": error.code, "message": error.message}}, STATUS[type(error)]

    @app.get("/known")
    def known() -> dict[str, object]:
        request.environ[WHO] = "somebody"
        return {}

    @app.post("/body")
    def body() -> dict[str, object]:
        request.environ[WHO] = request.headers.get("X-Who", "somebody")
        return {"bytes": len(request.get_data())}

    @app.post("/strangers")
    def strangers() -> dict[str, object]:
        return {"bytes": len(request.get_data())}


def large() -> bytes:
    """More than the sockets' buffers hold."""
    return b"x" * 50_000_000


def collected() -> dict[str, object]:
    """How much the collector passes over, and how much new there must be before it looks."""
    return {"spared": gc.get_freeze_count(), "new": gc.get_threshold()[0]}


def busy() -> str:
    """Some milliseconds in which nobody else is served."""
    return str(sum(range(500_000)))


def main() -> None:
    """Serve until a signal; the first line on stdout is the port."""
    settings: Settings = load(
        {"port": 0, "graceful_timeout": 1, "max_body": 100_000}, {"LOG_LEVEL": "warn", **os.environ}
    )
    if "SHORT_PATIENCE" in os.environ:  # a test need not wait as long as a server does
        incoming.PATIENCE, incoming.PATIENCE_WITH_STRANGERS = 3.0, 1.0
    if "BODY_ROOM" in os.environ:
        body_room.LEAST = body_room.STRANGERS_MOST = int(os.environ["BODY_ROOM"])
    logs.set_up(settings.log_level, dev=False)
    if len(sys.argv) > 1:
        DatabaseLock(load({"database": sys.argv[1]}, {}).sqlite_path or sys.exit(9)).acquire()
    sockets = listen(settings)
    shutdown.on_stop(lambda: print("hook", flush=True))
    port = sockets[0].getsockname()[1]
    run(settings, sockets, application, ready=lambda: print(port, flush=True))


main()
