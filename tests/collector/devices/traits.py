"""What each family can say, for the tests that hold for all of them."""

from dataclasses import dataclass

from collector.devices.base import Vitals
from collector.reading import Flag, Reading
from tests.collector.devices.vectors import at

NONE: frozenset[Flag] = frozenset()
MOVES = frozenset((Flag.MOTION,))
LOW_BATTERY_BELOW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """`percent`: tells its battery in %; `low_battery`: says only that it is nearly empty.

    `motion`: the flags of a moving person. `searches`: says that it looks for a pulse; `while_off`: also
    without a finger; `values_while_searching`: gives numbers all the same. `highest`: the highest pulse
    rate it can say, `unsayable` those that mean "none" to it. `pleth`: streams a waveform. `frozen_s`:
    seconds after which a repeated record is withdrawn.
    """

    saturation: bool = True
    perfusion: bool = True
    perfusion_while_off: bool = False
    percent: bool = False
    low_battery: bool = False
    motion: frozenset[Flag] = NONE
    searches: bool = True
    while_off: bool = False
    values_while_searching: bool = True
    highest: int = 300
    unsayable: frozenset[int] = frozenset()
    pleth: bool = False
    frozen_s: int = 30


TRAITS = {
    "viatom_oxyii": Traits(
        percent=True,
        low_battery=True,
        values_while_searching=False,
        perfusion_while_off=False,
        unsayable=frozenset((255,)),
        pleth=True,
    ),
    "viatom_oxy": Traits(percent=True, motion=MOVES, values_while_searching=False),
    "contec": Traits(searches=False, highest=254),
    "plx": Traits(
        percent=True, motion=MOVES | {Flag.POOR_SIGNAL}, while_off=True, perfusion_while_off=False
    ),
    "viatom_aa55": Traits(low_battery=True, while_off=True, pleth=True, frozen_s=6),
    "hrs": Traits(saturation=False, perfusion=False, percent=True, searches=False, frozen_s=120),
}


def expected(family: str, said: Vitals, second: int = 0) -> Reading:
    """The reading that these vital signs must come out as."""
    can = TRAITS[family]
    flags = set()
    if not said.finger:
        flags.add(Flag.FINGER_OFF)
    searching = said.searching and can.searches and (said.finger or can.while_off)
    if searching:
        flags.add(Flag.SEARCHING)
    if can.low_battery and said.battery < LOW_BATTERY_BELOW:
        flags.add(Flag.LOW_BATTERY)
    if said.motion and (said.finger or family in ("plx", "viatom_oxy")):
        flags |= can.motion
    shown = said.finger and (can.values_while_searching or not searching)
    rate = None if said.pulse_rate is None else min(said.pulse_rate, can.highest)
    return Reading(
        at=at(second),
        spo2=said.spo2 if shown and can.saturation else None,
        pulse_rate=rate if shown and rate not in can.unsayable else None,
        perfusion_index=said.perfusion_index if said.finger and can.perfusion else None,
        battery=said.battery if can.percent else None,
        flags=frozenset(flags),
    )
