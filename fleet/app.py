"""The composition root: the only file that knows every floor."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_migrate import Migrate
from htmx_flask import Htmx

from fleet import bus, db, paths
from fleet.config import Settings
from fleet.jobs.loops import Chore, Jobs
from fleet.jobs.notices import Notices
from fleet.models import audit as audit_log
from fleet.models import change
from fleet.models.agent.json_pages import Shown
from fleet.shutdown import on_stop
from fleet.web.account.passwords import passwords
from fleet.web.account.views import account
from fleet.web.activity.views import activity
from fleet.web.agents.answers import answers
from fleet.web.agents.bulk_commands import bulk_commands
from fleet.web.agents.bulk_deletions import bulk_deletions
from fleet.web.agents.bulk_tags import bulk_tags
from fleet.web.agents.commands import commands
from fleet.web.agents.dismissals import dismissals
from fleet.web.agents.enrolment_keys import enrolment_keys
from fleet.web.agents.enrolments import enrolments
from fleet.web.agents.events import events
from fleet.web.agents.heartbeats import heartbeats
from fleet.web.agents.keys import agent_keys
from fleet.web.agents.pages import agent_pages
from fleet.web.agents.pauses import pauses
from fleet.web.agents.todos import todos
from fleet.web.agents.views import agents
from fleet.web.audit.exports import audit_exports
from fleet.web.audit.verifications import Verifier, audit_verifications
from fleet.web.audit.views import audit
from fleet.web.framework import method_override
from fleet.web.framework.application import Application
from fleet.web.framework.messages import Request
from fleet.web.framework.proxies import Proxies
from fleet.web.live.feed import Feed
from fleet.web.live.response import Streams
from fleet.web.live.seats import Seats
from fleet.web.notices.channel_tests import notice_tests
from fleet.web.notices.channels import notice_channels
from fleet.web.notices.keys import notice_keys
from fleet.web.notices.kinds import notice_kinds
from fleet.web.notices.pages import notice_pages
from fleet.web.notices.pickups import notice_pickups
from fleet.web.notices.quiet_hours import quiet_hours
from fleet.web.notices.views import notices
from fleet.web.overview.fleet_status import fleet
from fleet.web.overview.views import overview
from fleet.web.pages import errors, jinja
from fleet.web.palette.views import search
from fleet.web.people.links import person_links
from fleet.web.people.views import people
from fleet.web.security import authentication, origins, rate_limits, refusals
from fleet.web.sessions.login import sessions
from fleet.web.sessions.views import devices
from fleet.web.stops.pages import stop_pages
from fleet.web.stops.views import stops
from fleet.web.streams.changes import stream
from fleet.web.streams.pages import live
from fleet.web.streams.tickets import stream_tickets
from fleet.web.system import metrics
from fleet.web.system.health import health
from fleet.web.system.views import system
from fleet.web.tasks.claims import task_claims
from fleet.web.tasks.endings import task_endings
from fleet.web.tasks.exports import task_exports
from fleet.web.tasks.form_pages import task_form_pages
from fleet.web.tasks.views import tasks
from fleet.web.tokens.views import tokens

# The same views for people and for programs (design.md, "One blueprint, three answers").
SHARED: dict[str, tuple[Blueprint, ...]] = {
    "/agents": (
        agents,
        todos,
        commands,
        events,
        answers,
        dismissals,
        bulk_commands,
        bulk_tags,
        bulk_deletions,
        agent_keys,
        pauses,
    ),
    "/tasks": (tasks, task_claims),
    "/stops": (stops,),
    "/people": (people, person_links),
    "/tokens": (tokens,),
    "/sessions": (devices,),
    "/account": (account, passwords, quiet_hours),
    "/notice-channels": (notice_channels, notice_kinds, notice_keys, notice_tests, notice_pickups),
    "/notices": (notices,),
    "/audit": (audit, audit_verifications),
    "/system": (system,),
    "": (enrolment_keys,),
}
PAGES: dict[str, tuple[Blueprint, ...]] = {
    "": (overview, activity, search, sessions, live, health, task_exports, audit_exports),
    "/account": (notice_pages,),
    "/agents": (agent_pages,),
    "/tasks": (task_form_pages,),
    "/stops": (stop_pages,),
}
API: dict[str, tuple[Blueprint, ...]] = {
    "/v1": (stream, stream_tickets, enrolments),
    "/v1/agents": (heartbeats,),
    "/v1/tasks": (task_endings,),
    "/v1/fleet": (fleet,),
}


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
    )
    wake = bus.connect(settings.bus)
    db.init_app(app, settings.database_url, change.append, wake.publish, audit_log.append)
    Migrate(app, db.db, directory=str(paths.migrations()))
    Htmx(app)
    app.request_class = Request  # ours is made of the one that Htmx has set
    jinja.init_app(app, settings.base_path)
    metrics.init_app(app)
    origins.init_app(app)
    method_override.init_app(app)
    authentication.init_app(app)
    errors.init_app(app)
    refusals.init_app(app)
    rate_limits.init_app(app, settings)
    mount(app)
    through = Proxies(app.wsgi_app, settings.trusted_proxies, settings.base_path)
    app.wsgi_app = through  # type: ignore[method-assign]  # Flask's documented way
    app.extensions["fleet_agents_shown"] = Shown()
    app.extensions["fleet_feed"] = Feed(app, wake)
    app.extensions["fleet_streams"] = Streams(
        app.extensions["fleet_feed"], settings.worker_connections, Seats.of(settings)
    )
    refused = app.extensions["fleet_refusals"]
    counted = Chore("refusals", 15.0, refused.flush, last=lambda: refused.flush(everything=True))
    app.extensions["fleet_jobs"] = Jobs(app, settings, [counted])
    app.extensions["fleet_verifier"] = Verifier(app, settings)
    on_stop(app.extensions["fleet_feed"].close)
    on_stop(app.extensions["fleet_jobs"].stop)
    app.extensions["fleet_notices"] = Notices(app, settings, wake)
    on_stop(app.extensions["fleet_notices"].stop)
    return app


def mount(app: Flask) -> None:
    """Hang every blueprint where it belongs; under /v1 a second time with its own name."""
    for prefix, blueprints in (*SHARED.items(), *PAGES.items()):
        for blueprint in blueprints:
            app.register_blueprint(blueprint, url_prefix=prefix or None)
    for prefix, blueprints in SHARED.items():
        for blueprint in blueprints:
            app.register_blueprint(blueprint, url_prefix=f"/v1{prefix}", name=f"v1_{blueprint.name}")
    for prefix, blueprints in API.items():
        for blueprint in blueprints:
            app.register_blueprint(blueprint, url_prefix=prefix)
    app.register_blueprint(metrics.metrics)
    app.register_blueprint(heartbeats, url_prefix="/api/agents", name="v1_heartbeats")
    app.register_blueprint(audit_exports, url_prefix="/v1", name="v1_audit_exports")
