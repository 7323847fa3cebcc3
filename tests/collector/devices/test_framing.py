"""Framing on a small made-up shape: `AB CD | n | n bytes | sum`."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices.base import Counts
from collector.devices.framing import LARGEST_BUFFER, Framer, Shape

HEADER = b"\xab\xcd"
GOOD = HEADER + b"\x03xyz" + bytes((-sum(HEADER + b"\x03xyz") & 0xFF,))


def shape(
    length: Callable[[bytes, int], int] = lambda data, start: (
        data[start + 2] + 4 if data[start + 2] <= 16 else 0
    ),
) -> Shape:
    """The made-up shape; its checksum makes the sum of all bytes 0."""
    return Shape(
        header=HEADER, head=3, longest=20, length=length, checksum=lambda frame: sum(frame) & 0xFF
    )


def take(*notifications: bytes) -> tuple[list[bytes], Counts, int]:
    """All frames, the counts and what is pending after these notifications."""
    counts = Counts()
    framer = Framer(shape(), counts)
    frames = [frame for data in notifications for frame in framer.take(data)]
    return frames, counts, framer.pending


def test_one_notification_may_hold_several_frames_and_a_part() -> None:
    """Two and a half frames give two, and the rest completes the third."""
    frames, counts, pending = take(GOOD + GOOD + GOOD[:4], GOOD[4:])

    assert frames == [GOOD] * 3
    assert counts == Counts(frames=3)
    assert pending == 0


@pytest.mark.parametrize("cut", range(1, len(GOOD)))
def test_a_frame_may_be_cut_anywhere(cut: int) -> None:
    """Nothing comes before the last byte, the frame with it."""
    first, _, pending = take(GOOD[:cut])
    both, counts, _ = take(GOOD[:cut], GOOD[cut:])

    assert (first, pending) == ([], cut)
    assert (both, counts) == ([GOOD], Counts(frames=1))


def test_garbage_before_a_header_is_skipped_once() -> None:
    """One run of garbage is one resynchronisation, however it is cut."""
    frames, counts, _ = take(b"\x00\x01", b"\x02\xab", b"\x03", GOOD)

    assert frames == [GOOD]
    assert counts == Counts(frames=1, resyncs=1)


def test_a_bad_checksum_costs_its_header_only() -> None:
    """A frame that begins inside a corrupt one is found."""
    corrupt = HEADER + b"\x0a" + GOOD + b"\x00\x00\x00\x00"

    frames, counts, _ = take(corrupt)

    assert frames == [GOOD]
    assert counts == Counts(frames=1, checksum_errors=1, resyncs=2)


def test_an_implausible_length_is_no_checksum_error_and_no_wait() -> None:
    """A length that cannot be is skipped at once."""
    frames, counts, _ = take(HEADER + b"\xff", GOOD)

    assert frames == [GOOD]
    assert counts == Counts(frames=1, resyncs=1)


def test_a_header_inside_a_good_frame_starts_nothing() -> None:
    """Content that imitates a header stays content."""
    body = HEADER + b"\x05" + HEADER + b"\x01\x02\x03"
    frame = body + bytes((-sum(body) & 0xFF,))

    assert take(frame)[0] == [frame]


def test_clear_forgets_an_incomplete_frame() -> None:
    """After a clear the next frame comes at once and the loss is counted."""
    counts = Counts()
    framer = Framer(shape(), counts)
    framer.take(GOOD[:5])

    framer.clear()

    assert framer.pending == 0
    assert framer.take(GOOD) == [GOOD]
    assert counts == Counts(frames=1, resyncs=1)


def test_a_shape_longer_than_the_buffer_is_refused() -> None:
    """A family cannot make its framer keep more than 4 KiB."""
    with pytest.raises(ValueError, match="4096 bytes are not kept"):
        Shape(
            header=b"\x00",
            head=1,
            longest=LARGEST_BUFFER + 1,
            length=lambda data, start: len(data) - start,
            checksum=len,
        )


@given(st.lists(st.sampled_from([GOOD, HEADER, b"\xab", b"\x03", b"\xff", GOOD[:4], b"xyz"])))
def test_cutting_otherwise_changes_nothing(parts: list[bytes]) -> None:
    """Frames, counts and what is pending depend on the bytes, not on the notifications."""
    stream = b"".join(parts)

    by_parts = take(*parts)

    assert by_parts == take(stream) == take(*(bytes((byte,)) for byte in stream))
    assert by_parts[2] < 20
