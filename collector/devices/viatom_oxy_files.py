"""Stored recordings of O2 legacy rings: list, download, check.

INFO lists names (YYYYMMDDHHMMSS, the start by the ring's clock). For each: READ_START with the name gives
the size, READ_CONTENT with block 0, 1, 2, ... the bytes, READ_END closes it, also after an error. The
blocks of one connection have one length, chosen by the ring. A name that does not exist may be answered by
the file opened before: the time in the file's header must be its name, and the size in the header the size
announced (a recording that still grows is listed with a stale one). The format: `recordings/vld.py`.
Source: reference protocols, 4.4, 4.8 to 4.10.
"""

from collections.abc import Callable, Sequence

from collector.devices.base import Counts, Write
from collector.devices.framing import Framer
from collector.devices.stored import Download, Part, Refusal, Transfer
from collector.devices.viatom_oxy_frame import REPLY, Command, request
from collector.devices.viatom_oxy_information import information

WRITE = "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3"
NOTIFY = "0734594a-a8e7-4b1a-a6b1-cd5243059a57"
REPLY_S = 5.0  # 3-6 s (section 4.3)
HEADER = 40
TIME_DIGITS = 14


class Fetch(Download):
    """The host's side; see `stored.Fetch`."""

    def __init__(self, wanted: Callable[[str], bool], known: Sequence[Part] = ()) -> None:
        super().__init__(wanted, known)
        self._framer = Framer(REPLY, Counts())
        self._asked = Command.INFO
        self._block = 0
        self._last = request(Command.INFO)

    def connected(self) -> Write:
        if not self._queue:
            return self._ask(Command.INFO)
        self._queue[0].broken()
        return self._open(self._queue[0])

    def silent(self) -> Write | None:
        self._framer.clear()
        return Write(characteristic=WRITE, data=self._last, reply_s=REPLY_S)

    def feed(self, characteristic: str, data: bytes) -> Write | None:
        if characteristic != NOTIFY:
            return None
        for frame in self._framer.take(data):
            # What follows in the same bytes answers nothing that was asked: one command is in flight.
            if (write := self._take(frame)) is not None or self.done:
                return write
        return None

    def _ask(self, command: Command, payload: bytes = b"", block: int = 0) -> Write:
        self._asked, self._block = command, block
        self._last = request(command, payload, block)
        self._framer.clear()
        return Write(characteristic=WRITE, data=self._last, reply_s=REPLY_S)

    def _open(self, transfer: Transfer) -> Write:
        return self._ask(Command.READ_START, transfer.name.encode("ascii", "replace") + b"\0")

    def _take(self, frame: bytes) -> Write | None:
        good, block, payload = frame[1] == 0, frame[3] | frame[4] << 8, frame[7:-1]
        if self._queue is None:
            return self._list(payload) if good else None
        if not self._queue:
            return None
        transfer = self._queue[0]
        match self._asked:
            case Command.READ_START:
                return self._opened(transfer, payload if good else b"")
            case Command.READ_CONTENT if not good or block == self._block:
                return self._content(transfer, payload if good else b"")
            case Command.READ_END:
                self._closed()
                return self._next()
        return None

    def _list(self, payload: bytes) -> Write | None:
        told = information(payload)
        if told is None:
            return None
        self.clock = told.device_time
        self._line_up(told.files)
        return self._next()

    def _piece(self, transfer: Transfer) -> Write:
        if transfer.offset and transfer.offset % transfer.piece:
            return self._refuse(transfer, Refusal.IRREGULAR)
        block = transfer.offset // transfer.piece if transfer.offset else 0
        return self._ask(Command.READ_CONTENT, block=block)

    def _close(self) -> Write:
        return self._ask(Command.READ_END)

    def _check(self, name: str, data: bytes) -> Refusal | None:
        return check(name, data)


def check(name: str, data: bytes) -> Refusal | None:
    """Whether `data` is the whole file `name`, by its header."""
    if len(data) < HEADER:
        return Refusal.WRONG_SIZE
    year, clock = data[2] | data[3] << 8, "".join(f"{part:02d}" for part in data[4:9])
    if f"{year:04d}{clock}" != name[:TIME_DIGITS]:
        return Refusal.WRONG_FILE
    return None if int.from_bytes(data[9:13], "little") == len(data) else Refusal.UNFINISHED


class Memory:
    """The ring's side: `files` by name, with its habit of serving the file opened before."""

    def __init__(self, files: dict[str, bytes], *, block: int = 128) -> None:
        self.files = files
        self._block = block
        self._open: bytes | None = None

    def answer(self, command: int, block: int, payload: bytes) -> bytes | None:
        """The payload of the reply to a file command; None is a file error."""
        if command == Command.READ_START:
            name = payload.partition(b"\0")[0].decode("ascii", "replace")
            self._open = self.files.get(name, self._open)
            return None if self._open is None else len(self._open).to_bytes(4, "little")
        if command == Command.READ_CONTENT:
            first = block * self._block
            return self._open[first : first + self._block] if self._open else None
        return b""
