"""The fitting list shows what is in range, connects while somebody looks, and records nothing of it."""

from dataclasses import replace

import pytest

from collector.clock import SECOND, ManualClock
from collector.device import Advertisement, DeviceStatus, LinkState, full_uuid
from collector.fitting import MOST, Fitting
from collector.reading import Reading
from collector.session import Binding, Session
from tests.collector.radio.world import Recorded

PLX = full_uuid(0x1822)


class Silence:
    """A radio with nothing wrong and nothing to hear; advertisements are given by the test."""

    trouble = None
    slots = None


class List:
    """A fitting list, its clock, and what it hands on."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.recorded = Recorded()
        self.fitting = Fitting(Silence(), self.recorded, self.clock)  # type: ignore[arg-type]  # no links here

    def hear(self, address: str, name: str = "PM100", rssi: int = -60, services: str = PLX) -> None:
        self.fitting.heard(
            Advertisement(
                address=address,
                name=name,
                rssi=rssi,
                services=frozenset({services} if services else ()),
            )
        )

    def link(self, address: str, link: LinkState) -> None:
        self.fitting.status(DeviceStatus(at=self.clock.now(), device=address, link=link))

    def wait(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now().running_ns + int(seconds * SECOND))

    @property
    def wanted(self) -> list[str]:
        return [device.address for device in self.fitting.wanted(None)]


def wearing(**worn: str) -> Session:
    """A session in which each seat wears a clip."""
    now = ManualClock().now()
    bound = {
        seat: Binding(seat=seat, participant=f"P{seat}", device=device, since=now)
        for seat, device in worn.items()
    }
    return Session(id="one", bindings=bound, roster={seat: f"P{seat}" for seat in worn})


@pytest.fixture
def clips() -> List:
    return List()


def test_oximeters_in_range_are_listed_with_their_family(clips: List) -> None:
    """What is no oximeter is not listed; equal names are counted, an oximeter by name alone is found."""
    clips.hear("A")
    clips.hear("B")
    clips.hear("C", name="O2Ring 1234", services="")
    clips.hear("D", name="Loudspeaker", services="")
    found = {one.address: one for one in clips.fitting.candidates(None)}

    assert sorted(found) == ["A", "B", "C"]
    assert [found[address].family for address in "ABC"] == ["plx", "plx", "viatom_oxy"]
    assert [found[address].alike for address in "ABC"] == [2, 2, 1]


def test_nothing_is_connected_while_nobody_looks(clips: List) -> None:
    """Looking holds for some seconds; then the clips are let go."""
    clips.hear("A")
    assert clips.wanted == []
    clips.fitting.look()
    assert clips.wanted == ["A"]
    clips.wait(16)

    assert clips.wanted == []


def test_strongest_are_connected_and_links_keep_their_place(clips: List) -> None:
    """Not more than an adapter carries, the nearest first, but a link that stands is not given up."""
    for number in range(MOST + 3):
        clips.hear(f"{number}", rssi=-50 - number)
    clips.fitting.look()
    assert clips.wanted == [f"{number}" for number in range(MOST)]
    clips.link("7", LinkState.CONNECTED)

    assert clips.wanted == ["7", *(f"{number}" for number in range(MOST - 1))]


@pytest.mark.parametrize(
    ("name", "service"), [("O2", ""), ("Medical", ""), ("Belt", full_uuid(0x180D)), ("SleepO2 12", "")]
)
def test_what_may_be_something_else_is_not_connected_by_itself(
    clips: List, name: str, service: str
) -> None:
    """A weak name, and a belt that gives a pulse alone, are at most offered."""
    clips.hear("A", name=name, services=service)
    clips.fitting.look()

    assert clips.wanted == []


def test_worn_clips_are_not_candidates_to_connect(clips: List) -> None:
    """A clip that is bound is shown with its seat and left to the session."""
    clips.hear("A")
    clips.fitting.look()
    session = wearing(C="A")

    assert [one.seat for one in clips.fitting.candidates(session)] == ["C"]
    assert clips.fitting.wanted(session) == ()


def test_readings_are_handed_on_and_the_newest_is_shown(clips: List) -> None:
    """The recorder gets each reading, and decides whether anybody wears the clip."""
    clips.hear("A")
    clips.link("A", LinkState.CONNECTED)
    first = Reading(at=clips.clock.now(), spo2=97, pulse_rate=60)
    clips.fitting.reading("A", first)
    clips.fitting.reading("A", replace(first, spo2=96))

    assert len(clips.recorded.readings) == 2
    (one,) = clips.fitting.candidates(None)
    assert one.reading is not None
    assert (one.connected, one.reading.spo2) == (True, 96)


def test_clip_that_left_is_dropped(clips: List) -> None:
    """Half a minute without a word and without a link is gone; a standing link keeps it."""
    clips.hear("A")
    clips.hear("B")
    clips.link("B", LinkState.CONNECTED)
    clips.wait(31)

    assert [one.address for one in clips.fitting.candidates(None)] == ["B"]


def test_name_is_kept_when_an_advertisement_leaves_it_out(clips: List) -> None:
    """Clips send name and services in turns; both together tell what it is."""
    clips.hear("A", name="O2Ring 1234", services="")
    clips.fitting.heard(Advertisement(address="A", services=frozenset({PLX})))
    (one,) = clips.fitting.candidates(None)

    assert one.name == "O2Ring 1234"


def test_device_to_bind_carries_name_and_family(clips: List) -> None:
    """What is bound is known by address, with the name and family as they are heard."""
    clips.hear("A")

    assert clips.fitting.device("A").name == "PM100"
    assert clips.fitting.device("A").family == "plx"
    assert clips.fitting.device("Z").address == "Z"
