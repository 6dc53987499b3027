"""The composition root: the only file that knows every floor."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate
from htmx_flask import Htmx

from fleet import bus, db, paths
from fleet.config import Settings
from fleet.jobs.loops import Chore, Jobs
from fleet.jobs.notices import Notices
from fleet.models import audit as audit_log
from fleet.models import journal
from fleet.models.agent.json_pages import JsonPages
from fleet.parts import parts_of
from fleet.shutdown import on_stop
from fleet.web import routes
from fleet.web.audit.verifications import Verifier
from fleet.web.deployments.processes import Processes
from fleet.web.framework import method_override
from fleet.web.framework.application import Application
from fleet.web.framework.messages import Request
from fleet.web.framework.proxies import Proxies
from fleet.web.link import sock
from fleet.web.link.daemons import Daemons
from fleet.web.live.expected import Expected
from fleet.web.live.feed import Feed
from fleet.web.live.followers import Followers
from fleet.web.live.response import Streams
from fleet.web.live.seats import Seats
from fleet.web.live.snapshots import Snapshots
from fleet.web.pages import errors, jinja
from fleet.web.security import authentication, origins, rate_limits, refusals
from fleet.web.security.refusals import Refusals
from fleet.web.streams.rendering import Rendering
from fleet.web.system import metrics
from fleet.web.system.engine import EVERY, Engine
from fleet.web.tasks.waiting_room import WaitingRoom


def create_app(settings: Settings) -> Flask:
    """The application for `settings`; its database must be at the code's revision."""
    app = Application(
        "fleet",
        template_folder=str(paths.templates()),
        static_folder=str(paths.static()),
        static_url_path="/static",
    )
    app.config.update(
        FLEET=settings,
        MAX_CONTENT_LENGTH=settings.max_body,
        MAX_FORM_MEMORY_SIZE=settings.max_body,
        MAX_FORM_PARTS=origins.FIELDS_MOST,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        SOCK_SERVER_OPTIONS=sock.OPTIONS,
    )
    wake = bus.connect(settings.bus)
    db.init_app(app, settings.database_url, journal.append, wake.publish, audit_log.append)
    Migrate(app, db.db, directory=str(paths.migrations()))
    Htmx(app)
    app.request_class = Request  # ours is made of the one that Htmx has set
    jinja.init_app(app, settings.base_path, dev=settings.dev)
    metrics.init_app(app)
    origins.init_app(app)
    authentication.init_app(app)
    method_override.init_app(app)  # which reads a form: nobody's is read before he is counted
    app.before_request(authentication.admit)
    errors.init_app(app)
    refusals.init_app(app)
    rate_limits.init_app(app, settings)
    routes.mount(app)
    through = Proxies(app.wsgi_app, settings.trusted_proxies, settings.base_path)
    app.wsgi_app = through  # type: ignore[method-assign]  # Flask's documented way
    furnish(app, settings, wake)
    return app


def furnish(app: Flask, settings: Settings, wake: bus.Bus) -> None:
    """Give the application the parts that it keeps, and end them when the server stops."""
    parts = parts_of(app)
    for part in (JsonPages(), Rendering(app), Verifier(app, settings)):
        parts.add(part)
    feed = parts.add(Feed(app, wake))
    followers = parts.add(Followers())
    parts.add(Snapshots(followers))
    waiting = parts.add(WaitingRoom(app, wake))
    parts.add(Streams(feed, followers, settings.worker_connections, Seats.of(settings)))
    daemons = parts.add(Daemons(app, settings, wake))
    parts.add(Expected())
    parts.add(Processes())
    refused = parts.get(Refusals)
    counted = Chore("refusals", 15.0, refused.flush, last=lambda: refused.flush(everything=True))
    engine = parts.add(Engine())
    looking = Chore("docker engine", EVERY, engine.look)
    of_daemons = [Chore(name, every, act) for name, every, act in daemons.chores()]
    jobs = parts.add(Jobs(app, settings, [counted, looking, *of_daemons], daemons.linked))
    notices = parts.add(Notices(app, settings, wake))
    for stop in (waiting.close, daemons.stop, feed.close, jobs.stop, notices.stop):
        on_stop(stop)
