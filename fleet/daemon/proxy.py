"""The way out through an HTTP proxy: which one, and its CONNECT (RFC 9110, 9.3.6)."""

from __future__ import annotations

import base64
import ipaddress
import os
import socket
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import unquote, urlsplit

from fleet.daemon.address import Address, is_loopback
from fleet.daemon.deadline import Deadline
from fleet.daemon.errors import Broken, Trouble, Unreachable, Walled

HEAD_LONGEST = 1 << 14


class Proxy(NamedTuple):
    """A proxy, and how it knows us: `authorization` is the header's value, and a secret."""

    host: str
    port: int
    authorization: Optional[str]

    @property
    def name(self) -> str:
        """For people, without name and password."""
        return f"{self.host}:{self.port}"


def wanted(address: Address, environ: Optional[Mapping[str, str]] = None) -> Optional[Proxy]:
    """The proxy that the environment names for an address, None for the straight way. Raises Trouble.

    Never for loopback. HTTP_PROXY in capitals is not looked at, as elsewhere: a web server makes it of a header.
    """
    environ = os.environ if environ is None else environ
    names = ("https_proxy", "HTTPS_PROXY") if address.secure else ("http_proxy",)
    said = next((environ[name] for name in (*names, "all_proxy", "ALL_PROXY") if environ.get(name)), "")
    if not said or is_loopback(address.host):
        return None
    if passed_by(address, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return None
    return parse(said)


def parse(said: str) -> Proxy:
    """The proxy in a URL. Raises Trouble, which quotes nothing of it: it may hold a password."""
    try:
        parts = urlsplit(said if "://" in said else f"http://{said}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Trouble("HTTPS_PROXY is not an address such as http://proxy.example.com:3128.") from error
    if parts.scheme != "http" or not host:
        raise Trouble("HTTPS_PROXY has to be like http://proxy.example.com:3128: proxies are spoken to by http only.")
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    return Proxy(host, port or 80, authorization)


def secrets(said: str) -> List[str]:
    """What must never be written down of a proxy's URL: the password, as it is typed and as it is sent."""
    try:
        parts = urlsplit(said if "://" in said else f"http://{said}")
    except ValueError:
        return [said] if said else []
    if not parts.password:
        return []
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password)}"
    return [parts.password, unquote(parts.password), base64.b64encode(pair.encode()).decode("ascii")]


def passed_by(address: Address, no_proxy: str) -> bool:
    """True when NO_PROXY names the address: `*`, a name and what is below it, an address, a network, with a port."""
    for each in no_proxy.lower().replace(",", " ").split():
        name, colon, port = each.rpartition(":")
        if colon and port.isdigit() and (name.count(":") == 0 or name.endswith("]")):
            if int(port) != address.port:
                continue
            each = name.strip("[]")  # noqa: PLW2901  # without its port it is like any other
        if each == "*" or _in_network(address.host, each):
            return True
        bare = each.lstrip("*").lstrip(".")
        if bare and (address.host == bare or address.host.endswith(f".{bare}")):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def tunnel(sock: socket.socket, proxy: Proxy, address: Address, deadline: Deadline) -> None:
    """Have the proxy connect to the server. Raises Unreachable, Walled, Broken."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    head = f"CONNECT {host}:{address.port} HTTP/1.1\r\nHost: {host}:{address.port}\r\n"
    if proxy.authorization:
        head += f"Proxy-Authorization: {proxy.authorization}\r\n"
    deadline.apply(sock)
    sock.sendall(f"{head}\r\n".encode("ascii"))
    status = _status(_head(sock, deadline))
    if status == 407:
        raise Unreachable(
            f"The proxy {proxy.name} wants another name and password: put them into HTTPS_PROXY as"
            " http://name:password@host:port."
        )
    if not 200 <= status < 300:
        # A request of its own would go by CONNECT too where there is TLS; without, proxies have another way for it.
        refusal = Unreachable if address.secure else Walled
        raise refusal(f"The proxy {proxy.name} does not connect to {address.name}: HTTP {status}.")


def in_plain(address: Address, path: str) -> Tuple[str, Dict[str, str]]:
    """What a request without a tunnel asks for, and its headers for the proxy: the whole address, where there is one."""
    proxy = None if address.secure else wanted(address)
    if proxy is None:
        return path, {}
    known = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
    return f"http://{address.name}{path}", known


def _head(sock: socket.socket, deadline: Deadline) -> bytes:
    """The answer's head, and nothing behind it: that belongs to the server."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        deadline.apply(sock)
        piece = sock.recv(1)
        if not piece:
            raise Broken("the proxy hung up")
        head += piece
        if len(head) > HEAD_LONGEST:
            raise Broken("the proxy's answer is too long")
    return head


def _status(head: bytes) -> int:
    words = head.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise Broken("the proxy does not speak HTTP")
    return int(words[1])
