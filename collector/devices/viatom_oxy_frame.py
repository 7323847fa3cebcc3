"""The frame of O2 legacy: requests to the ring and its replies.

| off | size | request (host to ring)          | reply (ring to host)                 |
|-----|------|---------------------------------|--------------------------------------|
| 0   | 1    | AA                              | 55                                   |
| 1   | 1    | command                         | status, 0 done (no echo of the command) |
| 2   | 1    | complement of the byte before   | same                                 |
| 3   | 2    | block number, little endian     | same                                 |
| 5   | 2    | payload length n, little endian | same                                 |
| 7   | n    | payload                         | payload                              |
| 7+n | 1    | CRC8 (`crc8.msb_first`) of all before | same                           |

Factory and reset commands (18, 19, 1A) do not exist here, so they cannot be sent. Source: reference protocols,
sections 4.3 and 4.4.
"""

import json
from datetime import datetime
from enum import IntEnum

from collector.devices import crc8
from collector.devices.framing import Shape

ENVELOPE = 8
LONGEST_PAYLOAD = 2048
# What fits at the smallest ATT_MTU of 23, which no device may refuse.
PIECE = 20


class Command(IntEnum):
    """Every command that may ever be written (allow-list)."""

    READ_START = 0x03
    READ_CONTENT = 0x04
    READ_END = 0x05
    INFO = 0x14
    PING = 0x15
    PARA_SYNC = 0x16
    RT_PARAM = 0x17
    RT_WAVE = 0x1B


def _length(buffer: bytes, start: int) -> int:
    payload = buffer[start + 5] | buffer[start + 6] << 8
    plausible = buffer[start + 1] ^ buffer[start + 2] == 0xFF and payload <= LONGEST_PAYLOAD
    return payload + ENVELOPE if plausible else 0


def _shape(header: bytes) -> Shape:
    return Shape(
        header=header,
        head=7,
        longest=LONGEST_PAYLOAD + ENVELOPE,
        length=_length,
        checksum=crc8.msb_first,
    )


REQUEST = _shape(b"\xaa")
REPLY = _shape(b"\x55")


def _frame(header: int, code: int, block: int, payload: bytes) -> bytes:
    head = bytes((header, code, code ^ 0xFF))
    body = head + block.to_bytes(2, "little") + len(payload).to_bytes(2, "little") + payload
    return body + bytes((crc8.msb_first(body),))


def request(command: Command, payload: bytes = b"", block: int = 0) -> bytes:
    """The bytes of a command."""
    return _frame(0xAA, command, block, payload)


def reply(payload: bytes, status: int = 0, block: int = 0) -> bytes:
    """The bytes of a reply, as the ring sends them."""
    return _frame(0x55, status, block, payload)


def pieces(data: bytes) -> list[bytes]:
    """`data` cut so that each piece fits the smallest ATT_MTU."""
    return [data[first : first + PIECE] for first in range(0, len(data), PIECE)]


def set_time(local: datetime) -> bytes:
    """The command that sets the ring's clock to a local wall-clock time."""
    text = json.dumps({"SetTIME": f"{local:%Y-%m-%d,%H:%M:%S}"}, separators=(",", ":"))
    return request(Command.PARA_SYNC, text.encode("ascii"))
