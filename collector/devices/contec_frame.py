"""The frame of Contec, EMAY and their relatives, and the commands that may be sent.

A header byte of 80 or more, then bytes below 80, the last of them the sum of all before & 7F. The length
follows from the header, in a few cases from the byte after it:

| header         | bytes | what                    | header         | bytes    | what                  |
|----------------|-------|-------------------------|----------------|----------|-----------------------|
| EB 00          | 6     | waveform                | E0             | 7 or 15  |                       |
| EB 01, EB 02   | 8     | numbers                 | EF             | 8        | stored data present?  |
| EB 7F          | 3     | stream stopped          | EC             | 21       | stored: automatic     |
| F0             | 2     |                         | D0             | 14       | stored: manual        |
| F1, FE 03      | 10    | model name              | D2, D3         | 20       | stored values         |
| F3 - F6, FA, FB, FF | 3 | F6 battery             | ED             | 24 or 30 | stored values         |
| FE 06, 07, 09  | 7, 5, 11 |                      |                |          |                       |

Commands that delete records (9D 7F..., A1) do not exist here, and `allows` refuses them. Source: reference
protocols, sections 10.1 and 10.2; captures contec-001 to contec-019.
"""

from collector.devices.framing import Shape
from collector.devices.sums import sum7

LONGEST = 30
LENGTHS = {
    **dict.fromkeys((0xF3, 0xF4, 0xF5, 0xF6, 0xFA, 0xFB, 0xFF), 3),
    0xF0: 2,
    0xF1: 10,
    0xEF: 8,
    0xEC: 21,
    0xD0: 14,
    0xD2: 20,
    0xD3: 20,
}
# By the byte after the header.
SECOND = {
    0xEB: {0x00: 6, 0x01: 8, 0x02: 8, 0x7F: 3},
    0xFE: {0x03: 10, 0x06: 7, 0x07: 5, 0x09: 11},
}
EITHER = {0xE0: (7, 15), 0xED: (24, 30)}


def _length(buffer: bytes, start: int) -> int:
    length = _claimed(buffer, start)
    # Another header before the end: this one was none, and its frame is not worth waiting for.
    return length if buffer[start + 1 : start + length].isascii() else 0


def _claimed(buffer: bytes, start: int) -> int:
    head = buffer[start]
    if head in SECOND:
        return SECOND[head].get(buffer[start + 1], 0)
    if head in EITHER:
        short, long = EITHER[head]
        frame = buffer[start : start + short]
        return short if len(frame) == short and not sum7(frame) else long
    return LENGTHS.get(head, 0)


SHAPE = Shape(header=b"", head=2, longest=LONGEST, length=_length, checksum=sum7)


def frame(*body: int) -> bytes:
    """A whole frame or command: `body` and its sum."""
    return bytes((*body, sum(body) & 0x7F))


HELLO = frame(0x89)
DEVICE_STATE = frame(0x8E, 0x05)
BATTERY = frame(0x86)
START = frame(0x9B, 0x01)
START_WAVE = frame(0x9B, 0x00)
STOP = frame(0x9B, 0x7F)
KEEP_ALIVE = frame(0x9A)

# Every command that may ever be written. They have no parameters, so the list is one of bytes.
ALLOWED = frozenset((HELLO, DEVICE_STATE, BATTERY, START, START_WAVE, STOP, KEEP_ALIVE))


def allows(data: bytes) -> bool:
    """Whether `data` is a command of the allow-list."""
    return data in ALLOWED
