"""The daemon's program, with commands that do nothing: `python daemon_with_fake_commands.py run --config …`."""

import sys
import types

from fleet.daemon.cli import main


class Commands:
    """What the network half needs of the real ones."""

    def __init__(self, *_: object, **__: object) -> None:
        self.ended = False

    def hello(self) -> dict[str, list[str]]:
        return {"waiting": [], "running": [], "ended": []}

    def ignore(self, *_: object) -> None:
        return

    recover = welcomed = take = outgoing = disconnected = close = ignore


fake = types.ModuleType("fleet.daemon.commands")
fake.Commands = Commands  # type: ignore[attr-defined]
sys.modules[fake.__name__] = fake
sys.exit(main())
