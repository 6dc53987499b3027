"""Typing what a document shows: its commands, a checkout as a clone has it, and a shell that keeps its variables."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sysconfig
import threading
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).parents[2]
LEFT_OUT = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "*.db", "*.db[-.]*", "test-results")
MARK = "typed-and-ended-with"
PATIENCE = 90  # seconds that a command may take on a slow machine


def sections(document: str) -> dict[str, str]:
    """The text under each heading of the second level."""
    _, *parts = re.split(r"^## (.+)$", document, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def commands(text: str) -> list[str]:
    """The commands in a text's blocks for a shell, in order; each with all its lines, without a comment's."""
    typed, command = [], ""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            command = f"{command}\n{line}" if command else line
            if complete(command):
                typed.append(re.sub(r" +# .*$", "", command))
                command = ""
        assert not command, f"a shell would wait for more:\n{command}"
    return typed


def complete(command: str) -> bool:
    """True when a shell would not ask for another line."""
    if command.endswith("\\"):
        return False
    return subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False).returncode == 0


def clone(folder: Path) -> Path:
    """The checkout as somebody has just cloned it into `folder`, with packages at hand instead of a network.

    What `.ci/setup` installs is found in the running environment, whose own
    path files are not read: an editable installation of the checkout is not seen.
    """
    shutil.copytree(CHECKOUT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=folder, check=True)
    venv.create(folder / ".venv", symlinks=True)
    [packages] = folder.glob(".venv/lib/python3.*/site-packages")
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return folder


def environment(home: Path, **more: str) -> dict[str, str]:
    """A person's environment, with nothing of the tests' own."""
    path = [place for place in os.environ["PATH"].split(":") if not Path(place).is_relative_to(CHECKOUT)]
    return {"HOME": str(home), "PATH": ":".join(path), "PIP_NO_INDEX": "1", "LANG": "C.UTF-8", "no_proxy": "*", **more}


@contextmanager
def going_on(command: str, folder: Path, variables: Mapping[str, str], said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a terminal of its own, until Ctrl-C; what it says is in the file `said`."""
    with said.open("ab") as output:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


class Terminal:
    """A shell that is typed into; a variable that nobody has set is an error in it."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.type("set -u")

    @property
    def _input(self) -> IO[str]:
        assert self._shell.stdin
        return self._shell.stdin

    def type(self, command: str) -> str:
        """What a command says; fails when it does not end well, or not in time."""
        impatient = threading.Timer(PATIENCE, os.killpg, (self._shell.pid, signal.SIGKILL))
        impatient.start()
        try:
            return self._typed(command)
        finally:
            impatient.cancel()

    def _typed(self, command: str) -> str:
        self._input.write(f"{command}\nended=$?; echo; echo {MARK} $ended\n")
        self._input.flush()
        lines = []
        assert self._shell.stdout
        for line in self._shell.stdout:
            if line.startswith(MARK):
                assert line.split() == [MARK, "0"], f"{command}\n{''.join(lines)}{line}"
                return "".join(lines).removesuffix("\n")
            lines.append(line)
        raise AssertionError(f"the shell has ended:\n{command}\n{''.join(lines)}")

    def close(self) -> None:
        """End the shell, and what may still run in it."""
        with self._shell:  # closes both pipes
            os.killpg(self._shell.pid, signal.SIGKILL)
