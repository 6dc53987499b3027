"""A real nginx before Fleet, with everything of its own in one folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.serving import PATIENCE, free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 200; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}{tls};
    location /fleet/ {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      {headers}
    }}
  }}
}}
"""
USUAL = """
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;"""


def require() -> str:
    """Where nginx is; without it a test is skipped, except where CI promises that it is there."""
    if NGINX is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("nginx is not installed.")
    return NGINX


@contextmanager
def nginx(
    folder: Path,
    behind: int,
    *,
    certificate: tuple[Path, Path] | None = None,
    headers: str = USUAL,
    port: int | None = None,
) -> Iterator[int]:
    """Serve /fleet/ from the Fleet on port `behind`; gives the port of nginx."""
    program, port = require(), port or free_port()
    folder.mkdir()
    tls = ""
    if certificate is not None:
        tls = f" ssl; ssl_certificate {certificate[0]}; ssl_certificate_key {certificate[1]}"
    text = CONFIGURATION.format(folder=folder, port=port, behind=behind, headers=headers, tls=tls)
    if os.geteuid() == 0:
        text = f"user root;\n{text}"
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        deadline = time.monotonic() + PATIENCE
        while not listens(port):
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < deadline, "nginx does not listen"
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
