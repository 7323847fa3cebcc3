"""BERRY: the packet of newer BerryMed clips, 20 bytes at 100 Hz by default.

| byte   | field                                                                        |
|--------|------------------------------------------------------------------------------|
| 0..1   | FF AA                                                                        |
| 2      | packet number                                                                |
| 3      | bit 0 sensor off, 1 no finger, 2 no pulse, 3 beat                            |
| 4, 5   | SpO2 in %, averaged and instantaneous, 7F none                               |
| 6, 7   | pulse rate, averaged and instantaneous, FF none                              |
| 8..9   | beat interval, little endian, in 5 ms, 0 none                                |
| 10, 11 | perfusion index in per mille, averaged and instantaneous, 0 none             |
| 12     | pleth                                                                        |
| 13..16 | raw signal                                                                   |
| 17, 18 | battery in %; packets a second                                               |
| 19     | sum of all before & FF                                                       |

The averaged numbers stand after the signal is lost; they count while the instantaneous ones are there. Source:
reference protocols, section 9.3; vector bci-012 (vendor document and one public reader).
"""

from collector.clock import Instant
from collector.devices.base import Vitals
from collector.devices.framing import Shape
from collector.devices.sums import sum8
from collector.reading import NO_FLAGS, Flag, Reading, possible_pulse_rate, possible_spo2

HEADER = b"\xff\xaa"
SIZE = 20
SENSOR_OFF, NO_FINGER, NO_PULSE = 0x01, 0x02, 0x04
NO_SPO2, NO_PULSE_RATE = 0x7F, 0xFF
INTERVAL_MS = 5
# Version replies have the same header and sum, but a letter where the status stands (bci-002).
VERSIONS = b"SH"

SHAPE = Shape(header=HEADER, head=2, longest=SIZE, length=lambda _buffer, _start: SIZE, checksum=sum8)


def is_version(packet: bytes) -> bool:
    """Whether it is the text of a version and no measurement."""
    return packet[2] in VERSIONS and packet[3:4].isalpha()


def version(packet: bytes) -> str:
    """The text of a version reply."""
    return packet[3:-1].rstrip(b"\0").decode("ascii", "replace")


def reading(packet: bytes, at: Instant) -> Reading:
    """What a packet says."""
    status = packet[3] & (SENSOR_OFF | NO_FINGER | NO_PULSE)
    battery = packet[17] if packet[17] <= 100 else None
    if status:
        off = status & (SENSOR_OFF | NO_FINGER)
        flag = Flag.FINGER_OFF if off else Flag.SEARCHING
        return Reading(at=at, battery=battery, flags=frozenset((flag,)))
    spo2 = None if packet[5] in (0, NO_SPO2) or packet[4] == NO_SPO2 else packet[4]
    rate = None if packet[7] in (0, NO_PULSE_RATE) or packet[6] == NO_PULSE_RATE else packet[6]
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=possible_pulse_rate(rate),
        perfusion_index=packet[10] / 10 if packet[10] else None,
        battery=battery,
        flags=NO_FLAGS,
    )


def interval_ms(packet: bytes) -> int | None:
    """The last beat interval; None without one."""
    return (packet[8] | packet[9] << 8) * INTERVAL_MS or None


def packet(vitals: Vitals, number: int, sample: int) -> bytes:
    """The clip's side: the packet of one sample."""
    status = 0 if vitals.finger else NO_FINGER
    status |= NO_PULSE if vitals.searching else 0
    spo2 = NO_SPO2 if vitals.spo2 is None else round(vitals.spo2)
    rate = NO_PULSE_RATE if vitals.pulse_rate is None else min(254, round(vitals.pulse_rate))
    perfusion = min(255, round((vitals.perfusion_index or 0) * 10))
    values = bytes((spo2, spo2, rate, rate, 0, 0, perfusion, perfusion, sample))
    head = HEADER + bytes((number & 0xFF, status)) + values
    body = head + bytes((0, 0, 0, 0, vitals.battery, 100))
    return body + bytes((sum(body) & 0xFF,))
