"""Long reads in a process that gevent has patched: `python patched_reads.py <database> <scenario>`, JSON out."""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402  # patching comes first
import sqlite3  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from sqlalchemy import Engine, event, text  # noqa: E402

from fleet.db import long_reads  # noqa: E402
from fleet.db.long_reads import long  # noqa: E402
from tests.db.conftest import engine_at  # noqa: E402

# The system's own: waiting for it stops the thread that waits, and with it all of its greenlets.
gate = monkey.get_original("_thread", "allocate_lock")()
gate.acquire()
QUESTION = long(text("SELECT wait_until_told()"))


def wait_until_told() -> int:
    """1 when somebody says the word within seconds."""
    told = gate.acquire(timeout=5)
    if told:
        gate.release()  # for the next one
    return int(told)


def made(path: Path) -> Engine:
    """An engine whose statements can wait in SQLite until somebody says so; the answer is whether anybody did."""
    engine = engine_at(path)

    @event.listens_for(engine, "connect")
    def teach(driver: sqlite3.Connection, _record: object) -> None:
        driver.create_function("wait_until_told", 0, wait_until_told)

    long_reads.prepare(engine)
    return engine


def ask(engine: Engine) -> Any:
    """What a statement that waits in SQLite answers."""
    with engine.connect() as connection:
        return connection.execute(QUESTION).scalar()


def others_go_on(engine: Engine) -> dict[str, Any]:
    """Another greenlet says the word, if it ever has a turn."""
    gevent.spawn(gate.release)
    return {"told": ask(engine)}


def killed(engine: Engine) -> dict[str, Any]:
    """Who asks is killed while SQLite looks; the next ones find every place free."""
    asking = [gevent.spawn(ask, engine) for _ in range(long_reads.AT_ONCE)]
    gevent.sleep(0.05)
    gevent.killall(asking, block=False)
    gevent.sleep(0.05)
    ended_early = [each.ready() for each in asking]
    gate.release()
    gevent.joinall(asking, timeout=20)
    return {
        "ended early": ended_early,
        "ended": [each.ready() for each in asking],
        "answers": [each.value if isinstance(each.value, int) else None for each in asking],
        "told": ask(engine),
    }


def short_ones_go_on(engine: Engine) -> dict[str, Any]:
    """More long reads than there are places wait, and somebody asks for something short."""
    asking = [gevent.spawn(ask, engine) for _ in range(long_reads.AT_ONCE + 3)]
    gevent.sleep(0.05)
    with engine.connect() as connection:
        short = connection.execute(text("SELECT 7")).scalar()
    waiting = sum(not each.ready() for each in asking)
    gate.release()
    gevent.joinall(asking, timeout=20)
    return {"short": short, "waiting": waiting, "told": [each.value for each in asking]}


SCENARIOS = {"others_go_on": others_go_on, "killed": killed, "short_ones_go_on": short_ones_go_on}

if __name__ == "__main__":
    database, scenario = sys.argv[1:]
    print(json.dumps(SCENARIOS[scenario](made(Path(database)))))
