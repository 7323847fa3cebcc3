"""What may be written to a device, family by family."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices import DRIVERS, contec_frame, masimo, viatom_aa55, viatom_oxyii_frame
from collector.devices.base import Driver, Write
from collector.devices.viatom_oxy_frame import _frame as o2_frame
from tests.collector.devices.vectors import committed, started

EVERY = pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.family)
# Opcodes that reset, erase or re-flash (reference protocols: "NEVER" in each section).
O2_NEVER = (0x18, 0x19, 0x1A)
OXYII_NEVER = (0xE2, 0xE3, *range(0xE5, 0xE8), 0xEA, 0xEB, 0xEE, *range(0xF5, 0xF9), 0xFA)
PAYLOADS = (b"", b"\0", b"\1", bytes(4), bytes(8), bytes(16), bytes(20))


def forbidden() -> Iterator[tuple[str, bytes]]:
    """Well-formed commands that must never leave, with their families."""
    for payload in PAYLOADS:
        for command in O2_NEVER:
            yield "viatom_oxy", o2_frame(0xAA, command, 0, payload)
        for opcode in OXYII_NEVER:
            yield "viatom_oxyii", viatom_oxyii_frame.frame(opcode, payload)
    # A wearer's own limits and motor are theirs; the push is only ever switched off.
    yield "viatom_oxy", o2_frame(0xAA, 0x16, 0, b'{"SetOxiThr":"85"}')
    yield "viatom_oxyii", viatom_oxyii_frame.frame(0x10, b"\1")
    yield "contec", bytes.fromhex("9d7f7f7f7f000019")
    yield "contec", bytes.fromhex("a10021")
    yield "contec", bytes.fromhex("a10122")
    # Erases the memory; sets the clock in a form on which sources disagree.
    yield "masimo", masimo.frame(0x07)
    yield "masimo", masimo.frame(0x02, bytes(4))
    yield "taidoc", bytes.fromhex("514950000000a33d")  # switches off
    # Families that are never written to: enable, end of a measurement, memory clear, forget the bond, rename.
    yield "viatom_aa55", viatom_aa55.frame(0x0F, 0x84, b"\1")
    yield "nonin", bytes.fromhex("624e4d49")
    yield "nonin", b"\x60NMI\x06MCL!\r\n"
    yield "nonin", b"\x63NMI"
    for command in (0xE0, 0xE1, *range(0xF0, 0xF7), 0xFE, 0xFF):
        yield "berry_bci", bytes((command,))
    for vector in committed():
        if vector["expect"].get("forbidden"):
            yield vector["family"], b"".join(bytes.fromhex(text) for text in vector["hex"])


def written(driver: Driver, utc_ns: int) -> list[Write]:
    """Everything that a driver has written to its device, after it was told of a whole start."""
    _, decoder = started(driver)
    starts = driver.start(utc_ns)
    polls = [driver.poll.request(number) for number in (0, 1, 255, 256)] if driver.poll else []
    return [*starts, *driver.then(driver.decoder()), *driver.then(decoder), *polls]


@EVERY
@given(utc_ns=st.integers(0, 4_000_000_000).map(lambda seconds: seconds * 10**9))
def test_all_that_a_driver_writes_is_allowed(driver: Driver, utc_ns: int) -> None:
    """Start, what follows from the replies, polls: each is in the list and leaves whole."""
    for write in written(driver, utc_ns):
        pieces = driver.pieces(write)

        assert b"".join(pieces) == write.data
        assert all(0 < len(piece) <= driver.longest_write for piece in pieces)


@pytest.mark.parametrize(("family", "command"), sorted(set(forbidden())))
def test_what_must_never_be_sent_is_refused(family: str, command: bytes) -> None:
    """A command that erases, resets or re-flashes is refused where writes leave."""
    (driver,) = (driver for driver in DRIVERS if driver.family == family)

    assert not driver.allows(command)
    with pytest.raises(ValueError, match=f"{family} must never be sent {command.hex()}"):
        driver.pieces(Write(characteristic="", data=command))


FRAMES: dict[str, Callable[[int, bytes], bytes]] = {
    "viatom_oxy": lambda opcode, payload: o2_frame(0xAA, opcode, 0, payload),
    "viatom_oxyii": viatom_oxyii_frame.frame,
    "contec": lambda opcode, payload: contec_frame.frame(opcode, *(byte & 0x7F for byte in payload)),
    "masimo": masimo.frame,
}
OPCODES = {
    "viatom_oxy": {0x03, 0x04, 0x05, 0x14, 0x15, 0x17, 0x1B},
    "viatom_oxyii": {0x00, 0x04, 0x10, 0xC0, 0xE1, 0xE4, 0xF1, 0xF2, 0xF3, 0xF4, 0xFF},
    "contec": {0x86, 0x89, 0x8E, 0x9A, 0x9B},
    "masimo": {0x01, 0x03},
}


@pytest.mark.parametrize("family", FRAMES)
@given(opcode=st.integers(0, 255), payload=st.sampled_from(PAYLOADS) | st.binary(max_size=20))
def test_no_other_opcode_passes(family: str, opcode: int, payload: bytes) -> None:
    """Of all 256 opcodes, with any payload, only those of the list can pass."""
    (driver,) = (driver for driver in DRIVERS if driver.family == family)

    if driver.allows(FRAMES[family](opcode, payload)):
        assert opcode in OPCODES[family]


@EVERY
@given(junk=st.binary(max_size=40))
def test_junk_and_spoilt_commands_are_refused(driver: Driver, junk: bytes) -> None:
    """What is not byte for byte an allowed command does not pass, nor two in one."""
    assert not driver.allows(b"")
    for write in driver.start(0):
        assert not driver.allows(write.data + write.data)
        assert not driver.allows(write.data[:-1])
        if junk:
            assert not driver.allows(write.data + junk)
