"""Seeded trouble: which faults befall a run, when and for how long. Pure; the world carries them out."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from collector.radio.scenario import Event, Kind
from collector.session import SEATS


class Fault(StrEnum):
    """What can go wrong."""

    DROP = "drop"  # the clip is gone from the radio
    ABSENT = "absent"  # the clip is not there at the beginning
    SILENT = "silent"  # link up, no frames
    FROZEN = "frozen"  # the clip repeats itself
    DOUBLED = "doubled"  # every notification twice
    FINGER_OFF = "finger_off"
    MOTION = "motion"
    LEAK = "leak"  # callbacks of old links go on
    ECHO = "echo"  # notifications come again a tick later
    LATE = "late"  # frames are held back and come all at once
    HANG = "hang"  # connecting never ends
    KILL = "kill"  # kill -9 and a new start
    REBOOT = "reboot"  # the machine starts anew
    DISK_FULL = "disk_full"
    FSYNC = "fsync"
    STEP_FORWARD = "step_forward"  # of the wall clock
    STEP_BACK = "step_back"
    STEP_1970 = "step_1970"
    SWAP = "swap"  # two people change clips, by command
    SPARE = "spare"  # a person gets another clip, by command
    CUT = "cut"  # the page's network is gone
    LAG = "lag"  # the page's network is slow


# Of the clip itself: played by the simulated oximeter.
OF_CLIP = {
    Fault.DROP: Kind.LINK_LOST,
    Fault.ABSENT: Kind.LINK_LOST,
    Fault.SILENT: Kind.SILENT,
    Fault.FROZEN: Kind.FROZEN,
    Fault.DOUBLED: Kind.DOUBLED,
    Fault.FINGER_OFF: Kind.FINGER_OFF,
    Fault.MOTION: Kind.MOTION,
}
# Shortest and longest duration in s.
LASTS: dict[Fault, tuple[float, float]] = {
    Fault.DROP: (3, 90),
    Fault.ABSENT: (30, 150),
    Fault.SILENT: (3, 90),
    Fault.FROZEN: (20, 120),
    Fault.DOUBLED: (10, 120),
    Fault.FINGER_OFF: (3, 60),
    Fault.MOTION: (5, 40),
    Fault.LEAK: (20, 200),
    Fault.ECHO: (10, 60),
    Fault.LATE: (1, 12),
    Fault.HANG: (5, 60),
    Fault.KILL: (0.5, 50),
    Fault.REBOOT: (8, 90),
    Fault.DISK_FULL: (2, 60),
    Fault.FSYNC: (2, 40),
    Fault.CUT: (1, 40),
    Fault.LAG: (5, 60),
}
MEAN_APART_S = 40.0
FIRST_S, TAIL_S = 15.0, 90.0
OF_DISK = {Fault.DISK_FULL, Fault.FSYNC}
OF_STATION = {Fault.KILL, Fault.REBOOT}
BY_COMMAND = {Fault.SWAP, Fault.SPARE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One fault: what, whom (a seat number), from when and for how many seconds."""

    fault: Fault
    at: float
    for_s: float = 0.0
    seat: int = 0
    amount: float = 0.0

    @property
    def until(self) -> float:
        """The second of the run at which it is over."""
        return self.at + self.for_s

    def __str__(self) -> str:
        return f"{self.at:6.1f} s {self.fault} seat {SEATS[self.seat]} for {self.for_s:.1f} s ({self.amount:g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole run: who sits there, what falls, what goes wrong."""

    seed: int
    seats: int
    spare: bool
    families: tuple[str, ...]
    events: tuple[Event, ...]
    troubles: tuple[Trouble, ...]
    length_s: float


def draw(seed: int, *, length_s: float = 600.0) -> Plan:
    """The run of `seed`: swarm selection, three to eight kinds of fault, exponential arrivals."""
    random = Random(seed)
    seats = random.choice((2, 2, 2, 3, 3, 4))
    kinds = random.sample(list(Fault), random.randint(3, 8))
    spare = Fault.SPARE in kinds
    end = length_s - TAIL_S
    troubles: list[Trouble] = []
    at = FIRST_S
    while (at := at + random.expovariate(1 / MEAN_APART_S)) < end:
        troubles.append(_trouble(random, random.choice(kinds), at, seats, end))
    events = [event for number in range(seats) for event in _falls(random, number, end)]
    troubles = [trouble for trouble in troubles if _fits(trouble, troubles)]
    events += [_event(trouble) for trouble in troubles if trouble.fault in OF_CLIP]
    return Plan(
        seed=seed,
        seats=seats,
        spare=spare,
        families=tuple(
            random.choice(("plx", "viatom_oxy", "viatom_aa55")) for _ in range(seats + spare)
        ),
        events=tuple(sorted(events, key=lambda event: event.at)),
        troubles=tuple(troubles),
        length_s=length_s,
    )


def _trouble(random: Random, fault: Fault, at: float, seats: int, end: float) -> Trouble:
    shortest, longest = LASTS.get(fault, (0.0, 0.0))
    lasts = min(random.uniform(shortest, longest), max(shortest, end - at))
    amount = {
        Fault.LAG: random.uniform(0.2, 8.0),
        Fault.STEP_FORWARD: random.choice((3.0, 90.0, 86_400.0)),
        Fault.STEP_BACK: -random.choice((3.0, 90.0, 86_400.0)),
    }.get(fault, 0.0)
    at = 0.0 if fault is Fault.ABSENT else at
    return Trouble(fault=fault, at=at, for_s=lasts, seat=random.randrange(seats), amount=amount)


def _falls(random: Random, number: int, end: float) -> list[Event]:
    """What saturation does by itself."""
    falls = []
    for _ in range(random.choice((0, 1, 1, 2))):
        deep = random.random() < 0.5
        lasts = random.uniform(25, 90) if deep else random.uniform(60, 200)
        falls.append(
            Event(
                seat=SEATS[number],
                kind=Kind.DEEP if deep else Kind.DESATURATION,
                at=random.uniform(FIRST_S, end - lasts),
                for_s=lasts,
                to=random.uniform(76, 84) if deep else random.uniform(80, 92),
            )
        )
    return falls


def _event(trouble: Trouble) -> Event:
    return Event(
        seat=SEATS[trouble.seat], kind=OF_CLIP[trouble.fault], at=trouble.at, for_s=trouble.for_s
    )


def _fits(trouble: Trouble, others: list[Trouble]) -> bool:
    """No command that a sick disk cannot keep: a person would give it again, our world has none."""
    if trouble.fault in BY_COMMAND:
        return not any(
            other.fault in OF_DISK | OF_STATION and other.at - 3 < trouble.at < other.until + 3
            for other in others
        )
    if trouble.fault in OF_DISK | OF_STATION:  # one of its kind at a time
        return not any(
            other.fault in (OF_DISK if trouble.fault in OF_DISK else OF_STATION)
            and other.at < trouble.at < other.until + 10
            for other in others
        )
    return True
