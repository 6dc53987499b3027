"""The writer in a process that gevent has patched: `python patched_writer.py <database> <scenario>`, JSON out."""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402  # patching comes first
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib import import_module  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from sqlalchemy import text  # noqa: E402

from fleet.db import Transaction  # noqa: E402
from tests.db.conftest import TABLES, Desk, engine_at, note  # noqa: E402

module: Any = import_module("fleet.db.writer")  # `fleet.db.writer` is also a function of the package
nap = monkey.get_original("time", "sleep")
in_thread = module.in_thread


def slow_commit(call: Callable[[], None]) -> Any:
    """A disk that takes its time, in the thread in which the commit runs."""

    def slowly() -> None:
        nap(0.2)
        call()

    return in_thread(slowly)


def results(desk: Desk, verbs: list[Callable[[Transaction], Any]], kill: bool = False) -> list[str]:
    """Run each verb in a greenlet; perhaps kill the first, which leads, while it commits."""

    def run(verb: Callable[[Transaction], Any]) -> str:
        try:
            return f"good {desk.writer.write(verb)}"
        except Exception as error:  # noqa: BLE001  # whatever the caller gets
            return type(error).__name__

    greenlets = [gevent.spawn(run, verb) for verb in verbs]
    if kill:
        gevent.sleep(0.05)
        greenlets[0].kill()
    gevent.joinall(greenlets, timeout=30)
    return [str(each.value) if each.ready() else "hangs" for each in greenlets]


def together(desk: Desk) -> list[str]:
    """Twenty at once, one of which changes its mind."""

    def fail(_: Transaction) -> None:
        raise LookupError

    return results(desk, [note(f"n{number}") if number != 7 else fail for number in range(20)])


def killed_while_committing(desk: Desk) -> list[str]:
    """The leader is killed while the disk works; others wait behind it with work of their own."""
    module.in_thread = slow_commit
    return results(desk, [note(f"n{number}") for number in range(6)], kill=True)


def killed_while_working(desk: Desk) -> list[str]:
    """The leader is killed before it commits, with the others' work done already."""

    def slow(tx: Transaction) -> str:
        gevent.sleep(0.2)
        return str(note("slow")(tx))

    with desk.writer._lock:
        waiting = gevent.spawn(results, desk, [slow, note("n1"), note("n2")], True)
        gevent.sleep(0.02)
    return list(waiting.get(timeout=30))


def killed_on_the_way(desk: Desk) -> list[str]:
    """Who would lead is killed while the batch before it goes on; others count on it."""
    with desk.writer._lock:
        waiting = gevent.spawn(results, desk, [note(f"n{number}") for number in range(4)], True)
        gevent.sleep(0.1)
    return list(waiting.get(timeout=30))


def failing(desk: Desk) -> list[str]:
    """A commit that fails in its thread."""

    def broken(tx: Transaction) -> None:
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        tx.execute(text("INSERT INTO replies (note) VALUES (99)"))

    with desk.writer._lock:
        waiting = gevent.spawn(results, desk, [note("n0"), broken, note("n2")])
        gevent.sleep(0.02)
    return list(waiting.get(timeout=30))


def beating(desk: Desk) -> list[str]:
    """Whether the loop goes on while a commit waits for its disk."""
    module.in_thread = slow_commit
    beats: list[float] = []

    def beat() -> None:
        while True:
            gevent.sleep(0.01)
            beats.append(1)

    with gevent.spawn(beat) as pulse:
        gevent.sleep(0)
        answer = results(desk, [note("n0")])
        pulse.kill()
    return [*answer, str(len(beats) >= 3)]


def main() -> None:
    """Run the scenario; say what each caller got, what is kept, and that writing goes on."""
    desk = Desk(engine_at(Path(sys.argv[1])))
    with desk.engine.begin() as connection:
        for statement in TABLES:
            connection.execute(text(statement))
    answers = globals()[sys.argv[2]](desk)
    module.in_thread = in_thread
    kept = desk.notes
    afterwards = results(desk, [note("afterwards")])
    print(json.dumps({"answers": answers, "kept": kept, "news": desk.news, "afterwards": afterwards}))


main()
