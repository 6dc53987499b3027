"""Running the real program against a served Fleet."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 60


@dataclass
class Program:
    """`fleet`, in a folder of its own, with the server's address and token in its environment."""

    folder: Path
    url: str = ""
    token: str = ""
    command: list[str] = field(default_factory=lambda: [sys.executable, "-m", "fleet"])

    @property
    def environment(self) -> dict[str, str]:
        """As a person's shell has it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}
        given = {"FLEET_URL": self.url, "FLEET_TOKEN": self.token, "HOME": str(self.folder)}
        checkout = str(Path(__file__).parents[2])
        return kept | {name: value for name, value in given.items() if value} | {"PYTHONPATH": checkout}

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self.command, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=self.environment | environment,
            timeout=PATIENCE,
        )

    def says(self, *arguments: str, stdin: str = "") -> str:
        """What a command that goes well prints."""
        ended = self.run(*arguments, stdin=stdin)
        assert ended.returncode == 0, ended.stderr
        assert "Traceback" not in ended.stderr
        return ended.stdout

    def gives(self, *arguments: str) -> Any:
        """The JSON that a command prints with --json."""
        return json.loads(self.says(*arguments, "--json"))

    def fails(self, code: int, *arguments: str, **environment: str) -> str:
        """What a command that ends with `code` says on standard error."""
        ended = self.run(*arguments, **environment)
        assert ended.returncode == code, f"{ended.returncode}: {ended.stdout}{ended.stderr}"
        assert "Traceback" not in ended.stderr
        return ended.stderr

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        """A line of a shell's, with `fleet` for the program."""
        return subprocess.run(
            ["bash", "-c", re.sub(r"\bfleet ", " ".join(self.command) + " ", line)],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
        )

    def on_a_terminal(self, *words: str, **environment: str) -> str:
        """What a command writes on a terminal of 60 columns."""
        ours, theirs = pty.openpty()
        try:
            subprocess.run(
                [*self.command, *words],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                check=True,
                cwd=self.folder,
                env=self.environment | {"COLUMNS": "60", "TERM": "xterm"} | environment,
                timeout=PATIENCE,
            )
            return os.read(ours, 65536).decode()
        finally:
            os.close(ours)
            os.close(theirs)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on while the test does something; killed afterwards if it still runs."""
        process = subprocess.Popen(
            [*self.command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
            bufsize=1,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()


def interrupt(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Press Ctrl-C; the exit code and what else was said."""
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, output, errors
