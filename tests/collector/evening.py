"""An evening for gap filling: two people, their clips, what was heard live and what the clips stored."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from collector.clock import SECOND, Instant, ManualClock
from collector.commands import Bind, End, Prepare, Start
from collector.entry import Entry
from collector.feed import Feed
from collector.filling import Filled, Stored, fill_session
from collector.journal.file import NAME, JournalFile
from collector.reading import Reading
from collector.recorder import Recorder
from collector.recordings.foreign import read
from collector.recordings.recording import Recording
from tests.collector.journal.samples import waiting

ANNA, BEN = "C0:FF:EE:00:00:01", "C0:FF:EE:00:00:02"
LENGTH_S = 1200
GAP = range(600, 720)
BEGIN_NS = 1_790_000_000 * SECOND

Vital = tuple[int, int]  # SpO2, pulse rate


def person(seed: str, *, seconds: int = LENGTH_S) -> list[Vital]:
    """SpO2 and pulse rate of every second, as restless as real ones."""
    random = Random(seed)
    rate, spo2, lived = 60.0 + 20 * random.random(), 96.0, []
    for _ in range(seconds):
        rate = min(110.0, max(48.0, rate + random.gauss(0, 0.7)))
        spo2 = min(100.0, max(85.0, spo2 + random.gauss(0, 0.15)))
        lived.append((round(spo2), round(rate)))
    return lived


def vld(lived: Sequence[Vital], *, ahead_s: int = 0, step: int = 4) -> tuple[str, bytes]:
    """Name and bytes of what an O2 legacy ring stores, whose clock is `ahead_s` ahead."""
    begun = datetime.fromtimestamp(BEGIN_NS / SECOND, UTC) + timedelta(seconds=ahead_s)
    local = begun.astimezone()
    rows = lived[::step]
    head = bytes((3, 0)) + local.year.to_bytes(2, "little")
    head += bytes((local.month, local.day, local.hour, local.minute, local.second))
    head += (40 + 5 * len(rows)).to_bytes(4, "little") + (len(rows) * step).to_bytes(2, "little")
    records = b"".join(bytes((spo2, rate, 0, 0, 0)) for spo2, rate in rows)
    return f"{local:%Y%m%d%H%M%S}", head.ljust(40, b"\0") + records


def oxyii(lived: Sequence[Vital], *, ahead_s: int = 0, step: int = 4) -> tuple[str, bytes]:
    """The same of an OxyII ring."""
    begun = datetime.fromtimestamp(BEGIN_NS / SECOND, UTC) + timedelta(seconds=ahead_s)
    local = begun.astimezone()
    seconds = round(local.replace(tzinfo=UTC).timestamp())
    rows = lived[::step]
    body = b"\x01\x03".ljust(10, b"\0") + b"".join(bytes((spo2, rate, 0)) for spo2, rate in rows)
    trailer = (sum(body) & 0xFFFF_FFFF).to_bytes(4, "little") + bytes.fromhex("48125ada")
    trailer += seconds.to_bytes(4, "little") + len(rows).to_bytes(4, "little") + bytes((step,))
    return f"{local:%Y%m%d%H%M%S}", body + trailer.ljust(48, b"\0")


def recording(folder: Path, stored: tuple[str, bytes]) -> Recording:
    """The recording in such a file."""
    path = folder / stored[0]
    path.write_bytes(stored[1])
    return read(path)


class Evening:
    """A session in which both are heard each second but in `GAP`, which was all of the radio's."""

    def __init__(self) -> None:
        self.clock = ManualClock(utc_ns=BEGIN_NS)
        self.entries: list[Entry] = []
        self.last_seq = 0
        self.sessions: frozenset[str] = frozenset()
        self.opening: tuple[Entry, ...] = ()
        self.recorder = Recorder(self, Feed(), self.clock)
        self.anna, self.ben = person("anna"), person("ben")

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        self.entries.append(entry)
        self.last_seq = entry.seq

    async def room(self) -> None:
        """There always is."""

    def begin(self) -> "Evening":
        """Seats taken, clips on, started."""
        self.recorder.execute(Prepare(roster={"A": "P1", "B": "P2"}, title="Evening"))
        self.wear(ANNA, "A", "P1")
        self.wear(BEN, "B", "P2")
        self.recorder.execute(Start())
        return self

    def wear(self, device: str, seat: str, participant: str) -> None:
        """From now on."""
        bind = Bind(
            seat=seat, participant=participant, device=device, family="viatom_oxy", name="O2Ring"
        )
        self.recorder.execute(bind)

    def live(
        self, seconds: range, *, heard: Callable[[int], bool] = lambda s: s not in GAP
    ) -> "Evening":
        """These seconds pass; in those that are `heard` both clips say what is."""
        for second in seconds:
            if heard(second):
                for device, lived in ((ANNA, self.anna), (BEN, self.ben)):
                    spo2, rate = lived[second]
                    reading = Reading(at=self.clock.now(), spo2=spo2, pulse_rate=rate)
                    self.recorder.reading(device, reading)
            self.clock.advance_to(self.clock.now().running_ns + SECOND)
        return self

    def end(self) -> "Evening":
        """The facilitator ends it."""
        self.recorder.execute(End())
        return self

    def second(self, at: Instant) -> float:
        """Which second of the evening `at` is, on the running clock."""
        return (at.running_ns - self.entries[0].instant.running_ns) / SECOND

    def keep(self, directory: Path) -> str:
        """The evening as the journal of `directory`; its session's id."""
        file = JournalFile(directory / NAME)
        file.write(waiting(self.entries), {})
        file.close()
        return self.entries[0].session


def whole() -> Evening:
    """An evening from its beginning to its end, with the gap."""
    return Evening().begin().live(range(LENGTH_S)).end()


def filled_in(directory: Path, name: str, found: Sequence[Stored]) -> tuple[str, list[Filled]]:
    """The gaps of a session filled an hour after it began."""
    return fill_session(directory, name, found, utc_ns=BEGIN_NS + 3600 * SECOND)
