"""`.ci/roots`: the Debian systems that tests run programs in are whole or not there, and made once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.debian_roots import CHECKOUT

# Stand for the programs that .ci/roots calls: what they are told is written down.
FAKES = {
    "apt-get": "echo http://security.invalid/debian-security/ Debian main\n"
    "echo http://other.invalid/ Other main\n"
    "echo http://mirror.invalid/debian/ Debian main",
    "debootstrap": 'echo "$@" >>"$SAID"; for place; do [ -d "$place" ] && break; done\n'
    'mkdir -p "$place/etc"; touch "$place/begun"; exit ${FAILS:-0}',
    "id": "echo ${USER_ID:-0}",
}
Roots = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """What debootstrap was called with, a line for each."""
    return tmp_path / "said"


@pytest.fixture
def roots(tmp_path: Path, said: Path) -> Roots:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in FAKES.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "SAID": str(said)}

    def call(*suites: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CHECKOUT / ".ci/roots", *suites],
            capture_output=True,
            text=True,
            check=False,
            env={**environment, "FLEET_TEST_CACHE": str(tmp_path / "cache"), **more},
            timeout=60,
        )

    return call


def test_each_is_made_of_debians_own_archive_as_this_machine_has_it_and_only_once(
    roots: Roots, said: Path, tmp_path: Path
) -> None:
    done = roots("bullseye", "trixie")
    assert (done.returncode, done.stdout) == (0, "")
    assert roots("bullseye", "trixie").stdout == ""

    calls = sorted(line.split() for line in said.read_text().splitlines())
    assert [call[-3] for call in calls] == ["bullseye", "trixie"]
    assert {call[-1] for call in calls} == {"http://mirror.invalid/debian/"}
    assert all("--force-check-gpg" in call for call in calls)
    for suite in ("bullseye", "trixie"):
        place = Path(roots("--where", suite).stdout.strip())
        assert place.parent == tmp_path / "cache"
        assert "127.0.0.1\tlocalhost" in (place / "etc/hosts").read_text()


def test_one_that_was_not_finished_is_named_and_leaves_nothing_that_looks_like_it(roots: Roots, tmp_path: Path) -> None:
    (tmp_path / "cache" / "bullseye.growing.killed").mkdir(parents=True)

    assert roots("bullseye", FAILS="1").stdout == "bullseye\n"
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []
    assert roots("bullseye").stdout == ""


def test_where_apt_knows_no_archive_none_is_guessed(roots: Roots, said: Path, tmp_path: Path) -> None:
    (tmp_path / "programs" / "apt-get").write_text("#!/bin/sh\necho http://other.invalid/ Other main\n")

    assert roots("trixie").stdout == "trixie\n"
    assert not said.exists()


def test_without_root_those_that_are_there_do_and_the_others_are_named(roots: Roots) -> None:
    roots("bullseye")

    done = roots("bullseye", "trixie", USER_ID="1000")
    assert (done.returncode, done.stdout) == (0, "trixie\n")
