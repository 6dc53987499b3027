"""Every blueprint and where it hangs; each noun's package offers its own."""

from __future__ import annotations

from flask import Blueprint, Flask

from fleet.parts import parts_of
from fleet.web import (
    account,
    activity,
    agents,
    audit,
    deployments,
    hosts,
    link,
    notices,
    openapi,
    overview,
    palette,
    people,
    published,
    sessions,
    stops,
    streams,
    system,
    tasks,
    tokens,
)

Mounts = dict[str, tuple[Blueprint, ...]]
# The same views for people and, under /v1, for programs (design.md, "One blueprint, three answers").
SHARED: Mounts = {
    "/agents": agents.SHARED,
    "/tasks": tasks.SHARED,
    "/stops": stops.SHARED,
    "/people": people.SHARED,
    "/tokens": tokens.SHARED,
    "/sessions": sessions.SHARED,
    "/account": (*account.SHARED, *notices.QUIET_HOURS),
    "/notice-channels": notices.CHANNELS,
    "/notices": notices.NOTICES,
    "/audit": audit.SHARED,
    "/system": system.SHARED,
    "": (*agents.ENROLMENT_KEYS, *deployments.SHARED),
}
PAGES: Mounts = {
    "": (
        *overview.PAGES,
        *activity.PAGES,
        *palette.PAGES,
        *sessions.PAGES,
        *streams.PAGES,
        *system.HEALTH,
        *openapi.PAGES,
        *tasks.EXPORTS,
        *audit.EXPORTS,
    ),
    "/account": notices.PAGES,
    "/hosts": hosts.PAGES,
    "/agents": agents.PAGES,
    "/tasks": tasks.FORMS,
    "/stops": stops.PAGES,
}
API: Mounts = {
    "/v1": (*streams.API, *agents.ENROLMENTS, *link.API),
    "/v1/agents": (*agents.HEARTBEATS, *agents.OF_HOSTS),
    "/v1/tasks": tasks.ENDINGS,
    "/api/agents": (*published.HOSTS, *published.FILES),
    "/v1/fleet": overview.FLEET_STATUS,
}
# The same endpoint at a second place.
AGAIN: Mounts = {"/api/agents": agents.HEARTBEATS, "/v1": audit.EXPORTS, "/v1/agents": published.FILES}


def mount(app: Flask) -> None:
    """Hang every blueprint where it belongs; at a second place with its own name, `v1_` before the first."""
    for mounts, name in ((SHARED, "{}"), (PAGES, "{}"), (API, "{}"), (AGAIN, "v1_{}")):
        for prefix, blueprints in mounts.items():
            for blueprint in blueprints:
                app.register_blueprint(blueprint, url_prefix=prefix or None, name=name.format(blueprint.name))
    parts_of(app).add(hosts.HOST_PAGES)
    for prefix, blueprints in SHARED.items():
        for blueprint in blueprints:
            app.register_blueprint(blueprint, url_prefix=f"/v1{prefix}", name=f"v1_{blueprint.name}")
