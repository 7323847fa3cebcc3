"""The frame of OxyII, the same in both directions, and the commands that may be sent.

| off | size | field                                                                        |
|-----|------|------------------------------------------------------------------------------|
| 0   | 1    | A5                                                                           |
| 1   | 1    | opcode                                                                       |
| 2   | 1    | its complement                                                               |
| 3   | 1    | 00 request, 01 reply, else the reply is an error (`ERRORS`)                  |
| 4   | 1    | sequence, counted by the host; what replies carry is not reliable            |
| 5   | 2    | payload length n, little endian                                              |
| 7   | n    | payload                                                                      |
| 7+n | 1    | CRC8 (`crc8.msb_first`) of all before                                        |

Reset, format, factory and upgrade commands (E2, E3, E5-E7, EA, EB, EE, F5-F8, FA) do not exist here, and
`allows` refuses them. Source: reference protocols, sections 5.3 to 5.6; captures oxy2-001 to oxy2-007.
"""

from datetime import datetime, timedelta
from enum import IntEnum

from collector.devices import crc8
from collector.devices.framing import Shape

ENVELOPE = 8
LONGEST_PAYLOAD = 1024
REQUEST, REPLY = 0x00, 0x01

ERRORS = {
    0x02: "crc_error",
    0xE0: "file_not_found",
    0xE1: "read_failed",
    0xE2: "write_failed",
    0xF1: "illegal_parameter",
    0xF2: "no_permission",
    0xF3: "decryption_failed",
    0xFB: "busy",
    0xFC: "bad_format",
    0xFD: "unsupported",
}

# The key of the greeting: MD5 of ASCII "lepucloud". The ring is reported not to check the content.
KEY = bytes.fromhex("c2a7cf50dafed885a8f8f7eac44335f3")
# In front of the session key in the reply of a ring that encrypts all that follows (section 5.5).
KEY_REPLY = b"\x01\x10"
SHORTEST_KEY_REPLY = 20


class Opcode(IntEnum):
    """Every command that may ever be written (allow-list)."""

    RT_DATA = 0x04
    GET_CONFIG = 0x00
    AUTO_RT_SWITCH = 0x10
    SET_TIME = 0xC0
    GET_INFO = 0xE1
    GET_BATTERY = 0xE4
    FILE_LIST = 0xF1
    FILE_START = 0xF2
    FILE_DATA = 0xF3
    FILE_END = 0xF4
    AUTH = 0xFF


# Bytes of payload that each command has.
_PAYLOADS = {
    Opcode.RT_DATA: 0,
    Opcode.GET_CONFIG: 0,
    Opcode.AUTO_RT_SWITCH: 1,
    Opcode.SET_TIME: 8,
    Opcode.GET_INFO: 0,
    Opcode.GET_BATTERY: 0,
    Opcode.FILE_LIST: 0,
    Opcode.FILE_START: 20,
    Opcode.FILE_DATA: 4,
    Opcode.FILE_END: 0,
    Opcode.AUTH: 16,
}


def _length(buffer: bytes, start: int) -> int:
    payload = buffer[start + 5] | buffer[start + 6] << 8
    plausible = buffer[start + 1] ^ buffer[start + 2] == 0xFF and payload <= LONGEST_PAYLOAD
    return payload + ENVELOPE if plausible else 0


SHAPE = Shape(
    header=b"\xa5",
    head=7,
    longest=LONGEST_PAYLOAD + ENVELOPE,
    length=_length,
    checksum=crc8.msb_first,
)


def frame(opcode: int, payload: bytes = b"", *, flag: int = REQUEST, sequence: int = 0) -> bytes:
    """A whole frame."""
    head = bytes((0xA5, opcode, opcode ^ 0xFF, flag, sequence & 0xFF))
    body = head + len(payload).to_bytes(2, "little") + payload
    return body + bytes((crc8.msb_first(body),))


def auth(utc_s: int, *, sequence: int = 0) -> bytes:
    """The greeting: the even bytes of the key, "0000" and the time, all xor the key."""
    said = KEY[::2] + b"0000" + (utc_s & 0xFFFF_FFFF).to_bytes(4, "little")
    return frame(Opcode.AUTH, bytes(a ^ b for a, b in zip(said, KEY, strict=True)), sequence=sequence)


def encrypts(payload: bytes) -> bool:
    """Whether the reply to the greeting hands out a session key."""
    said = bytes(a ^ b for a, b in zip(payload, KEY, strict=False))
    return len(payload) >= SHORTEST_KEY_REPLY and said.startswith(KEY_REPLY)


def set_time(local: datetime, *, sequence: int = 0) -> bytes:
    """The command that sets the ring's clock to a local wall-clock time with its offset from UTC."""
    tenths = round((local.utcoffset() or timedelta()) / timedelta(minutes=6))
    date = local.year.to_bytes(2, "little")
    clock = bytes((local.month, local.day, local.hour, local.minute, local.second, tenths & 0xFF))
    return frame(Opcode.SET_TIME, date + clock, sequence=sequence)


def allows(data: bytes) -> bool:
    """Whether `data` is one whole request of the allow-list, unspoilt."""
    whole = len(data) >= ENVELOPE and data[0] == 0xA5 and _length(data, 0) == len(data)
    if not whole or crc8.msb_first(data) or data[3] != REQUEST:
        return False
    if _PAYLOADS.get(data[1]) != len(data) - ENVELOPE:  # type: ignore[call-overload]
        return False
    # Switching the push on is nothing that we do; off is what keeps replies to one per request.
    return data[1] != Opcode.AUTO_RT_SWITCH or data[7] == 0
