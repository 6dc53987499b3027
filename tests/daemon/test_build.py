"""The one file that hosts get: the same bytes each time, and nothing else is needed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fleet import protocol
from fleet.daemon import build
from fleet.version import version
from tests.support.certificate import make_certificate
from tests.support.daemon_program import given, until
from tests.support.debian_roots import SUITES, python
from tests.support.link_server import Line, LinkServer

PARAMS = {"command": "echo hi", "timeout": 10}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "fleet-daemon"
    path.write_bytes(build.build().content)
    path.chmod(0o755)
    return path


def test_the_same_sources_give_the_same_bytes() -> None:
    first = build.build()
    build.build.cache_clear()

    assert build.build() == first
    assert hashlib.sha256(first.content).hexdigest() == first.sha256
    assert first.content.startswith(b"#!/usr/bin/env python3\n")


def test_it_holds_the_daemon_and_the_sans_io_part_of_websockets_with_its_licence_and_nothing_of_the_server() -> None:
    with zipfile.ZipFile(io.BytesIO(build.build().content)) as archive:
        names = archive.namelist()
        entries = archive.infolist()

    assert names == sorted(names)
    assert {"fleet/__init__.py", "fleet/protocol.py", "fleet/daemon/link.py", "__main__.py"} <= set(names)
    assert any(name.startswith("fleet/masking") for name in names)
    tops = {name.split("/")[1].removesuffix(".py") for name in names if name.startswith("fleet/")}
    assert tops == {"__init__", "protocol", "masking", "daemon"}
    assert "fleet/daemon/build.py" not in names
    assert "websockets/LICENSE" in names
    assert not [
        name for name in names if "speedups" in name or name.split("/")[1:2] in (["legacy"], ["asyncio"], ["sync"])
    ]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("number", SUITES)
def test_it_runs_alone_and_knows_who_it_is(program: Path, tmp_path: Path, number: str) -> None:
    done = subprocess.run(
        [*python(number, tmp_path), "-I", str(program), "version"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )

    assert (done.stdout, done.stderr) == (f"fleet-daemon {version()} {build.build().sha256}\n", "")


@pytest.mark.parametrize("number", SUITES)
def test_every_module_in_it_is_imported_out_of_it_and_out_of_the_standard_library_only(
    program: Path, tmp_path: Path, number: str
) -> None:
    code = (
        "import importlib, json, sys, zipfile\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "names = [n[:-3].replace('/', '.') for n in zipfile.ZipFile(sys.argv[1]).namelist() if n.endswith('.py')]\n"
        "for name in names:\n"
        "    if not name.endswith('__main__'):\n"
        "        importlib.import_module(name.replace('.__init__', ''))\n"
        "print(json.dumps({n: getattr(m, '__file__', None) or '' for n, m in sys.modules.items()}))\n"
    )
    done = subprocess.run(
        [*python(number, tmp_path), "-I", "-S", "-W", "error", "-c", code, str(program)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=60,
    )
    files = json.loads(done.stdout)
    ours = {name: file for name, file in files.items() if name.split(".")[0] in ("fleet", "websockets")}

    assert len(ours) > 30
    assert all(file.startswith(f"{program}/") for file in ours.values())
    assert not [name for name, file in files.items() if "site-packages" in file]


@pytest.mark.parametrize("number", SUITES)
def test_it_links_by_tls_and_runs_commands_in_each_python_that_hosts_have(
    program: Path, tmp_path: Path, number: str
) -> None:
    chain = make_certificate(tmp_path)
    said: list[Any] = []

    def behave(line: Line) -> None:
        hello = line.welcome(beat=0.5, metrics=5)
        line.until("beat")
        line.say({"type": "command", "id": "cmd_1", "seq": 1, "params": PARAMS, "expires_in": 60})
        chunk = next(message for message in iter(line.listen, None) if isinstance(message, bytes))
        line.say({"type": "want", "id": "cmd_1", "stdout": 3, "stderr": 0})
        ended = line.until("ended")
        line.say({"type": "forget", "id": "cmd_1"})
        said.extend([hello["python"], protocol.decode_chunk(chunk).data, ended["state"]])
        line.stay()

    server = LinkServer(behave, tls=chain)
    given(tmp_path / "etc" / "daemon.json", tmp_path, server.url, ca_file=str(chain[0]))
    process = subprocess.Popen(
        [*python(number, tmp_path), "-I", str(program), "run", "--config", str(tmp_path / "etc" / "daemon.json")],
        env={"PATH": "/usr/bin:/bin"},
        stderr=subprocess.PIPE,
        text=True,
    )
    with contextlib.suppress(AssertionError):  # its log tells more
        until(lambda: len(said) == 3 or process.poll() is not None)
    process.terminate()
    _, log = process.communicate(timeout=20)
    server.close()

    assert len(said) == 3, log
    assert said[0].startswith(f"{number}.")
    assert said[1:] == [b"hi\n", "succeeded"]
    assert process.returncode == 0, log
    assert "Traceback" not in log


def test_it_starts_by_its_own_first_line(program: Path, tmp_path: Path) -> None:
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    done = subprocess.run(
        [program, "version"], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )

    assert build.build().sha256 in done.stdout


def test_an_old_python_is_told_so_in_one_line() -> None:
    compile(build.START, "__main__.py", "exec")
    assert 'sys.exit("fleet-daemon: Python 3.9 or newer is needed' in build.START
