"""A connection to the server: names looked up, several addresses tried, through a proxy, verified.

All of it blocks, for as long as its deadline at most (a look-up of a name for as long as the system lets it): it
runs in a thread of its own, see `aside`. Nothing else is done there, and the loop goes on meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import ssl
import time
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from fleet.daemon import proxy as proxies
from fleet.daemon.address import Address
from fleet.daemon.deadline import TIMEOUTS, Deadline
from fleet.daemon.errors import Broken, Trouble, Unreachable

# Seconds from one address to the next while the first has not answered (RFC 8305, 5: happy eyeballs).
STAGGER = 0.25
ADDRESSES_MOST = 16

Target = Tuple[socket.AddressFamily, Tuple[object, ...]]


def connect(address: Address, ca_file: Optional[Path], deadline: Deadline, by_request: bool = False) -> socket.socket:
    """A socket that speaks with the server, in TLS where it is wanted. Raises Trouble, Unreachable, Walled, Broken.

    `by_request`: a proxy on a way without TLS is spoken with itself (RFC 9112, 3.2.2), as `proxy.in_plain` says.
    """
    proxy = proxies.wanted(address)
    host, port = (proxy.host, proxy.port) if proxy else (address.host, address.port)
    sock = _race(_look_up(host, port), deadline, proxy.name if proxy else address.name)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy and not (by_request and not address.secure):
            proxies.tunnel(sock, proxy, address, deadline)
        return _secured(sock, address, ca_file, deadline) if address.secure else sock
    except TIMEOUTS as error:
        sock.close()
        raise Broken(f"{address.name} did not answer in time") from error
    except OSError as error:
        sock.close()
        raise Broken(f"{address.name} hung up: {words(error)}") from error
    except BaseException:
        sock.close()
        raise


def _look_up(host: str, port: int) -> List[Target]:
    """The addresses of a host, the families in turn, the system's first choice first."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} has no address: {words(error)}.") from error
    ordered: Dict[socket.AddressFamily, List[Target]] = {}
    for family, _, _, _, target in found:
        ordered.setdefault(family, []).append((family, tuple(target)))
    queues = list(ordered.values())
    turns = [queue[turn] for turn in range(max(map(len, queues))) for queue in queues if turn < len(queue)]
    return turns[:ADDRESSES_MOST]


def _race(targets: List[Target], deadline: Deadline, name: str) -> socket.socket:
    """The first connection that comes about; the next address is tried when one refuses, or is slow."""
    waiting, why = list(targets), "nobody answers"
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as losers:
        next_at = time.monotonic()
        while waiting or selector.get_map():
            if waiting and time.monotonic() >= next_at:
                sock, error = _begin(waiting.pop(0))
                why = words(error) if error else why
                if sock is None:
                    continue
                losers.callback(sock.close)
                selector.register(sock, selectors.EVENT_WRITE, losers)
                next_at = time.monotonic() + STAGGER
            for key, _ in selector.select(_patience(deadline, next_at if waiting else None, name)):
                ready = key.fileobj
                assert isinstance(ready, socket.socket)
                selector.unregister(ready)
                code = ready.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    # A second descriptor, since all of the first ones are closed on the way out.
                    return ready.dup()
                why, next_at = os.strerror(code), 0.0
    raise Unreachable(f"{name} cannot be reached: {why}.")


def _begin(target: Target) -> Tuple[Optional[socket.socket], Optional[OSError]]:
    family, place = target
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        return None, error
    sock.setblocking(False)
    code = sock.connect_ex(place)
    if code in (0, errno.EINPROGRESS):
        return sock, None
    sock.close()
    return None, OSError(code, os.strerror(code))


def _patience(deadline: Deadline, next_at: Optional[float], name: str) -> float:
    try:
        left = deadline.left()
    except TimeoutError as error:
        raise Unreachable(f"{name} cannot be reached: nobody answers.") from error
    return left if next_at is None else min(left, max(0.0, next_at - time.monotonic()))


def _secured(sock: socket.socket, address: Address, ca_file: Optional[Path], deadline: Deadline) -> socket.socket:
    context = verifying_context(ca_file)
    deadline.apply(sock)
    try:
        return context.wrap_socket(sock, server_hostname=address.host)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            f"{address.name} shows a certificate that is not trusted ({error.verify_message or error.reason}): name"
            ' the authority in "ca_file", or mend the certificate. It is never passed over.'
        ) from error
    except ssl.SSLError as error:
        raise Broken(f"{address.name} does not speak TLS as it should: {error.reason or error}") from error


def verifying_context(ca_file: Optional[Path]) -> ssl.SSLContext:
    """TLS that checks name and chain; `ca_file` stands in place of the system's authorities. Raises Trouble."""
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ValueError) as error:
        raise Trouble(f"{ca_file} holds no certificates that can be read: {words(error)}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def words(error: BaseException) -> str:
    """The system's own words, without its numbers."""
    said = getattr(error, "strerror", None)
    return said if isinstance(said, str) and said else str(error) or type(error).__name__
