"""What fifty sessions say of the rules (W7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alerts.condition import ALERT, AlertEvent, Family, Happening, Level
from alerts.experience import SESSIONS, warnings
from alerts.store import encode
from collector.clock import Instant
from collector.entry import Entry
from collector.session import Source
from tests.alerts.world import DEFAULT, Script, instant


@dataclass
class Told:
    """One session of an hour with one participant."""

    session: str
    source: Source = Source.LIVE
    started: Instant | None = field(default_factory=lambda: instant(0))
    ended: Instant | None = field(default_factory=lambda: instant(3600))
    participants: Sequence[str] = ("PA",)
    spo2: list[float | None] = field(default_factory=lambda: [97.0, None, 93.0])
    pulse_rate: list[float | None] = field(default_factory=lambda: [70.0, None, 118.0])
    raised: int = 0


class Shelf:
    """An archive of such sessions; `raised` = alerts of low SpO2 below 94 in each."""

    def __init__(self, *told: Told) -> None:
        self._told = {one.session: one for one in told}

    def sessions(self) -> Sequence[Told]:
        """All of them."""
        return list(self._told.values())

    def entries(self, session: str, *, kinds: Sequence[str] | None = None) -> Iterator[Entry]:
        """The alerts."""
        script = Script(session)
        for n in range(self._told[session].raised):
            event = AlertEvent(
                at=instant(n),
                episode=f"{session}-A-spo2_low-{n}",
                family=Family.SPO2_LOW,
                seat="A",
                participant="PA",
                happening=Happening.RAISE,
                level=Level.CAUTION,
                since=instant(n),
                limit=94.0,
            )
            yield script.entry(event.at, ALERT, encode(event)[2], subject="A", seat="A")

    def columns(self, session: str, participant: str) -> Told:
        """The readings."""
        return self._told[session]


def said(*told: Told) -> list[str]:
    """The warnings, without their last words."""
    return [" ".join(one.split()[:6]) for one in warnings(DEFAULT, Shelf(*told))]


def many(**facts: object) -> list[Told]:
    """Fifty sessions alike."""
    return [Told(f"s{n}", **facts) for n in range(SESSIONS)]  # type: ignore[arg-type]  # facts of one


def test_fewer_sessions_say_nothing() -> None:
    """Nor do demos and imports count."""
    assert said(*many()[1:]) == []
    assert said(*many()[1:], Told("demo", source=Source.DEMO)) == []


def test_a_rule_that_never_came_near_is_named() -> None:
    """93 and 118 came near the mildest levels of SpO2 and of a fast pulse, and near nothing else."""
    assert said(*many()) == [
        "spo2_low urgent 90 was never raised",
        "spo2_low urgent 85 was never raised",
        "hr_low caution 50 was never raised",
        "hr_low urgent 40 was never raised",
        "hr_high urgent 140 was never raised",
    ]


def test_a_rule_that_raises_more_than_twice_an_hour_is_named() -> None:
    """Two an hour and person are not yet too many."""
    often, bearable = said(*many(raised=3)), said(*many(raised=2))

    assert "spo2_low caution 94 was raised 3.0" in often
    assert not any(line.startswith("spo2_low caution 94") for line in bearable)
