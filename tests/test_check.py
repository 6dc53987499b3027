"""`.ci/check`, by hand, as a pre-commit hook and from `.ci/test`; its tools are stand-ins here, but for ruff."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
TOOLS = ("mypy", "djlint", "lint-imports")
CLEAN = '"""A module."""\n'
UNUSED = f"{CLEAN}\nimport os\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with our checks, whose tools find nothing wrong, and ruff with our rules."""
    shutil.copytree(CHECKOUT / ".ci", tmp_path / ".ci")
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in TOOLS:
        stand_in(programs / name)
    stand_in(tmp_path / ".ci" / "vendor")
    programs.joinpath("ruff").symlink_to(CHECKOUT / ".venv" / "bin" / "ruff")
    (tmp_path / ".gitignore").write_text("/.venv/\n.*_cache/\n")
    (tmp_path / "module.py").write_text(CLEAN)
    run(tmp_path, "git", "init", "--quiet")
    return tmp_path


def stand_in(program: Path, commands: str = "") -> None:
    """A program that runs `commands` of a shell and says nothing else."""
    program.write_text(f"#!/bin/sh\n{commands}\n")
    program.chmod(0o755)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder`, with no settings of whoever runs the tests."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def commit(repository: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Write the module and commit everything."""
    (repository / "module.py").write_text(text)
    run(repository, "git", "add", "--all")
    who = ("-c", "user.name=Kim", "-c", "user.email=kim@example.com")
    return run(repository, "git", *who, "commit", "--message", "Change the module")


def documented_line() -> str:
    """The line by which CONTRIBUTING.md installs the hook."""
    [line] = re.findall(r"^ln -s .*pre-commit$", (CHECKOUT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    return str(line)


def test_the_documented_line_makes_it_a_hook_that_refuses_a_commit_with_a_fault(repository: Path) -> None:
    assert run(repository, "bash", "-c", documented_line()).returncode == 0

    refused = commit(repository, UNUSED)

    assert refused.returncode == 1
    assert "`os` imported but unused" in refused.stdout + refused.stderr
    assert run(repository, "git", "log").returncode == 128, "nothing was committed"
    assert commit(repository, CLEAN).returncode == 0


def test_it_says_a_line_for_each_tool_and_all_that_a_failing_one_says(repository: Path) -> None:
    for name in ("mypy", "lint-imports"):
        stand_in(repository / ".venv" / "bin" / name, f"echo {name} found this; echo and this >&2; exit 3")

    done = run(repository, ".ci/check")

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "ok      ruff check",
        "ok      ruff format --check",
        "FAILED  mypy",
        "mypy found this",
        "and this",
        "ok      djlint templates --lint --quiet",
        "FAILED  lint-imports",
        "lint-imports found this",
        "and this",
        "ok      .ci/vendor --check",
    ]


@pytest.mark.parametrize("tool", ["ruff", *TOOLS, ".ci/vendor"])
def test_each_tool_alone_can_refuse(repository: Path, tool: str) -> None:
    program = repository / (tool if "/" in tool else f".venv/bin/{tool}")
    program.unlink()
    stand_in(program, "exit 1")

    assert run(repository, ".ci/check").returncode == 1


def test_where_nothing_is_set_up_it_says_how_to(repository: Path) -> None:
    shutil.rmtree(repository / ".venv")

    done = run(repository, ".ci/check")

    assert done.returncode == 2
    assert ".ci/setup --tests" in done.stderr


def test_ci_runs_the_checks_and_no_test_when_one_fails(repository: Path) -> None:
    stand_in(repository / ".ci" / "setup")
    stand_in(repository / ".venv" / "bin" / "pytest", "echo tests ran")

    assert run(repository, ".ci/test").stdout.endswith("tests ran\n")
    (repository / "module.py").write_text(UNUSED)
    failed = run(repository, ".ci/run")

    assert failed.returncode == 1
    assert "imported but unused" in failed.stdout
    assert "tests ran" not in failed.stdout


def sources() -> list[Path]:
    """The tests' files; the benchmarks say by themselves what they would need besides."""
    return [file for file in CHECKOUT.glob("tests/**/*.py") if "bench" not in file.parts]


def test_every_program_that_tests_look_for_is_among_the_packages_that_ci_installs() -> None:
    listed = re.findall(r"wanted\+?=\((.+)\)", (CHECKOUT / ".ci" / "setup").read_text())
    asked = re.compile(r'which\("([\w-]+)"|^ *"(openssl)",|\["(git)"', re.MULTILINE)
    called = {name for file in sources() for found in asked.findall(file.read_text()) for name in found if name}
    provided = {"dockerd": "docker.io", "nginx": "nginx-light", "bash": None}  # bash runs the setup itself

    assert {"curl", "openssl", "git", "chromium", "nginx"} <= called
    assert {package for name in called if (package := provided.get(name, name))} <= set(" ".join(listed).split())
