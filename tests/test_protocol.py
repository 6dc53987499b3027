"""The binary messages between server and daemon, and numbers that both sides rely on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import protocol
from fleet.protocol import Chunk, Malformed, decode_chunk, encode_chunk

IDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=64)


@given(st.sampled_from(sorted(protocol.NUMBERS)), IDS, st.integers(0, 2**64 - 1), st.binary(max_size=2000))
def test_a_chunk_comes_back_as_it_was(stream: str, command_id: str, offset: int, data: bytes) -> None:
    chunk = Chunk(stream, command_id, offset, data)

    assert decode_chunk(encode_chunk(chunk)) == chunk


def test_a_chunk_has_the_shape_that_other_programs_read() -> None:
    assert encode_chunk(Chunk("stderr", "c1", 258, b"\0\xff")) == b"\x02\x02c1\0\0\0\0\0\0\x01\x02\0\xff"


def test_the_largest_chunk_fits_into_a_message() -> None:
    largest = encode_chunk(Chunk("stdout", "x" * 64, 2**64 - 1, bytes(protocol.CHUNK_MOST)))

    assert len(largest) < protocol.MESSAGE_MOST
    assert decode_chunk(largest).data == bytes(protocol.CHUNK_MOST)


def test_a_chunk_without_bytes_is_one() -> None:
    assert decode_chunk(encode_chunk(Chunk("lines", "f", 0, b""))).data == b""


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01",
        b"\x01\x02c",
        b"\x01\x02c1\0\0\0\0\0\0\0",
        b"\x01\x00\0\0\0\0\0\0\0\0data",
        b"\x00\x02c1\0\0\0\0\0\0\0\0data",
        b"\x09\x02c1\0\0\0\0\0\0\0\0data",
        b"\x01\x02\xc3\xbc\0\0\0\0\0\0\0\0data",
        b"\x01\xffc1\0\0\0\0\0\0\0\0data",
        b"\x01\x02c1\0\0\0\0\0\0\0\0" + bytes(protocol.CHUNK_MOST + 1),
    ],
    ids=[
        "nothing",
        "half a head",
        "id cut",
        "offset cut",
        "no id",
        "stream 0",
        "stream 9",
        "id not ASCII",
        "id too long",
        "too many bytes",
    ],
)
def test_what_is_no_chunk_is_said_to_be_none(message: bytes) -> None:
    with pytest.raises(Malformed):
        decode_chunk(message)


@given(st.binary(max_size=400))
def test_no_bytes_make_the_decoder_fall_over(message: bytes) -> None:
    try:
        chunk = decode_chunk(message)
    except Malformed:
        return
    assert encode_chunk(chunk) == message


def test_a_whole_command_fits_into_a_message() -> None:
    """Text, environment and input at their most, each byte written as JSON's longest escape for one of two bytes."""
    assert (protocol.COMMAND_MOST + protocol.ENVIRONMENT_MOST + protocol.STDIN_MOST) * 2 < protocol.MESSAGE_MOST
    assert protocol.WINDOW >= 4 * protocol.CHUNK_MOST


def test_close_codes_are_of_the_private_range_or_of_the_standard() -> None:
    codes = [
        protocol.BAD_MESSAGE,
        protocol.KEY_ENDED,
        protocol.NOT_FIRST_HELLO,
        protocol.CLONE,
        protocol.REPLACED,
        protocol.TOO_FAST,
    ]

    assert len(set(codes)) == len(codes)
    assert all(4000 <= code <= 4999 for code in codes)
    assert protocol.SERVER_STOPS == 1012
