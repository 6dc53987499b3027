"""Prometheus's page: closed unless it was opened, and what stands in it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.serving import Served, served
from tests.support.tokens import browser, client, make_token


def numbers(text: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_is_closed_by_default(api: httpx.Client, server: Served) -> None:
    assert api.get("/metrics").status_code == 404
    with client(server) as stranger:
        assert stranger.get("/metrics").status_code == 404


def test_a_viewers_token_opens_it_and_nothing_else_does(tmp_path: Path) -> None:
    with served(tmp_path, "--log-level", "info", environment={"FLEET_METRICS": "token"}) as server:
        secret = make_token(server, "viewer").secret
        with (
            client(server) as stranger,
            client(server, "flt_wrong") as wrong,
            browser(server, secret) as cookie,
        ):
            assert [one.get("/metrics").status_code for one in (stranger, wrong)] == [401, 401]
            assert cookie.get("/metrics").status_code != 200
        with client(server, secret) as scraper:
            assert scraper.get("/v1/fleet/status").status_code == 200
            answer = scraper.get("/metrics")
    found = numbers(answer.text)
    assert answer.headers["Content-Type"].startswith("text/plain")
    label = "[('endpoint', 'fleet.status'), ('status', '2xx')]"
    assert found[f"fleet_request_seconds_count{label}"] == 1
    assert found["fleet_request_seconds_bucket[('endpoint', 'fleet.status'), ('le', '60.0'), ('status', '2xx')]"] == 1
    assert found["fleet_agents[('state', 'idle')]"] == 0
    assert found["fleet_write_batch_sum[]"] >= 1
    assert found["fleet_commit_seconds_count[]"] >= 1
    assert found["process_resident_memory_bytes[]"] > 10_000_000
    assert {"fleet_journal_head[]", "fleet_streams_open[]", "fleet_links_open[]"} <= set(found)
    assert secret not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Forwarded-Host"])
def test_loopback_means_this_machine_and_no_proxy_on_it(tmp_path: Path, header: str) -> None:
    with (
        served(tmp_path, "--log-level", "info", environment={"FLEET_METRICS": "loopback"}) as server,
        client(server) as stranger,
    ):
        assert stranger.get("/metrics").status_code == 200
        assert stranger.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
