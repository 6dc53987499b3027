"""The journal is followed by journalctl: by the real one, and by a fake one that writes down how it was called."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fleet.daemon.logs import journal
from fleet.daemon.logs.journal import JournalSource
from fleet.daemon.roots import PathRefused
from tests.support import journal as journald
from tests.support.daemon_program import until

CURSOR = "s=230bb406ea334625bd413ba92b826d68;i=15c;b=7b1d232d64934decbede1d28b8c9c484;m=8e8722635;t=661;x=8edbc9"


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("FLEET_KEY", "fla_secret")
    monkeypatch.setattr(journal, "FOLDERS", ())
    return journald.fake(tmp_path)


def read(file: Path) -> dict[str, Any]:
    """What the fake has written down, once it has."""

    def whole() -> Any:
        try:
            return json.loads(file.read_text())
        except (OSError, ValueError):
            return None

    return dict(until(whole))


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


class TestHowItIsCalled:
    def test_values_are_values_of_options_and_the_child_gets_nothing_of_the_daemons(self, recorded: Path) -> None:
        with closing(JournalSource("nginx.service", "warning", 7, CURSOR)):
            said = read(recorded)

        behind = f"--after-cursor={CURSOR}"
        assert said["argv"][-5:] == ["--follow", "--no-tail", behind, "--unit=nginx.service", "--priority=warning"]
        assert set(said["environment"]) - {"LC_CTYPE"} == {"PATH", "LANG", "LC_ALL"}
        assert said["stdin"] == "/dev/null"
        assert len(said["open"]) <= 5, "0, 1, 2, what it writes, and the folder that it looks at"

    def test_it_goes_on_behind_an_entry(self, recorded: Path) -> None:
        with closing(JournalSource(None, None, 200, CURSOR)):
            argv = read(recorded)["argv"]

        assert argv[-2:] == ["--no-tail", f"--after-cursor={CURSOR}"]

    def test_who_follows_no_longer_leaves_no_process(self, recorded: Path) -> None:
        source = JournalSource(None, None, 200, None)
        pid = read(recorded)["pid"]
        source.close()

        assert gone(pid)

    @pytest.mark.parametrize(
        "unit", ["-x", "--file=/etc/passwd", "a b", "a;b", "*", "a/b", "", "x\n", "$(id)", "é", "u" * 256]
    )
    def test_what_is_no_name_of_a_unit_starts_nothing(self, recorded: Path, unit: str) -> None:
        with pytest.raises(PathRefused) as error:
            JournalSource(unit, None, 1, None)

        assert error.value.code == "BAD_SOURCE"
        assert not recorded.exists()

    @pytest.mark.parametrize("priority", ["8", "-1", "loud", "3..5", "", "٣"])
    def test_what_is_no_priority_starts_nothing(self, recorded: Path, priority: str) -> None:
        with pytest.raises(PathRefused):
            JournalSource(None, priority, 1, None)

        assert not recorded.exists()

    def test_a_place_that_is_none_of_the_journals_is_no_option_and_a_gap(self, recorded: Path) -> None:
        with closing(JournalSource(None, None, 3, "--file=/etc/passwd")) as source:
            argv = read(recorded)["argv"]
            assert json.loads(source.read() or b"")["notice"] == "gap"

        assert argv[-1] == "--lines=1", "it asks for the journal's present end first"


class TestWhenItCannot:
    def test_a_machine_without_journalctl_says_so(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(journal, "FOLDERS", ())

        assert not journal.is_there()
        with pytest.raises(PathRefused) as error:
            JournalSource(None, None, 1, None)
        assert error.value.code == "NO_JOURNAL"

    def test_journalctls_own_words_are_told_when_it_ends(self, recorded: Path, tmp_path: Path) -> None:
        journald.fake(tmp_path, "sys.exit('No journal files were found.')")
        with closing(JournalSource(None, None, 1, None)) as source:
            read(recorded)
            with pytest.raises(PathRefused) as error:
                until(lambda: source.read() == b"never")

        assert (error.value.code, "No journal files were found" in error.value.message) == ("NO_JOURNAL", True)

    def test_a_journal_that_the_daemon_may_not_read_is_refused_with_its_group(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "journal" / "id").mkdir(parents=True)
        (tmp_path / "journal" / "id" / "system.journal").touch(mode=0o640)
        monkeypatch.setattr(journal, "FOLDERS", (str(tmp_path / "journal"),))
        monkeypatch.setattr(os, "access", lambda *_: False)

        with pytest.raises(PathRefused) as error:
            JournalSource(None, None, 1, None)

        assert error.value.code == "FORBIDDEN"
        assert "group" in error.value.message


Follow = Callable[..., "Entries"]


class Entries:
    """What the real journal tells."""

    def __init__(self, source: JournalSource) -> None:
        self.source = source
        self.told: list[dict[str, Any]] = []

    def reaches_the_end(self) -> None:
        """Until it waits for what comes."""
        until(lambda: self.source.read() is None and self.source._follows)

    def upto(self, text: str) -> list[str]:
        """The lines until one ends with this."""

        def come() -> bool:
            while (some := self.source.read()) is not None:
                self.told += [told for told in map(json.loads, some.splitlines()) if "mark" not in told]
            return any(each["line"].endswith(text) for each in self.told)

        until(come)
        return [each["line"] for each in self.told]


@pytest.fixture(scope="module")
def _journal() -> Iterator[None]:
    with journald.started():
        yield


@pytest.mark.usefixtures("_journal")
@pytest.mark.skipif(not journald.can_start(), reason="journald cannot be started here, or runs already")
class TestTheRealOne:
    @pytest.fixture
    def follow(self) -> Iterator[Follow]:
        opened: list[JournalSource] = []

        def follow(
            unit: str | None,
            priority: str | None = None,
            lines: int = 0,
            cursor: str | None = None,
            once: bool = False,
        ) -> Entries:
            opened.append(JournalSource(unit, priority, lines, cursor, once))
            return Entries(opened[-1])

        yield follow
        for each in opened:
            each.close()

    def test_one_units_lines_are_told_with_their_time_masked_and_whole(self, follow: Follow) -> None:
        journald.send("before", OBJECT_SYSTEMD_UNIT="one.service")
        journald.send("of another", OBJECT_SYSTEMD_UNIT="two.service")
        entries = follow("one", lines=5)
        assert entries.upto("before")
        journald.send("password=hunter2hunter2 é", OBJECT_SYSTEMD_UNIT="one.service", SYSLOG_IDENTIFIER="nginx")

        lines = entries.upto("é")

        assert len(lines) == 2
        assert lines[1].startswith("nginx[")
        assert "hunter2" not in lines[1]
        assert abs(entries.told[1]["at"] - time.time()) < 60

    def test_a_reader_who_comes_back_goes_on_behind_the_last_entry(self, follow: Follow) -> None:
        entries = follow("three", lines=1)
        entries.reaches_the_end()
        for number in range(50):
            journald.send(f"number {number}.", OBJECT_SYSTEMD_UNIT="three.service")
        assert len(entries.upto("number 9.")) >= 10
        cursor = next(each["cursor"] for each in entries.told if each["line"].endswith("number 9."))

        rest = follow("three", lines=1, cursor=cursor)

        assert [line.split()[-1] for line in rest.upto("number 49.")] == [f"{number}." for number in range(10, 50)]

    def test_what_is_not_to_be_followed_ends_behind_its_last_line(self, follow: Follow) -> None:
        for number in range(3):
            journald.send(f"word {number}.", OBJECT_SYSTEMD_UNIT="four.service")
        whole = follow("four", lines=9, once=True)
        until(lambda: whole.upto("word 2.") and whole.source.read() is None and whole.source.is_at_end)
        rest = follow("four", lines=9, once=True, cursor=whole.told[0]["cursor"])
        assert [line.split(": ")[1] for line in rest.upto("word 2.")] == ["word 1.", "word 2."]
        until(lambda: rest.source.read() is None and rest.source.is_at_end)
        none = follow("nobody", lines=9, once=True)
        until(lambda: none.source.read() is None and none.source.is_at_end)

    def test_one_line_of_the_whole_journal_is_told(self, follow: Follow) -> None:
        journald.send("the newest")
        assert len(follow(None, lines=1).upto("the newest")) == 1

    def test_of_the_whole_journal_what_matters_less_is_left_out(self, follow: Follow) -> None:
        entries = follow(None, "err")
        entries.reaches_the_end()
        journald.send("idle talk", PRIORITY=6)
        journald.send("it burns", PRIORITY=2)

        assert [line.split(": ")[1] for line in entries.upto("it burns")] == ["it burns"]
