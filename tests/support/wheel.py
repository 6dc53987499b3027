"""Fleet as a wheel installs it, in an environment that does not see the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def install(folder: Path) -> Path:
    """Build the wheel and install it below `folder`; returns the environment's Python.

    The dependencies come from the running environment, whose own path files are
    not read: an editable installation of the checkout is not seen.
    """
    wheels, home = folder / "wheels", folder / "environment"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels), cwd=CHECKOUT)
    (wheel,) = wheels.glob("*.whl")
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
        str(wheel),
        cwd=folder,
    )
    (packages,) = home.glob("lib/python3.*/site-packages")
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return python


def where(python: Path, folder: Path) -> Path:
    """From which file that Python takes Fleet."""
    program = "import fleet, sys; assert not [p for p in sys.path if p == sys.argv[1]]; print(fleet.__file__)"
    return Path(run(str(python), "-c", program, str(CHECKOUT), cwd=folder).strip())


def run(*command: str, cwd: Path) -> str:
    """The output of a command that must go well."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
