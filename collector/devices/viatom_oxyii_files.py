"""Stored recordings of OxyII rings: list, download, check.

Greeting, GET_INFO (the ring's clock), FILE_END (frees a file left open), FILE_LIST; for each wanted name
FILE_START gives the size, FILE_DATA with an offset up to 512 bytes, FILE_END closes it. Some firmware cuts
a transfer after so many bytes of a connection: the next connection goes on at the last offset. The trailer
holds the sum of all before it and the start, which must be the name. The format:
`recordings/oxyii_file.py`. No RT_DATA is sent over such a connection: whether it blocks downloads is
disputed. Source: reference protocols, sections 5.4 and 5.9.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from collector.devices.base import Counts, Write
from collector.devices.framing import Framer
from collector.devices.stored import Download, Part, Refusal, Transfer
from collector.devices.viatom_oxyii_frame import (
    ERRORS,
    REPLY,
    SHAPE,
    Opcode,
    auth,
    encrypts,
    frame,
)
from collector.devices.viatom_oxyii_information import NAME, files, information

WRITE = "e8fb0002-a14b-98f9-831b-4e2941d01248"
NOTIFY = "e8fb0003-a14b-98f9-831b-4e2941d01248"
REPLY_S = 5.0
# The greeting normally has no reply; the ring wants a moment before the next command (section 5.6).
GREETING_S = 0.4
TRAILER = 48
MAGIC = bytes.fromhex("48125ada")
TIME_DIGITS = 14
# Named when it begins, the trailer written at the end: their starts may differ by the ring's start-up.
START_OFF_S = 180
BUSY = next(code for code, said in ERRORS.items() if said == "busy")
# Silence to these is no failure: what comes next is asked.
MAY_BE_SILENT = (Opcode.AUTH, Opcode.FILE_END)


class Fetch(Download):
    """The host's side; see `stored.Fetch`."""

    def __init__(self, wanted: Callable[[str], bool], known: Sequence[Part] = ()) -> None:
        super().__init__(wanted, known)
        self._framer = Framer(SHAPE, Counts())
        self._asked = Opcode.AUTH
        self._freed = False  # a file left open by somebody else is closed first
        self._sequence = 0
        self._last = b""

    def connected(self) -> Write:
        self._freed = False
        if self._queue:
            self._queue[0].broken()
        # The ring is reported not to look at the time in the greeting (section 5.5).
        return self._write(Opcode.AUTH, auth(0), GREETING_S)

    def silent(self) -> Write | None:
        self._framer.clear()
        if self._asked in MAY_BE_SILENT:
            return self._take(self._asked, REPLY, b"")
        return Write(characteristic=WRITE, data=self._last, reply_s=REPLY_S)

    def feed(self, characteristic: str, data: bytes) -> Write | None:
        if characteristic != NOTIFY:
            return None
        for whole in self._framer.take(data):
            if whole[1] != self._asked or whole[3] == BUSY:
                continue
            if (write := self._take(whole[1], whole[3], whole[7:-1])) is not None or self.done:
                return write
        return None

    def _ask(self, opcode: Opcode, payload: bytes = b"") -> Write:
        self._sequence += 1
        return self._write(opcode, frame(opcode, payload, sequence=self._sequence), REPLY_S)

    def _write(self, opcode: Opcode, data: bytes, reply_s: float) -> Write:
        self._asked, self._last = opcode, data
        self._framer.clear()
        return Write(characteristic=WRITE, data=data, reply_s=reply_s)

    def _take(self, opcode: int, flag: int, payload: bytes) -> Write | None:
        good = flag == REPLY
        match opcode:
            case Opcode.AUTH:
                return self._greeted(payload)
            case Opcode.GET_INFO:
                told = information(payload) if good else None
                self.clock = told.device_time if told else ""
                return self._ask(Opcode.FILE_END)
            case Opcode.FILE_END:
                return self._ended()
            case Opcode.FILE_LIST:
                return self._list(payload) if good else None
        return self._of_file(opcode, payload if good else b"")

    def _of_file(self, opcode: int, payload: bytes) -> Write | None:
        if not self._queue:
            return None
        if opcode == Opcode.FILE_START:
            return self._opened(self._queue[0], payload)
        return self._content(self._queue[0], payload)

    def _greeted(self, payload: bytes) -> Write | None:
        if encrypts(payload):
            self.unreadable = "it encrypts all that it says, which nothing here can read"
            return None
        return self._ask(Opcode.FILE_END if self.clock else Opcode.GET_INFO)

    def _list(self, payload: bytes) -> Write | None:
        self._line_up(files(payload))
        return self._next()

    def _open(self, transfer: Transfer) -> Write:
        name = transfer.name.encode("ascii", "replace")[:NAME].ljust(NAME, b"\0")
        return self._ask(Opcode.FILE_START, name + bytes(4))

    def _piece(self, transfer: Transfer) -> Write:
        return self._ask(Opcode.FILE_DATA, transfer.offset.to_bytes(4, "little"))

    def _close(self) -> Write:
        return self._ask(Opcode.FILE_END)

    def _ended(self) -> Write | None:
        if self._queue is None:
            self._freed = True
            return self._ask(Opcode.FILE_LIST)
        if self._freed:
            self._closed()
        self._freed = True
        return self._next()

    def _check(self, name: str, data: bytes) -> Refusal | None:
        return check(name, data)


def check(name: str, data: bytes) -> Refusal | None:
    """Whether `data` is the whole file `name`, by its trailer."""
    trailer = data[-TRAILER:]
    if len(data) < TRAILER or trailer[4:8] != MAGIC:
        return Refusal.UNFINISHED
    if sum(data[:-TRAILER]) & 0xFFFF_FFFF != int.from_bytes(trailer[:4], "little"):
        return Refusal.DAMAGED
    begun = int.from_bytes(trailer[8:12], "little")
    try:
        named = datetime.strptime(name[:TIME_DIGITS], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None  # nothing to compare with: the sum has to do
    return Refusal.WRONG_FILE if abs(named.timestamp() - begun) > START_OFF_S else None


class Memory:
    """The ring's side: `files` by name."""

    def __init__(self, files: dict[str, bytes], *, piece: int = 512) -> None:
        self.files = files
        self._piece = piece
        self._open: bytes | None = None

    def answer(self, opcode: int, payload: bytes) -> bytes | None:
        """The payload of the reply to a file command; None where the file is not there."""
        match opcode:
            case Opcode.FILE_LIST:
                names = [name.encode("ascii").ljust(NAME, b"\0") for name in self.files]
                return bytes((len(names),)) + b"".join(names)
            case Opcode.FILE_START:
                name = payload[:NAME].partition(b"\0")[0].decode("ascii", "replace")
                self._open = self.files.get(name)
                return None if self._open is None else len(self._open).to_bytes(4, "little")
            case Opcode.FILE_DATA:
                offset = int.from_bytes(payload, "little")
                return None if self._open is None else self._open[offset : offset + self._piece]
        self._open = None
        return b""
