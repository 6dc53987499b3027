"""A log file is followed through everything that rotation does: nothing lost, nothing twice, and it is said."""

from __future__ import annotations

import gzip
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.daemon.logs.file import FileSource
from fleet.daemon.roots import PathRefused, Roots
from tests.support.followed_log import (
    Followed,
    append,
    copy_and_truncate,
    delete_and_create,
    numbered,
    rename_and_create,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.touch()
    return path


@pytest.fixture
def follow(path: Path) -> Iterator[Callable[..., Followed]]:
    opened: list[Followed] = []

    def follow(**more: Any) -> Followed:
        opened.append(Followed(path, **more))
        return opened[-1]

    yield follow
    for each in opened:
        each.source.close()


Follow = Callable[..., Followed]


class TestBacklog:
    @pytest.mark.parametrize("wanted", [0, 1, 2, 4999, 5000, 6000, 10_000])
    def test_it_begins_with_the_last_lines(self, path: Path, follow: Follow, wanted: int) -> None:
        append(path, "".join(f"{number} {'x' * (number % 97)}\n" for number in range(5000)))

        told = follow(lines=wanted).look()

        assert [int(line.split()[0]) for line in told.lines] == list(range(max(0, 5000 - wanted), 5000))

    def test_a_line_that_has_no_end_yet_is_told_once_it_has_one(self, path: Path, follow: Follow) -> None:
        append(path, "one\ntwo\nhal")
        told = follow(lines=1).look()
        assert told.lines == ["two"]

        append(path, "f\n")

        assert told.look().lines == ["two", "half"]

    def test_without_a_backlog_a_line_that_was_begun_before_is_whole(self, path: Path, follow: Follow) -> None:
        append(path, "one\nhal")
        told = follow(lines=0).look()
        append(path, "f\n")

        assert told.look().lines == ["half"]

    def test_a_gibibyte_of_nothing_is_looked_through_in_turns(self, path: Path, follow: Follow) -> None:
        os.truncate(path, 1 << 25)
        told = follow(lines=10)

        assert told.source.read() == b""
        assert told.look().lines == []


class TestLines:
    def test_a_line_of_more_than_64_kib_is_cut_and_says_so(self, path: Path, follow: Follow) -> None:
        told = follow().look()
        append(path, "x" * 300_000 + "\nnext\n")
        told.look()

        assert told.lines == ["x" * 65_536 + f" … ({300_000 - 65_536} bytes cut)", "next"]

    def test_bytes_that_are_no_text_are_replaced(self, path: Path, follow: Follow) -> None:
        told = follow().look()
        append(path, b"caf\xe9 \xf0\x9f\x9a\x80 \x1b[31mred\x00\r\n")

        assert told.look().lines == ["caf\ufffd 🚀 \x1b[31mred\x00"]

    def test_secrets_are_masked_also_across_lines_and_reads(self, path: Path, follow: Follow) -> None:
        key = "-----BEGIN RSA PRIVATE KEY-----\n" + "QUJD\n" * 40 + "-----END RSA PRIVATE KEY-----\n"
        append(path, key[:100])
        told = follow().look()
        for start in range(100, len(key), 37):
            append(path, key[start : start + 37])
            told.look()
        append(path, "Authorization: Bearer abcdefghijklmnop0123456789\nplain\n")
        told.look()

        assert "QUJD" not in "".join(told.lines)
        assert "abcdefghijklmnop" not in "".join(told.lines)
        assert told.lines[-1] == "plain"

    def test_a_secret_across_the_cut_of_a_long_line_is_masked(self, path: Path, follow: Follow) -> None:
        told = follow().look()
        append(path, "x" * 65_500 + " password=hunter2hunter2hunter2hunter2hunter2 " + "y" * 9000 + "\n")

        assert "hunter2" not in told.look().lines[0]


class TestRotation:
    def test_what_was_written_to_the_renamed_file_is_told_before_and_after(self, path: Path, follow: Follow) -> None:
        told = follow().look()
        append(path, numbered(0, 10))
        rename_and_create(path)
        append(path.with_name("access.log.1"), numbered(10, 20))
        append(path, numbered(20, 30))
        told.look()
        append(path.with_name("access.log.1"), "late\n")
        append(path, "new\n")
        told.look().look()

        assert told.lines[:30] == numbered(0, 30).splitlines()
        assert sorted(told.lines[30:]) == ["late", "new"]
        assert told.notices == ["rotated"]

    def test_a_rename_without_a_new_file_is_followed_until_there_is_one(self, path: Path, follow: Follow) -> None:
        told = follow().look()
        path.rename(path.with_name("old"))
        append(path.with_name("old"), "still here\n")
        told.look()
        append(path, "anew\n")

        assert told.look().lines == ["still here", "anew"]

    def test_a_compressed_file_was_read_before_it_went(self, path: Path, follow: Follow) -> None:
        told = follow().look()
        append(path, numbered(0, 50))
        rename_and_create(path)
        old = path.with_name("access.log.1")
        old.with_suffix(".gz").write_bytes(gzip.compress(old.read_bytes()))
        old.unlink()
        append(path, numbered(50, 60))

        assert told.look().lines == numbered(0, 60).splitlines()

    def test_lines_that_only_the_copy_has_are_told_before_those_of_the_emptied_file(
        self, path: Path, follow: Follow
    ) -> None:
        append(path, numbered(0, 10))
        told = follow(lines=10).look()
        append(path, numbered(10, 20))
        copy_and_truncate(path)
        append(path, numbered(20, 60))
        told.look()

        assert told.lines == numbered(0, 60).splitlines()
        assert told.notices == ["truncated"]

    def test_an_emptied_file_without_a_copy_is_said(self, path: Path, follow: Follow) -> None:
        append(path, "one\ntwo\nbegun")
        told = follow(lines=9).look()
        os.truncate(path, 0)
        append(path, "three is longer than all that was there before\n")
        told.look()

        assert told.lines == ["one", "two", "begun", "three is longer than all that was there before"]
        assert told.notices == ["truncated"]

    def test_a_link_that_leads_elsewhere_is_followed(self, tmp_path: Path) -> None:
        link = tmp_path / "current"
        for name in ("a", "b"):
            (tmp_path / name).write_text(f"in {name}\n")
        link.symlink_to("a")
        told = Followed(link, lines=5).look()
        (tmp_path / "next").symlink_to("b")
        (tmp_path / "next").rename(link)
        append(tmp_path / "a", "late\n")
        told.look()

        assert told.lines == ["in a", "late", "in b"]
        told.source.close()

    def test_a_name_that_leads_out_of_the_roots_ends_it(self, path: Path, follow: Follow, monkeypatch: Any) -> None:
        monkeypatch.setattr("fleet.daemon.logs.file.UNREADABLE_FOR", 0.0)
        told = follow().look()
        path.unlink()
        path.symlink_to("/etc/hostname")
        told.look()

        with pytest.raises(PathRefused) as error:
            told.look()
        assert error.value.code == "OUTSIDE_ROOTS"

    def test_more_rotations_than_can_be_held_are_said_as_a_gap(self, path: Path, follow: Follow) -> None:
        told = follow().look()
        for number in range(20):
            append(path, f"{number}\n")
            rename_and_create(path)
            told.source.poll()  # a slow reader: nothing is read meanwhile
        append(path, "last\n")
        told.look().look()

        assert told.lines == [*map(str, range(16)), "last"]
        assert "gap" in told.notices


def test_who_is_cut_off_before_any_line_goes_on_where_they_began(path: Path, follow: Follow) -> None:
    append(path, "before\n")
    told = follow(lines=0).look()
    append(path, "meanwhile\n")
    rename_and_create(path)
    append(path, "after\n")

    assert follow(lines=0, cursor=told.begin).look().look().lines == ["meanwhile", "after"]


class TestOnce:
    """What is not to be followed ends where the log ended when it was asked for."""

    def test_what_is_there_is_told_and_nothing_that_comes(self, path: Path, follow: Follow) -> None:
        append(path, numbered(0, 5000))
        told = follow(lines=4000, once=True)
        append(path, "later\n")
        rename_and_create(path)

        assert told.look().lines == numbered(1000, 5000).splitlines()
        assert told.source.is_at_end
        assert told.notices == []

    @pytest.mark.parametrize(
        ("lines", "expected"), [(0, []), (1, ["half"]), (2, ["two", "half"]), (9, ["one", "two", "half"])]
    )
    def test_a_line_without_an_end_is_a_line(self, path: Path, follow: Follow, lines: int, expected: list[str]) -> None:
        append(path, "one\ntwo\nhalf")
        told = follow(lines=lines, once=True)
        append(path, " and more\n")

        assert told.look().lines == expected
        assert told.source.is_at_end

    def test_an_empty_file_is_at_its_end_and_one_that_is_followed_never(self, follow: Follow) -> None:
        assert follow(lines=9, once=True).look().source.is_at_end
        assert not follow(lines=9).look().source.is_at_end

    def test_who_was_cut_off_gets_the_rest_of_all_files(self, path: Path, follow: Follow) -> None:
        append(path, numbered(0, 10))
        cursor = follow(lines=5, once=True).look().told[1]["cursor"]
        rename_and_create(path)
        append(path, numbered(10, 12))

        told = follow(cursor=cursor, once=True).look()

        assert told.lines == numbered(7, 12).splitlines()
        assert (told.notices, told.source.is_at_end) == (["rotated"], True)

    def test_a_file_that_is_emptied_meanwhile_is_told_from_its_copy(self, path: Path, follow: Follow) -> None:
        append(path, numbered(0, 20_000))
        told = follow(lines=10_000, once=True)
        for _ in range(3):
            told.source.read()
        copy_and_truncate(path)
        append(path, "later\n")

        assert told.look().lines[-1] == "line 19999"
        assert (told.notices, told.source.is_at_end) == (["truncated"], True)


@pytest.mark.parametrize("rotate", [rename_and_create, delete_and_create])
def test_lines_written_fast_through_rotations_are_told_once_each(
    path: Path, follow: Follow, rotate: Callable[[Path], None]
) -> None:
    told = follow().look()
    done = threading.Event()

    def write() -> None:
        for number in range(4000):
            append(path, f"{number}\n")
            if number % 400 == 399:
                time.sleep(0.15)  # a look comes in between; two rotations within one are a file that nobody saw
                rotate(path)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    told.until(lambda: done.is_set() and len(told.lines) >= 4000)
    writer.join()

    assert told.lines == list(map(str, range(4000)))


def test_truncations_while_it_is_written_repeat_nothing_and_are_said(path: Path, follow: Follow) -> None:
    told = follow().look()
    done = threading.Event()

    def write() -> None:
        for number in range(4000):
            append(path, f"{number}\n")
            if number % 400 == 399:
                time.sleep(0.05)  # a look comes in between: it must have seen what is emptied
                copy_and_truncate(path)
                time.sleep(0.05)
        append(path, "end\n")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    told.until(lambda: done.is_set() and told.lines[-1:] == ["end"])
    writer.join()

    assert told.lines == [*map(str, range(4000)), "end"]
    assert told.notices == ["truncated"] * 10


class TestGoingOn:
    def test_from_each_line_it_goes_on_with_the_next(self, path: Path, follow: Follow) -> None:
        append(path, numbered(0, 20))
        first = follow(lines=20).look()
        for number, told in enumerate(first.told):
            rest = follow(cursor=told["cursor"]).look()
            assert rest.lines == first.lines[number + 1 :]
            assert rest.notices == []

    @pytest.mark.parametrize("rotations", [1, 3])
    def test_what_was_rotated_meanwhile_is_read_first(self, path: Path, follow: Follow, rotations: int) -> None:
        append(path, numbered(0, 10))
        cursor = follow(lines=3).look().cursor
        for number in range(rotations):
            append(path, numbered(10 + number, 11 + number))
            time.sleep(0.01)
            rename_and_create(path)
        append(path, "new\n")

        rest = follow(cursor=cursor).look()

        assert rest.lines == [*numbered(10, 10 + rotations).splitlines(), "new"]
        assert set(rest.notices) == {"rotated"}

    def test_what_was_emptied_meanwhile_is_read_in_its_copy(self, path: Path, follow: Follow) -> None:
        append(path, numbered(0, 10))
        cursor = follow(lines=3).look().cursor
        append(path, numbered(10, 12))
        copy_and_truncate(path)
        append(path, numbered(12, 30))

        rest = follow(cursor=cursor).look()

        assert rest.lines == numbered(10, 30).splitlines()
        assert rest.notices == ["truncated"]

    def test_a_file_with_the_same_inode_and_another_content_is_read_from_its_beginning(
        self, path: Path, follow: Follow
    ) -> None:
        append(path, numbered(0, 10))
        cursor = follow(lines=3).look().cursor
        path.write_text("another content, which is longer than what was read of the former one before it was deleted\n")

        rest = follow(cursor=cursor).look()

        assert len(rest.lines) == 1
        assert rest.notices == ["truncated"]

    @pytest.mark.parametrize("cursor", ["f.1.2.3.4", "nonsense", "s=00;i=1", "f.1.2.99999999999999999999.4"])
    def test_a_place_that_is_nowhere_is_a_gap(self, path: Path, follow: Follow, cursor: str) -> None:
        append(path, "one\n")
        rest = follow(cursor=cursor, lines=5).look()

        assert rest.notices == ["gap"]
        assert rest.lines == ["one"]

    def test_in_the_midst_of_a_private_key_the_rest_of_it_stays_masked(self, path: Path, follow: Follow) -> None:
        append(path, "-----BEGIN PRIVATE KEY-----\n" + "QUJD\n" * 40 + "-----END PRIVATE KEY-----\n")
        cursor = follow(lines=99).look().told[7]["cursor"]

        assert "QUJD" not in "".join(follow(cursor=cursor).look().lines)
        assert "QUJD" not in "".join(follow(lines=9).look().lines)


def test_no_descriptor_is_left(path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        append(path, numbered(0, 10))
        told = Followed(path, lines=3).look()
        cursor = told.cursor
        for _ in range(6):
            append(path, "x\n")
            rename_and_create(path)
            told.look()
        told.source.close()
        Followed(path, cursor=cursor).look().source.close()

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_every_line_is_one_of_json(path: Path) -> None:
    append(path, 'quote " back \\ tab \t bell \x07 \u2028\n')
    source = FileSource(Roots((path.parent,), ()), str(path), 5, None)
    told = b""
    while (some := source.read()) is not None:
        told += some
    source.close()

    _, line = map(json.loads, told.splitlines())
    assert line["line"] == 'quote " back \\ tab \t bell \x07 \u2028'
