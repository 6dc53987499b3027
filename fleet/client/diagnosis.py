"""Why a server does not answer, in a sentence; whether it speaks http where https was asked for, or the other way round."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl

from fleet.client.address import Address

PATIENCE = 3.0  # seconds


def explained(address: Address, problem: Exception) -> str:
    """What went wrong with a connection, and what to do where that can be told. Asks the server once more."""
    url = address.url
    if isinstance(problem, ssl.SSLCertVerificationError):
        known = "SSL_CERT_FILE can name who signed it"
        return f"{url} has a certificate that is not good ({problem.verify_message}); {known}"
    if not isinstance(problem, ssl.SSLError | ConnectionError | http.client.HTTPException | TimeoutError):
        return f"{url} does not answer: {problem}"
    if address.secure and speaks_http(address):
        return f"{url} speaks http, not https: use {address.by('http')}"
    if not address.secure and speaks_tls(address):
        return f"{url} speaks https, not http: use {address.by('https')}"
    if isinstance(problem, http.client.BadStatusLine) and not isinstance(problem, ConnectionError):
        return f"{url} does not answer in HTTP"
    return f"{url} does not answer: {problem}"


def speaks_http(address: Address) -> bool:
    """Whether HTTP without TLS is understood there; no token is sent for that."""
    with contextlib.suppress(OSError), socket.create_connection((address.host, address.port), PATIENCE) as plain:
        plain.sendall(f"HEAD /health HTTP/1.1\r\nHost: {address.host}\r\nConnection: close\r\n\r\n".encode())
        return plain.recv(5) == b"HTTP/"
    return False


def speaks_tls(address: Address) -> bool:
    """Whether a TLS handshake goes well there; nothing is sent in it, so whose certificate it is does not matter."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    place = (address.host, address.port)
    with (
        contextlib.suppress(OSError),
        socket.create_connection(place, PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=address.host),
    ):
        return True
    return False
