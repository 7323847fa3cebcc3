"""What each family can say, for the tests that hold for all of them."""

from dataclasses import dataclass
from math import inf

from collector.devices.base import Vitals
from collector.reading import Flag, Reading
from tests.collector.devices.vectors import at

NONE: frozenset[Flag] = frozenset()
MOVES = frozenset((Flag.MOTION,))
POOR = frozenset((Flag.POOR_SIGNAL,))
LOW_BATTERY_BELOW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """`percent`: tells its battery in %; `low_battery`: says only that it is nearly empty.

    `motion`: the flags of a moving person, `motion_while_off` also without a finger. `searches`: says
    that it looks for a pulse; `while_off`: also without a finger; `values_while_searching`: gives numbers
    all the same, `perfusion_while_searching` the perfusion index. `highest`: the highest pulse rate it can
    say, `unsayable` those that mean "none" to it, some only until `sayable_after_s`. `off_by_zeros`: no
    number at all is how it says that there is no finger. `pleth`: streams a waveform. `frozen_s`: seconds
    after which a repeated record, or one beside a flat line, is withdrawn.
    """

    saturation: bool = True
    perfusion: bool = True
    percent: bool = False
    low_battery: bool = False
    motion: frozenset[Flag] = NONE
    motion_while_off: bool = False
    searches: bool = True
    while_off: bool = False
    values_while_searching: bool = True
    perfusion_while_searching: bool = True
    highest: int = 300
    unsayable: frozenset[int] = frozenset()
    sayable_after_s: float = inf
    off_by_zeros: bool = False
    pleth: bool = False
    frozen_s: int = 30


TRAITS = {
    "viatom_oxyii": Traits(
        percent=True,
        low_battery=True,
        values_while_searching=False,
        unsayable=frozenset((255,)),
        pleth=True,
    ),
    "viatom_oxy": Traits(
        percent=True, motion=MOVES, motion_while_off=True, values_while_searching=False
    ),
    "nonin": Traits(percent=True, low_battery=True, motion=POOR, motion_while_off=True, while_off=True),
    "masimo": Traits(
        motion=POOR,
        motion_while_off=True,
        while_off=True,
        values_while_searching=False,
        perfusion_while_searching=False,
        highest=254,
        pleth=True,
    ),
    "jumper": Traits(searches=False, highest=254),
    "berry_bci": Traits(
        perfusion=False,
        while_off=True,
        highest=254,
        unsayable=frozenset((127,)),
        sayable_after_s=5,
        pleth=True,
        frozen_s=6,
    ),
    "contec": Traits(searches=False, highest=254),
    "plx": Traits(percent=True, motion=MOVES | POOR, motion_while_off=True, while_off=True),
    "viatom_aa55": Traits(low_battery=True, while_off=True, pleth=True, frozen_s=6),
    "innovo": Traits(searches=False, highest=255, pleth=True, off_by_zeros=True),
    "fe_accurate": Traits(motion=MOVES, motion_while_off=True, searches=False, pleth=True, frozen_s=9),
    "jks50f": Traits(searches=False, highest=255, unsayable=frozenset((127,))),
    "ws20a": Traits(perfusion=False, percent=True, searches=False, off_by_zeros=True, frozen_s=120),
    "taidoc": Traits(perfusion=False, searches=False, highest=255, off_by_zeros=True, frozen_s=120),
    "hrs": Traits(saturation=False, perfusion=False, percent=True, searches=False, frozen_s=120),
}


def expected(family: str, said: Vitals, second: int = 0) -> Reading:
    """The reading that these vital signs must come out as."""
    can = TRAITS[family]
    nothing = said.spo2 is None and said.pulse_rate is None
    searching = said.searching and can.searches and (said.finger or can.while_off)
    flags = set()
    if not said.finger or (nothing and can.off_by_zeros):
        flags.add(Flag.FINGER_OFF)
    if searching:
        flags.add(Flag.SEARCHING)
    if can.low_battery and said.battery < LOW_BATTERY_BELOW:
        flags.add(Flag.LOW_BATTERY)
    if said.motion and (said.finger or can.motion_while_off):
        flags |= can.motion
    shown = said.finger and (can.values_while_searching or not searching)
    index = said.finger and can.perfusion and (can.perfusion_while_searching or not searching)
    rate = None if said.pulse_rate is None else min(said.pulse_rate, can.highest)
    if rate in can.unsayable and (second < can.sayable_after_s or searching):
        rate = None
    return Reading(
        at=at(second),
        spo2=said.spo2 if shown and can.saturation else None,
        pulse_rate=rate if shown else None,
        perfusion_index=said.perfusion_index if index else None,
        battery=said.battery if can.percent else None,
        flags=frozenset(flags),
    )
