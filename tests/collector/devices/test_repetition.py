"""The rule that a repeated number is no reading."""

import csv
from pathlib import Path

import pytest

from collector.devices.repetition import Repetition
from collector.reading import Flag, Reading
from tests.collector.devices.vectors import at


def reading(seconds: float, spo2: float | None = 97, perfusion_index: float | None = None) -> Reading:
    """A reading at that second; the pulse rate is there when SpO2 is."""
    return Reading(
        at=at(seconds),
        spo2=spo2,
        pulse_rate=None if spo2 is None else 60,
        perfusion_index=perfusion_index,
        battery=80,
        flags=frozenset((Flag.LOW_PERFUSION,)),
    )


@pytest.mark.parametrize(("perfusion_index", "limit"), [(None, 120), (2.1, 30)])
def test_a_repeated_record_is_withdrawn_at_its_limit(perfusion_index: float | None, limit: int) -> None:
    """The record passes unchanged up to the limit; then its numbers are gone until they change."""
    repetition = Repetition()
    records = [reading(second, perfusion_index=perfusion_index) for second in range(limit + 5)]

    judged = [repetition.judge(record) for record in records]
    change = repetition.judge(reading(limit + 5, 96, perfusion_index))

    assert judged[:limit] == records[:limit]
    for frozen in judged[limit:]:
        assert (frozen.spo2, frozen.pulse_rate, frozen.perfusion_index) == (None, None, None)
        assert frozen.flags == {Flag.FROZEN, Flag.LOW_PERFUSION}
        assert frozen.battery == 80
    assert change.spo2 == 96


def test_anything_that_moves_is_life() -> None:
    """A change in the perfusion index or in what the device counts beside it ends a repetition."""
    repetition = Repetition()

    by_index = [repetition.judge(reading(s, perfusion_index=2 + s // 20 / 10)) for s in range(200)]
    by_motion = [repetition.judge(reading(200 + s), s // 100) for s in range(300)]

    assert all(judged.valid for judged in by_index + by_motion)


def test_a_reading_without_numbers_ends_a_repetition() -> None:
    """The same numbers after "no value" are a new statement."""
    repetition = Repetition()
    for second in range(29):
        repetition.judge(reading(second, perfusion_index=2))

    nothing = repetition.judge(reading(29, None))

    assert nothing == reading(29, None)
    assert repetition.judge(reading(30, perfusion_index=2)).valid


def test_two_equal_spot_checks_with_silence_between_are_two_readings() -> None:
    """A repetition needs frames that keep coming."""
    repetition = Repetition()

    judged = [repetition.judge(reading(60 * n, perfusion_index=2)) for n in range(5)]

    assert all(spot.valid for spot in judged)


def test_a_frozen_device_stays_frozen_over_a_pause() -> None:
    """Silence of a stuck device does not make its number a reading again."""
    repetition = Repetition()
    for second in range(31):
        repetition.judge(reading(second, perfusion_index=2))

    assert not repetition.judge(reading(60, perfusion_index=2)).valid


@pytest.mark.recordings
def test_no_real_recording_at_1_hz_is_taken_for_a_repetition(recordings: Path) -> None:
    """Sixteen real recordings pass whole, with their perfusion index and without it."""
    files = sorted(recordings.glob("uw_*.csv"))

    for file in files:
        rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
        for with_index in (True, False):
            repetition = Repetition()
            for row in rows:
                said = Reading(
                    at=at(float(row["t_s"])),
                    spo2=float(row["spo2"]) if row["spo2"] else None,
                    pulse_rate=float(row["pr"]) if row["pr"] else None,
                    perfusion_index=float(row["pi"]) if with_index and row["pi"] else None,
                )
                assert repetition.judge(said) == said, f"{file.name} at {row['t_s']} s"
    assert len(files) == 16
