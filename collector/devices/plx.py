"""Bluetooth SIG pulse oximeter: PLX continuous (2A5F) and spot-check (2A5E) measurements.

One notification is one record; there is no framing and no checksum (the link layer protects it).
SFLOAT: see `sfloat.py`. Fields follow each other in this order, the optional ones when their flags bit
is set:

| field                              | size  | 2A5F flags bit | 2A5E flags bit |
|------------------------------------|-------|----------------|----------------|
| flags                              | 1     | always         | always         |
| SpO2, pulse rate (SFLOAT)          | 2 + 2 | always         | always         |
| "fast" SpO2, pulse rate            | 2 + 2 | 0              | -              |
| "slow" SpO2, pulse rate            | 2 + 2 | 1              | -              |
| time of the device: y(2) m d h m s | 7     | -              | 0              |
| measurement status                 | 2     | 2              | 1              |
| device and sensor status           | 3     | 3              | 2              |
| pulse amplitude index in % (SFLOAT)| 2     | 4              | 3              |

Bit 4 of the spot-check flags: the device's clock was never set. Source: Bluetooth SIG PLXS 1.0.1;
reference protocols, section 7; capture plx-011. Records that promise more than they deliver exist: what
is there counts.
"""

from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import bas, hints, sfloat
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.repetition import Repetition
from collector.reading import NO_FLAGS, Flag, Reading, possible_pulse_rate, possible_spo2

FAMILY = "plx"
SERVICE = full_uuid(0x1822)
CONTINUOUS = full_uuid(0x2A5F)
SPOT_CHECK = full_uuid(0x2A5E)
SHORTEST_RECORD = 5


class Measurement(IntFlag):
    """Measurement status (PLXS 1.0.1, 3.1.1.3); bits 0-4 are reserved."""

    ONGOING = 1 << 5
    EARLY_ESTIMATE = 1 << 6
    VALIDATED = 1 << 7
    FULLY_QUALIFIED = 1 << 8
    FROM_STORAGE = 1 << 9
    DEMONSTRATION = 1 << 10
    TESTING = 1 << 11
    CALIBRATION = 1 << 12
    UNAVAILABLE = 1 << 13
    QUESTIONABLE = 1 << 14
    INVALID = 1 << 15


class Sensor(IntFlag):
    """Device and sensor status (PLXS 1.0.1, 3.1.1.4); bits 16-23 are reserved."""

    EXTENDED_DISPLAY = 1 << 0
    MALFUNCTION = 1 << 1
    IRREGULARITY = 1 << 2
    INADEQUATE_SIGNAL = 1 << 3
    POOR_SIGNAL = 1 << 4
    LOW_PERFUSION = 1 << 5
    ERRATIC = 1 << 6
    NONPULSATILE = 1 << 7
    QUESTIONABLE_PULSE = 1 << 8
    ANALYSIS_ONGOING = 1 << 9
    INTERFERENCE = 1 << 10
    UNCONNECTED_TO_USER = 1 << 11
    UNKNOWN_SENSOR = 1 << 12
    DISPLACED = 1 << 13
    SENSOR_MALFUNCTIONING = 1 << 14
    DISCONNECTED = 1 << 15


# No value: what the device itself calls unavailable or invalid, and what is not a person's (7.4
# publishing rule).
_NO_VALUE = int(
    Measurement.UNAVAILABLE
    | Measurement.INVALID
    | Measurement.DEMONSTRATION
    | Measurement.TESTING
    | Measurement.CALIBRATION
)
_OFF = int(Sensor.UNCONNECTED_TO_USER | Sensor.DISPLACED | Sensor.DISCONNECTED)
_NO_SENSOR_VALUE = _OFF | int(Sensor.MALFUNCTION | Sensor.SENSOR_MALFUNCTIONING)
_STORED = int(Measurement.FROM_STORAGE)
_DOUBTFUL = int(Measurement.QUESTIONABLE | Measurement.INVALID)
_DOUBTFUL_SENSOR = int(
    Sensor.IRREGULARITY
    | Sensor.INADEQUATE_SIGNAL
    | Sensor.POOR_SIGNAL
    | Sensor.ERRATIC
    | Sensor.NONPULSATILE
    | Sensor.QUESTIONABLE_PULSE
    | Sensor.INTERFERENCE
    | Sensor.UNKNOWN_SENSOR
)


class Record(NamedTuple):
    """One record as sent; `time` are the seven bytes of the device's clock."""

    spo2: float | None
    pulse_rate: float | None
    measurement: int = 0
    sensor: int = 0
    perfusion_index: float | None = None
    time: bytes = b""
    clock_not_set: bool = False
    truncated: bool = False

    @property
    def device_time(self) -> str | None:
        """The device's own local time as ISO text, as it was sent; None without one."""
        if not self.time:
            return None
        year = self.time[0] | self.time[1] << 8
        month, day, hour, minute, second = self.time[2:]
        return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"


def continuous(data: bytes) -> Record | None:
    """A 2A5F record; None when the mandatory part is not there."""
    if len(data) < SHORTEST_RECORD:
        return None
    bits = data[0]
    skipped = 4 * ((bits & 1) + (bits >> 1 & 1))
    return _record(data, SHORTEST_RECORD + skipped, bits >> 2, time=b"")


def spot_check(data: bytes) -> Record | None:
    """A 2A5E record; None when the mandatory part is not there."""
    if len(data) < SHORTEST_RECORD:
        return None
    bits, offset = data[0], SHORTEST_RECORD
    if not bits & 1:
        return _record(data, offset, bits >> 1 & 7, time=b"")
    time = data[offset : offset + 7]
    record = _record(data, offset + 7, bits >> 1 & 7, time=time if len(time) == 7 else b"")
    return record._replace(clock_not_set=bool(bits & 1 << 4))


def _record(data: bytes, offset: int, bits: int, *, time: bytes) -> Record:
    """The record; its tail at `offset` has status (bit 0), sensor status (1) and index (2)."""
    measurement = sensor = 0
    perfusion_index: float | None = None
    size = len(data)
    if bits & 1:
        if offset + 2 <= size:
            measurement = data[offset] | data[offset + 1] << 8
        offset += 2
    if bits & 2:
        if offset + 3 <= size:
            sensor = data[offset] | data[offset + 1] << 8
        offset += 3
    if bits & 4:
        if offset + 2 <= size:
            perfusion_index = sfloat.read(data, offset)
        offset += 2
    return Record(
        sfloat.read(data, 1),
        sfloat.read(data, 3),
        measurement,
        sensor,
        perfusion_index,
        time,
        truncated=offset > size,
    )


@lru_cache(maxsize=256)
def _flags(measurement: int, sensor: int) -> frozenset[Flag]:
    said = {
        Flag.FINGER_OFF: sensor & _OFF,
        Flag.SEARCHING: sensor & Sensor.ANALYSIS_ONGOING,
        Flag.LOW_PERFUSION: sensor & Sensor.LOW_PERFUSION,
        Flag.POOR_SIGNAL: measurement & _DOUBTFUL | sensor & _DOUBTFUL_SENSOR,
        Flag.MOTION: sensor & Sensor.ERRATIC,
    }
    return frozenset(flag for flag, bits in said.items() if bits)


class Decoder:
    """The host's side; remembers the battery level for its readings."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._repetition = Repetition()
        self._battery: int | None = None

    def sent(self, data: bytes) -> None:
        """Nothing to learn: records need no request."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic == CONTINUOUS:
            record = continuous(data)
        elif characteristic == SPOT_CHECK:
            record = spot_check(data)
        else:
            if characteristic == bas.LEVEL:
                self._battery = bas.percent(data)
            return []
        if record is None:
            self.counts.resyncs += 1
            return []
        self.counts.frames += 1
        return [self._repetition.judge(self._reading(record, at), record.time)]

    def _reading(self, record: Record, at: Instant) -> Reading:
        spo2, pulse_rate, measurement, sensor, perfusion_index = record[:5]
        flags = _flags(measurement, sensor) if measurement or sensor else NO_FLAGS
        if measurement & _NO_VALUE or sensor & _NO_SENSOR_VALUE:
            return Reading(at=at, battery=self._battery, flags=flags)
        return Reading(
            at=at,
            spo2=possible_spo2(spo2),
            pulse_rate=possible_pulse_rate(pulse_rate),
            perfusion_index=perfusion_index if perfusion_index and perfusion_index > 0 else None,
            battery=self._battery,
            flags=flags,
            backfill=bool(measurement & _STORED),
        )


def encode(record: Record) -> bytes:
    """A 2A5F record with both status fields and, when there is one, the index."""
    indexed = record.perfusion_index is not None
    head = bytes((0x1C if indexed else 0x0C,))
    numbers = sfloat.encode(record.spo2) + sfloat.encode(record.pulse_rate)
    status = record.measurement.to_bytes(2, "little") + record.sensor.to_bytes(3, "little")
    return head + numbers + status + (sfloat.encode(record.perfusion_index, 1) if indexed else b"")


class Encoder:
    """The oximeter's side: one continuous record a second, the battery level when it changes."""

    def __init__(self) -> None:
        self._level = bas.Level()
        self._sent = b""

    def stream(self, vitals: Vitals) -> list[Notification]:
        if not (vitals.repeat and self._sent):
            self._sent = encode(_said(vitals))
        return [*self._level.changed(vitals.battery), (CONTINUOUS, self._sent)]

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - no waveform
        """Nothing: the profile has no waveform."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:
        if characteristic != bas.LEVEL or data:
            return []
        return [(bas.LEVEL, bytes((vitals.battery,)))]


def _said(vitals: Vitals) -> Record:
    sensor = Sensor(0)
    if not vitals.finger:
        sensor |= Sensor.UNCONNECTED_TO_USER
    if vitals.searching:
        sensor |= Sensor.ANALYSIS_ONGOING
    if vitals.motion:
        sensor |= Sensor.ERRATIC
    there = vitals.finger
    return Record(
        round(vitals.spo2) if there and vitals.spo2 is not None else None,
        round(vitals.pulse_rate) if there and vitals.pulse_rate is not None else None,
        int(Measurement.ONGOING),
        int(sensor),
        vitals.perfusion_index if there else None,
    )


DRIVER = Driver(
    family=FAMILY,
    title="Bluetooth SIG pulse oximeter (PLX)",
    model="PM100",
    services=frozenset((SERVICE, bas.SERVICE)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    subscribe=(CONTINUOUS, SPOT_CHECK, bas.LEVEL),
    read=(bas.LEVEL,),
    decoder=Decoder,
    encoder=Encoder,
)
