"""The pictures of the README can be taken anew at any time."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.screenshots import PICTURES, take

KEPT = Path(__file__).parent / "pictures"
LARGEST = 150_000


def size(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


def test_every_picture_is_taken(browser: Browser, tmp_path: Path) -> None:
    files = take(browser, tmp_path)
    assert [file.stem for file in files] == [picture.name for picture in PICTURES]
    for file, picture in zip(files, PICTURES, strict=True):
        content = file.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert size(content) == (picture.wide, picture.tall)


def test_the_kept_pictures_are_complete_and_small() -> None:
    assert {file.stem for file in KEPT.glob("*.png")} == {picture.name for picture in PICTURES}
    for file in KEPT.glob("*.png"):
        assert file.stat().st_size <= LARGEST, f"{file.name} is too large for the README"
