"""Forwarded headers count from trusted proxies only, and base_path is nobody's business behind this."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.web.framework.proxies import Proxies

TRUSTED = ("10.0.0.0/8", "::1")


def seen(peer: str, headers: dict[str, str], trusted: tuple[str, ...] = TRUSTED, **more: str) -> dict[str, Any]:
    """What the application gets to see of such a request."""
    environ: dict[str, Any] = {
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "inside:8080",
        "PATH_INFO": "/agents",
        "SCRIPT_NAME": "",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    Proxies(lambda *_: [], trusted, more.get("base_path", "")).__call__(environ, None)
    return environ


SAID = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "fleet.example.com",
}


def test_a_trusted_proxy_is_believed() -> None:
    found = seen("10.1.2.3", SAID)

    assert found["REMOTE_ADDR"] == "203.0.113.7"
    assert (found["wsgi.url_scheme"], found["HTTP_HOST"]) == ("https", "fleet.example.com")


@pytest.mark.parametrize("trusted", [TRUSTED, ()])
def test_nobody_else_is_and_the_headers_go_no_further(trusted: tuple[str, ...]) -> None:
    found = seen("192.0.2.1", {**SAID, "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4"}, trusted)

    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"], found["HTTP_HOST"]) == (
        "192.0.2.1",
        "http",
        "inside:8080",
    )
    assert not [name for name in found if "FORWARDED" in name or "REAL_IP" in name]


@pytest.mark.parametrize(
    ("chain", "who"),
    [
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, nonsense", "10.1.2.3"),
        ("", "10.1.2.3"),
    ],
)
def test_who_asks_is_the_first_address_that_no_trusted_proxy_vouches_for(chain: str, who: str) -> None:
    assert seen("10.1.2.3", {"X-Forwarded-For": chain})["REMOTE_ADDR"] == who


def test_a_scheme_that_is_none_changes_nothing() -> None:
    assert seen("10.1.2.3", {"X-Forwarded-Proto": "javascript"})["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize(
    ("asked", "path"),
    [("/fleet/agents", "/agents"), ("/fleet", "/"), ("/agents", "/agents"), ("/fleeting", "/fleeting")],
)
def test_base_path_is_taken_off_whether_the_proxy_has_or_not(asked: str, path: str) -> None:
    environ: dict[str, Any] = {"PATH_INFO": asked}
    Proxies(lambda *_: [], (), "/fleet").__call__(environ, None)

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/fleet", path)
