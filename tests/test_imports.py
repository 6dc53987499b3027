"""Who loads what: the package itself is light, and every floor knows only what is below it (design.md, 2)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
HEAVY = ("flask", "sqlalchemy", "gevent", "gunicorn", "werkzeug", "jinja2", "alembic", "msgspec", "yaml")
FRAMEWORKS = ("flask", "sqlalchemy", "gevent", "gunicorn", "werkzeug", "jinja2", "alembic")


def loaded(statement: str) -> set[str]:
    """The top-level packages that a process has after one statement."""
    code = f"{statement}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )
    return set(done.stdout.split())


def submodules(statement: str) -> list[str]:
    """Fleet's own modules that a process has after one statement."""
    code = f"{statement}\nimport sys\nprint(*sorted(name for name in sys.modules if name.startswith('fleet.')))"
    return subprocess.check_output([sys.executable, "-c", code], cwd=CHECKOUT, text=True).split()


def test_importing_the_package_loads_nothing() -> None:
    assert submodules("import fleet") == []
    assert loaded("import fleet").isdisjoint(HEAVY)


def test_the_packages_own_file_is_a_docstring_and_nothing_else() -> None:
    tree = ast.parse((CHECKOUT / "fleet" / "__init__.py").read_text())
    said = [node for node in tree.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]

    assert [ast.unparse(node) for node in said if not ast.unparse(node).startswith("from __future__")] == []


@pytest.mark.parametrize("module", ["fleet.bus", "fleet.errors", "fleet.config", "fleet.clock", "fleet.paths"])
def test_the_lowest_floors_load_no_framework(module: str) -> None:
    assert loaded(f"import {module}").isdisjoint(FRAMEWORKS)


def test_a_bus_is_imported_when_it_is_asked_for() -> None:
    assert "fleet.bus.memory" not in submodules("import fleet.bus")
    assert "fleet.bus.memory" in submodules("import fleet.bus; fleet.bus.connect('memory://')")


def test_the_program_starts_without_what_only_the_server_needs() -> None:
    """`fleet --help`, and what an agent's hook calls, answer at once."""
    assert loaded("import fleet.cli").isdisjoint(FRAMEWORKS)


@pytest.mark.parametrize("module", ["fleet.daemon", "fleet.daemon.loop", "fleet.daemon.commands"])
def test_the_daemon_needs_nothing_that_is_to_be_installed(module: str) -> None:
    """On a host there is a Python and nothing else; and what it loads, each process of its own would hold."""
    bare = loaded("pass")
    assert loaded(f"import {module}").isdisjoint({*HEAVY, "structlog", "sqlalchemy", "click", "websockets"})
    assert {name for name in loaded(f"import {module}") - bare if name not in sys.stdlib_module_names} <= {"fleet"}
    heavy = {
        "asyncio",
        "ssl",
        "subprocess",
        "multiprocessing",
        "shutil",
        "tempfile",
        "random",
        "http",
        "email",
        "sqlite3",
        "unittest",
    }
    assert loaded(f"import {module}").isdisjoint(heavy - bare)


def test_every_folder_of_the_package_is_a_package() -> None:
    """import-linter, type checker and wheel pass over a folder without this file."""
    folders = {path.parent for path in (CHECKOUT / "fleet").rglob("*.py")}

    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_contract_of_the_layers_is_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(program), "--no-cache"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )

    assert done.returncode == 0, done.stdout
    assert "floors KEPT" in done.stdout


def test_no_floor_is_left_out_of_the_contract() -> None:
    """A new module at the top is named in pyproject.toml, or stands alone and says so there."""
    contract = (CHECKOUT / "pyproject.toml").read_text().partition("[tool.importlinter]")[2]
    there = {path.stem for path in (CHECKOUT / "fleet").iterdir() if path.suffix == ".py" or path.is_dir()}
    words = set(contract.replace("fleet.", " ").translate(str.maketrans('"|:()[],', "        ")).split())

    assert there - {"__init__", "__pycache__", "_assets"} <= words
