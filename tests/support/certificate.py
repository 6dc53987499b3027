"""A self-signed certificate for loopback, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make_certificate(folder: Path, days: int = 30) -> tuple[Path, Path]:
    """The certificate's and the key's file."""
    chain, key = folder / "cert.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,DNS:fleet.test,IP:127.0.0.1",
        "-days",
        str(days),
        "-keyout",
        str(key),
        "-out",
        str(chain),
    ]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    return chain, key
