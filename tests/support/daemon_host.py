"""A host with its real daemon, as a process, at a real Fleet."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.support.api import good
from tests.support.daemon_program import CHECKOUT, PROGRAM, until


class RealHost:
    """`logs` may be read, `up` is the upload folder, `more` may be written to."""

    def __init__(self, api: httpx.Client, folder: Path, **settings: Any) -> None:
        self.api = api
        self.folder = folder
        self.logs, self.up, self.more = folder / "logs", folder / "up", folder / "more"
        for place in (self.logs, self.more):
            place.mkdir(parents=True, exist_ok=True)
        self.config = folder / "etc" / "daemon.json"
        without = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self._environment = {**without, "PYTHONPATH": str(CHECKOUT)}
        self._process: subprocess.Popen[bytes] | None = None
        self.id = self._enrol(settings)

    def _enrol(self, settings: Any) -> str:
        key = good(self.api.post("/v1/enrolment-keys", json={}))["key"]
        arguments = ["enrol", "--url", str(self.api.base_url).rstrip("/"), "--state", str(self.folder / "state")]
        done = subprocess.run(
            [*PROGRAM, *arguments, "--key-stdin", "--config", str(self.config)],
            input=f"{key}\n",
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
            timeout=60,
        )
        found = re.search(r"agt_\w+", done.stdout)
        assert found is not None, done.stderr
        said = json.loads(self.config.read_text())
        places = {
            "read_roots": [str(self.logs)],
            "write_roots": [str(self.more)],
            "upload_folder": str(self.up),
        }
        self.config.write_text(json.dumps(said | places | settings))
        return found[0]

    @property
    def pid(self) -> int:
        """The daemon's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        """Where its files are."""
        return f"/api/agents/{self.id}/files"

    def start(self) -> RealHost:
        """Run the daemon, and wait until it is connected."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*PROGRAM, "run", "--config", str(self.config)], stderr=log, env=self._environment
            )
        until(self.is_online)
        return self

    def is_online(self) -> bool:
        """True while its link is there."""
        return self.api.head(self.url, params={"path": "/none"}).status_code != 409

    def stop(self) -> None:
        """End the daemon."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def left(self) -> list[str]:
        """What lies in the folders that may be written to."""
        return sorted(str(path) for place in (self.up, self.more) if place.exists() for path in place.rglob("*"))


@contextlib.contextmanager
def real_host(api: httpx.Client, folder: Path, **settings: Any) -> Iterator[RealHost]:
    """A host whose daemon runs, until the end."""
    host = RealHost(api, folder, **settings)
    try:
        yield host.start()
    finally:
        host.stop()
