"""Receivers for tests, on loopback: one that speaks HTTP and one that speaks SMTP, both told how to behave."""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

HANG = 0  # a status: take the request and never answer
DRIP = -1  # a status: answer well, but a byte at a time, for seconds


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What an HTTP receiver got, and what it answers: the next status or bytes of `plan`, else 200.

    After bytes it hangs up.
    """

    address: str = "127.0.0.1"
    port: int = 0
    tls: bool = False
    got: list[Got] = field(default_factory=list)
    plan: list[int | bytes] = field(default_factory=list)
    answer_headers: dict[str, str] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://{self.address}:{self.port}"


class Handler(BaseHTTPRequestHandler):
    """Answers as its receiver was told."""

    server: HttpServer

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        receiver.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status = receiver.plan.pop(0) if receiver.plan else 200
        if isinstance(status, bytes):
            self.wfile.write(status)
            self.close_connection = True
        elif status == HANG:
            receiver.closing.wait(60)
        elif status == DRIP:
            self.drip(receiver)
        else:
            self.answer(status, receiver.answer_headers)

    def answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def drip(self, receiver: Receiver) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
            self.wfile.write(bytes([letter]))
            receiver.closing.wait(0.1)

    def do_GET(self) -> None:
        self.server.receiver.got.append(Got(self.path, {}, b""))
        self.send_error(500)

    def log_message(self, *_: Any) -> None:
        return


class HttpServer(ThreadingHTTPServer):
    """A thread for each client; says nothing of those that hang up."""

    daemon_threads = True
    receiver: Receiver

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving(
    address: str = "127.0.0.1", port: int = 0, certificate: tuple[Any, Any] | None = None
) -> Iterator[Receiver]:
    """An HTTP receiver; over TLS with a certificate's and a key's file."""
    receiver = Receiver(address, tls=certificate is not None)
    server = HttpServer((address, port), Handler)
    server.receiver = receiver
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """What an SMTP server got, and how it behaves: `instead` is what it answers to a verb, or to a connection ("")."""

    port: int = 0
    said: list[str] = field(default_factory=list)
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuse: str = ""
    instead: dict[str, str] = field(default_factory=dict)
    context: ssl.SSLContext | None = None

    @property
    def encrypted(self) -> bool:
        """Whether the client went on in TLS before it said who it is."""
        verbs = [line.split()[0].upper() for line in self.said if line]
        return "STARTTLS" in verbs and verbs.index("STARTTLS") < verbs.index("MAIL")


class Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs that hands in a message."""

    server: SmtpServer
    ANSWERS: ClassVar = {"AUTH": "235 welcome", "MAIL": "250 ok", "QUIT": "221 bye"}

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say(self.server.box.instead.get("", "220 mail.test ESMTP"))
        sender, recipients = "", []
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.server.box.said.append(line)
            verb, _, rest = line.partition(" ")
            if verb == "STARTTLS":
                self.encrypt()
            elif verb.upper() == "MAIL":
                sender = rest
            elif verb.upper() == "RCPT":
                recipients.append(rest)
            elif verb.upper() == "DATA":
                self.server.box.mails.append((sender, recipients, self.data()))
            self.answer(verb.upper())

    def answer(self, verb: str) -> None:
        if verb in self.server.box.instead:
            self.say(self.server.box.instead[verb])
        elif verb.upper() == "EHLO":
            self.say("250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN")
        elif verb == "RCPT" and self.server.box.refuse:
            self.say(self.server.box.refuse)
        elif verb != "STARTTLS":
            self.say(self.ANSWERS.get(verb, "250 ok"))

    def encrypt(self) -> None:
        assert self.server.box.context is not None
        self.say("220 go ahead")
        self.connection = self.server.box.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]

    def data(self) -> bytes:
        self.say("354 go ahead")
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            data += self.rfile.readline()
        return data[:-3].replace(b"\r\n..", b"\r\n.")  # dots are doubled on the way (RFC 5321, 4.5.2)

    def finish(self) -> None:
        super().finish()
        self.connection.close()


class SmtpServer(socketserver.ThreadingTCPServer):
    """A thread for each client."""

    daemon_threads = True
    allow_reuse_address = True
    box: Mailbox

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def mail_server(certificate: tuple[Any, Any] | None = None) -> Iterator[Mailbox]:
    """An SMTP server; with a certificate it offers STARTTLS."""
    box = Mailbox()
    if certificate is not None:
        box.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        box.context.load_cert_chain(*certificate)
    server = SmtpServer(("127.0.0.1", 0), Smtp)
    server.box = box
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def eventually(look: Any, patience: float = 30.0) -> Any:
    """What `look` returns once that is true."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.02)
    return found
