"""What is shipped: the wheel holds everything, and serves without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.serving import served

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Fleet as a wheel installs it, without its dependencies."""
    wheels, folder = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(folder), str(wheel)], check=True, capture_output=True)
    return folder


def test_pages_migrations_and_static_files_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(installed)}
    where = subprocess.check_output(
        [sys.executable, "-c", "from fleet import paths; print(paths.assets())"],
        env=os.environ | environment,
        text=True,
        cwd=tmp_path,
    )
    assert Path(where.strip()) == installed / "fleet" / "_assets"

    with served(tmp_path, environment=environment) as server:
        page = httpx.get(f"{server.url}/login")
        assert page.status_code == 200
        assert "<html" in page.text
        (style, *_) = [part for part in page.text.split('"') if part.partition("?")[0].endswith(".css")]
        assert httpx.get(f"{server.url}{style}").status_code == 200


def test_the_wheel_holds_no_tests_and_nothing_of_the_workshop(installed: Path) -> None:
    top = {path.name for path in installed.iterdir()}

    assert {name for name in top if not name.endswith(".dist-info")} <= {"fleet", "bin"}
    assert not list(installed.rglob("test_*.py"))


def test_the_lock_files_name_every_version_with_its_hash() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        lines = (CHECKOUT / lock).read_text().splitlines()
        pinned = [line for line in lines if line[:1].isalnum()]
        assert pinned
        assert all("==" in line and line.endswith("\\") for line in pinned), lock
        assert not [line for line in lines if "://" in line], lock
