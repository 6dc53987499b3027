"""Which proxy the environment means, as curl and others read it."""

from __future__ import annotations

import pytest

from fleet.daemon import proxy
from fleet.daemon.address import Address
from fleet.daemon.errors import Trouble

FLEET = Address(True, "fleet.example.com", 443, "")


def test_the_proxy_of_the_scheme_is_taken_and_none_for_this_machine_itself() -> None:
    environ = {"HTTPS_PROXY": "http://secure:3128", "http_proxy": "http://plain:3128", "HTTP_PROXY": "http://no:1"}

    assert proxy.wanted(FLEET, environ) == proxy.Proxy("secure", 3128, None)
    assert proxy.wanted(FLEET._replace(secure=False), environ) == proxy.Proxy("plain", 3128, None)
    assert proxy.wanted(FLEET._replace(secure=False), {"HTTP_PROXY": "http://no:1"}) is None
    assert proxy.wanted(FLEET, {"all_proxy": "any:3128"}) == proxy.Proxy("any", 3128, None)
    assert proxy.wanted(FLEET._replace(host="localhost"), environ) is None
    assert proxy.wanted(FLEET, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.com"}) is None


@pytest.mark.parametrize(
    ("no_proxy", "passed"),
    [
        ("*", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("FLEET.example.com, other", True),
        ("fleet.example.com:443", True),
        ("fleet.example.com:8443", False),
        ("ample.com", False),
        ("fleet.example.com.evil.org", False),
        ("", False),
    ],
)
def test_no_proxy_names_hosts_and_what_is_below_them(no_proxy: str, passed: bool) -> None:
    assert proxy.passed_by(FLEET, no_proxy) is passed


@pytest.mark.parametrize(
    ("host", "no_proxy", "passed"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::1]:443", True),
        ("fleet.example.com", "10.0.0.0/8", False),
    ],
)
def test_no_proxy_names_addresses_and_networks(host: str, no_proxy: str, passed: bool) -> None:
    assert proxy.passed_by(FLEET._replace(host=host), no_proxy) is passed


@pytest.mark.parametrize("said", ["https://p:1", "socks5://p:1", "http://me:secret@:1", "http://p:secret"])
def test_a_proxy_that_cannot_be_used_is_refused_without_quoting_it(said: str) -> None:
    with pytest.raises(Trouble, match="HTTPS_PROXY") as caught:
        proxy.parse(said)
    assert "secret" not in str(caught.value)


def test_what_is_secret_of_a_proxy_is_known_in_each_form_in_which_it_may_turn_up() -> None:
    assert proxy.secrets("http://me:a%20b@p:1") == ["a%20b", "a b", "bWU6YSBi"]
    assert proxy.secrets("http://p:1") == proxy.secrets("") == []
