"""A clip that shows up under another address casts doubt on its seat, once; a model's name never does."""

import pytest

from collector.clock import ManualClock
from collector.commands import Bind, Prepare
from collector.device import Advertisement, full_uuid
from collector.entry import Entry
from collector.feed import Feed
from collector.fitting import Fitting
from collector.identity import Doubt, read_identity
from collector.identity_watch import IdentityWatch
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.recorder import Recorder
from tests.collector.test_fitting import Silence

OXIMETER, HEART_RATE = 0x1822, 0x180D


class Room:
    """A session in which A wears the clip `name` at address 1; `doubts` are the entries recorded."""

    def __init__(self, journal: MemoryJournal, name: str, *, by_name: bool = False) -> None:
        clock, feed = ManualClock(), Feed()
        self.entries: list[Entry] = []
        self.recorder = Recorder(journal, feed, clock)
        self.fitting = Fitting(Silence(), self.recorder, clock)  # type: ignore[arg-type]  # no links here
        self.watch = IdentityWatch(self.recorder, self.fitting, clock, by_name=by_name)
        self.recorder.execute(Prepare(roster={"A": "P1"}))
        self.recorder.execute(Bind(seat="A", participant="P1", device="1", name=name, family="plx"))
        self._before = journal.last_seq

    def worn(self) -> tuple[str, str, str]:
        """What A wears now."""
        session = self.recorder.session
        assert session is not None
        held = session.bindings["A"]
        return held.device, held.family, held.name

    def hear(self, address: str, name: str, *, service: int = OXIMETER) -> None:
        services = frozenset({full_uuid(service)})
        self.fitting.heard(Advertisement(address=address, name=name, services=services))


async def doubted(name: str, *heard: tuple[str, str]) -> list[tuple[str, Doubt | None]]:
    """The doubts after hearing these clips, looked at twice."""
    disk = MemoryDisk()
    async with MemoryJournal(disk) as journal:
        room = Room(journal, name)
        for address, other in heard:
            room.hear(address, other)
        room.watch.look()
        room.watch.look()
    words = [read_identity(entry) for entry in disk.entries if entry.kind == "identity"]
    return [(word.seat, word.doubt) for word in words]


@pytest.mark.asyncio
async def test_same_clip_under_another_address_casts_doubt_once() -> None:
    """The name is the clip's own, and its old address is not there."""
    assert await doubted("PM100 0001", ("2", "PM100 0001")) == [("A", Doubt.SWAPPED)]


@pytest.mark.asyncio
async def test_name_of_a_model_casts_no_doubt() -> None:
    """Without a serial number in it, or borne by several, a name says nothing about one clip."""
    assert await doubted("BerryMed", ("2", "BerryMed")) == []
    assert await doubted("Nonin3230", ("2", "Nonin3230")) == []
    assert await doubted("PM100 0001", ("2", "PM100 0001"), ("3", "PM100 0001")) == []
    assert await doubted("PM100 0001", ("2", "PM100 0002")) == []


@pytest.mark.asyncio
async def test_where_addresses_are_made_up_the_name_and_the_services_bind() -> None:
    """On macOS the clip is given to its seat under its new address; another family's clip is not."""
    async with MemoryJournal(MemoryDisk()) as journal:
        room = Room(journal, "PM100 0001", by_name=True)
        room.hear("2", "PM100 0001")
        room.watch.look()
        assert room.worn() == ("2", "plx", "PM100 0001")
    async with MemoryJournal(MemoryDisk()) as journal:
        room = Room(journal, "Wrist 0001", by_name=True)
        room.hear("2", "Wrist 0001", service=HEART_RATE)
        room.watch.look()
        assert room.worn() == ("1", "plx", "Wrist 0001")
