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

Factory and reset commands (18, 19, 1A) do not exist here, and `allows` refuses them. Source: reference
protocols, sections 4.3 and 4.4.
"""

import json
import re
from datetime import datetime
from enum import IntEnum

from collector.devices import crc8
from collector.devices.framing import Shape

ENVELOPE = 8
LONGEST_PAYLOAD = 2048
# The only setting that may be changed: the other keys are the wearer's own limits and motor.
_SET_TIME = re.compile(rb'\{"SetTIME":"\d{4}(-\d\d){2},\d\d(:\d\d){2}"\}')


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


def set_time(local: datetime) -> bytes:
    """The command that sets the ring's clock to a local wall-clock time."""
    text = json.dumps({"SetTIME": f"{local:%Y-%m-%d,%H:%M:%S}"}, separators=(",", ":"))
    return request(Command.PARA_SYNC, text.encode("ascii"))


def allows(data: bytes) -> bool:
    """Whether `data` is one whole request of the allow-list, unspoilt."""
    if len(data) < ENVELOPE or data[0] != 0xAA or _length(data, 0) != len(data) or crc8.msb_first(data):
        return False
    if data[1] not in _ALLOWED:
        return False
    return data[1] != Command.PARA_SYNC or _SET_TIME.fullmatch(data[7:-1]) is not None


_ALLOWED = frozenset(Command)
