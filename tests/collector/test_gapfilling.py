"""Gap filling: what was not heard, by whom it was worn, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from collector.alignment import NoFit
from collector.clock import SECOND
from collector.commands import Release
from collector.entry import Entry
from collector.gapfilling import Filling, Gaps
from tests.collector.evening import (
    ANNA,
    BEN,
    GAP,
    LENGTH_S,
    Evening,
    oxyii,
    person,
    recording,
    vld,
    whole,
)


def filled(evening: Evening, folder: Path, stored: tuple[str, bytes], device: str = ANNA) -> Filling:
    """What a stored file adds."""
    found = Gaps(evening.entries).fill(device, recording(folder, stored))
    assert isinstance(found, Filling), found
    return found


@pytest.mark.parametrize("stored", [vld, oxyii])
@pytest.mark.parametrize("ahead_s", [0, 3, -130, 400])
def test_the_gap_is_filled_by_what_was_true(
    tmp_path: Path, stored: Callable[..., tuple[str, bytes]], ahead_s: int
) -> None:
    """Each added reading says what was true at its second, whatever the clip's clock said."""
    evening = whole()

    found = filled(evening, tmp_path, stored(evening.anna, ahead_s=ahead_s))

    assert found.alignment.offset_s == -ahead_s
    assert found.alignment.agreement == 1.0
    seconds = [evening.second(reading.at) for _, reading in found.readings]
    assert seconds == [float(second) for second in range(GAP.start, GAP.stop, 4)]
    assert {who for who, _ in found.readings} == {"P1"}
    for second, (_, reading) in zip(seconds, found.readings, strict=True):
        assert (reading.spo2, reading.pulse_rate) == evening.anna[int(second)]
        assert reading.backfill
        assert reading.at.boot == "manual"


def test_what_was_heard_stays_also_where_it_said_no_value(tmp_path: Path) -> None:
    """A moment at which the clip spoke is no gap."""
    evening = Evening().begin().live(range(LENGTH_S), heard=lambda _: True).end()
    evening.entries = [
        replace(entry, body=replace(entry.reading, spo2=None, pulse_rate=None))
        if entry.reading is not None and evening.second(entry.instant) in GAP
        else entry
        for entry in evening.entries
    ]

    assert filled(evening, tmp_path, vld(evening.anna)).readings == ()


@pytest.mark.parametrize(("missed", "added"), [(1, 0), (2, 0), (3, 1), (8, 2)])
def test_a_second_that_is_missed_now_and_then_is_no_gap(
    tmp_path: Path, missed: int, added: int
) -> None:
    """Jitter of the radio adds nothing; more than 3 s without a word does."""
    lost = range(600, 600 + missed)
    evening = Evening().begin().live(range(LENGTH_S), heard=lambda second: second not in lost).end()

    assert len(filled(evening, tmp_path, vld(evening.anna)).readings) == added


def test_nothing_outside_the_bindings(tmp_path: Path) -> None:
    """Before the clip was put on, after it was taken off and after the end it belongs to nobody."""
    evening = Evening()
    evening.anna = person("anna", seconds=LENGTH_S + 300)
    evening.clock.advance_to(evening.clock.now().running_ns + 100 * SECOND)
    evening.begin().live(range(100, 600))
    evening.recorder.execute(Release(seat="A"))
    evening.live(range(600, 660), heard=lambda _: False)
    evening.wear(ANNA, "A", "P1")
    evening.live(range(660, 720), heard=lambda _: False)
    evening.live(range(720, LENGTH_S)).end()

    found = filled(evening, tmp_path, vld(evening.anna))

    seconds = [evening.second(reading.at) + 100 for _, reading in found.readings]
    assert seconds == [float(second) for second in range(660, 720, 4)]


def test_a_clip_that_changed_hands_fills_for_whoever_wore_it(tmp_path: Path) -> None:
    """In a gap during which a clip went from one to the other both get their own seconds."""
    evening = Evening().begin().live(range(660))
    evening.wear(ANNA, "B", "P2")
    evening.live(range(660, LENGTH_S)).end()

    found = filled(evening, tmp_path, vld(evening.anna))

    by = {
        who: [evening.second(r.at) for name, r in found.readings if name == who] for who in ("P1", "P2")
    }
    assert max(by["P1"]) < 660 <= min(by["P2"])


def test_a_machine_that_was_restarted(tmp_path: Path) -> None:
    """What lies before the restart goes to the former boot, in its own running clock."""
    evening = whole()
    restarted = [
        entry if evening.second(entry.instant) < 700 else rebooted(entry, evening)
        for entry in evening.entries
    ]

    found = Gaps(restarted).fill(ANNA, recording(tmp_path, vld(evening.anna)))

    assert isinstance(found, Filling)
    assert {reading.at.boot for _, reading in found.readings} == {"manual"}
    assert len(found.readings) == len(range(GAP.start, GAP.stop, 4))
    first = evening.entries[0].instant
    for _, reading in found.readings:
        assert reading.at.running_ns - first.running_ns == reading.at.utc_ns - first.utc_ns


def rebooted(entry: Entry, evening: Evening) -> Entry:
    """The same entry as a machine writes it that was started at second 700."""
    at = entry.instant
    began = evening.entries[0].instant.running_ns + 700 * SECOND
    moved = replace(at, boot="second", running_ns=at.running_ns - began)
    body = replace(entry.reading, at=moved) if entry.reading else entry.body
    return replace(entry, instant=moved, body=body)


def test_a_second_run_adds_nothing(tmp_path: Path) -> None:
    """Moments that were filled are no gaps any more, not for another file of the same evening either."""
    evening = whole()
    found = filled(evening, tmp_path, vld(evening.anna))
    more = [
        Entry(
            seq=evening.last_seq + 1 + n,
            session=evening.entries[0].session,
            instant=reading.at,
            kind="reading",
            subject=ANNA,
            participant=who,
            body=reading,
        )
        for n, (who, reading) in enumerate(found.readings)
    ]
    evening.entries += more

    assert filled(evening, tmp_path, vld(evening.anna)).readings == ()
    assert filled(evening, tmp_path, vld(evening.anna, ahead_s=60)).readings == ()


def test_the_numbers_of_somebody_else_are_refused(tmp_path: Path) -> None:
    """The file of one clip does not fill the gap of another."""
    evening = whole()

    found = Gaps(evening.entries).fill(BEN, recording(tmp_path, vld(evening.anna)))

    assert isinstance(found, NoFit)
    assert "differ" in found.why


def test_a_ring_whose_clock_was_never_set_is_placed_by_its_numbers(tmp_path: Path) -> None:
    """Without any time the whole session is searched."""
    evening = whole()
    _, data = vld(evening.anna[200:1000])
    unset = data[:2] + (2015).to_bytes(2, "little") + data[4:]

    found = filled(evening, tmp_path, ("unset", unset))

    for _, reading in found.readings:
        assert (reading.spo2, reading.pulse_rate) == evening.anna[int(evening.second(reading.at))]
    assert len(found.readings) == len(range(GAP.start, GAP.stop, 4))
