"""`GET /metrics` for Prometheus: closed unless the setting `metrics` opens it.

Requests are counted with plain numbers; prometheus_client's own counters take
a lock each time. Its library writes the text, when somebody scrapes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, Flask, g, request
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select

from fleet.db import db, writer
from fleet.db.long_reads import long
from fleet.errors import NotFound
from fleet.links import Links
from fleet.models import agent, journal
from fleet.models.task.record import TASKS
from fleet.parts import parts_of, the
from fleet.tally import Histogram
from fleet.web.framework.current import the_settings
from fleet.web.framework.messages import Response
from fleet.web.http.respond import json_response
from fleet.web.live.response import Streams
from fleet.web.pages.errors import error_body
from fleet.web.security.authentication import refusal
from fleet.web.security.networks import from_loopback

metrics = Blueprint("metrics", __name__)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Requests:
    """The requests of this process, by endpoint and class of status."""

    def __init__(self) -> None:
        self.latency: dict[tuple[str, int], Histogram] = {}

    def begin(self) -> None:
        """Look at the clock."""
        g.began = time.perf_counter()

    def end(self, response: Response) -> Response:
        """Count the request; for a stream the time until it was opened."""
        key = (request.endpoint or "none", response.status_code // 100)
        histogram = self.latency.get(key)
        if histogram is None:
            histogram = self.latency[key] = Histogram(SECONDS)
        histogram.observe(time.perf_counter() - g.began)
        return response


def init_app(app: Flask) -> None:
    """Count requests, if anybody may read the numbers; call it before other hooks are registered."""
    if app.config["FLEET"].metrics == "off":
        return
    requests = parts_of(app).add(Requests())
    app.before_request(requests.begin)
    app.after_request(requests.end)


@metrics.get("/metrics")
def show() -> Response:
    """The numbers, in Prometheus's text format."""
    setting = the_settings().metrics
    if setting == "token" and (g.identity is None or g.credential[0] != "token"):
        # A scraper is told 401, and not shown the way to the login page.
        return json_response(error_body(refusal(request)), 401, {"WWW-Authenticate": 'Bearer realm="fleet"'})
    if setting == "off" or (setting == "loopback" and not from_loopback(request)):
        raise NotFound("NOT_FOUND", "There is nothing here.")
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Fleet())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Fleet:
    """Collects the numbers at the moment of a scrape."""

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        yield from self._requests()
        yield from self._writer()
        yield from self._database()
        streams = the(Streams)
        yield gauge("fleet_streams_open", "Streams that are open", len(streams))
        yield gauge("fleet_links_open", "Hosts that are connected to this process", len(the(Links)))

    def _requests(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(
            "fleet_request_seconds", "Time to answer a request", labels=("endpoint", "status")
        )
        counted = the(Requests)
        for (endpoint, status), latency in counted.latency.items():
            family.add_metric((endpoint, f"{status}xx"), latency.buckets(), latency.sum)
        yield family

    def _writer(self) -> Iterator[Metric]:
        meter = writer().meter
        for name, help_text, numbers in (
            ("fleet_write_batch", "Writes that shared a commit; its sum is all writes", meter.batches),
            ("fleet_commit_seconds", "Time for a durable commit", meter.commits),
        ):
            yield HistogramMetricFamily(name, help_text, buckets=numbers.buckets(), sum_value=numbers.sum)

    def _database(self) -> Iterator[Metric]:
        with db.engine.connect() as connection:
            journal_row = journal.state(connection)
            states = agent.counts_by_state(connection, agent.Filter(kind="coding"))
            by_status = long(select(TASKS.c.status, func.count()).group_by(TASKS.c.status))
            statuses = connection.execute(by_status).all()
        yield gauge("fleet_journal_head", "Number of the newest change", journal_row.head)
        yield gauge("fleet_journal_floor", "Number up to which changes were pruned", journal_row.floor)
        yield labelled("fleet_agents", "Agents by state", "state", states.items())
        yield labelled("fleet_tasks", "Tasks by status", "status", [(row[0], row[1]) for row in statuses])


def gauge(name: str, help_text: str, value: float) -> Metric:
    """A single number."""
    return GaugeMetricFamily(name, help_text, value=value)


def labelled(name: str, help_text: str, label: str, values: Iterable[tuple[Any, int]]) -> Metric:
    """A number for each value of one label."""
    family = GaugeMetricFamily(name, help_text, labels=(label,))
    for key, value in values:
        family.add_metric((str(key),), value)
    return family
