"""The figures of a report."""

import pytest

from dashboards.review.figures import around, measure
from dashboards.review.load import Record, load
from tests.dashboards.review.fakes import FakeArchive, instant


def recorded(*, dose: int | None = None, start: int = 0) -> Record:
    """Twenty minutes at 97 %, the second half at 95 % with a pulse 20 beats higher."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(start))
    for t in range(1200):
        if t == dose:
            archive.mark("dose", instant(t))
        late = t >= 600
        archive.reading("P1", instant(t), 95.0 if late else 97.0, 80.0 if late else 60.0)
    archive.end(instant(1200))
    return load(archive, archive.sessions()[-1]).records[0]


def test_around_a_marker_looks_near_and_ahead() -> None:
    """Medians are of half a minute to each side, the lowest of the ten minutes after."""
    grid = measure(recorded()).grid

    early, late = around(grid, 100), around(grid, 700)

    assert (early.spo2, early.pulse_rate, early.lowest) == (97, 60, 95)
    assert (late.spo2, late.pulse_rate, late.lowest) == (95, 80, 95)
    assert around(grid, 5000).spo2 is None


def test_a_fall_before_the_marker_is_not_ahead_of_it() -> None:
    """The lowest of the next ten minutes knows nothing of what was before."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(600):
        archive.reading("P1", instant(t), 80.0 if t < 60 else 97.0)
    record = load(archive, archive.sessions()[-1]).records[0]

    assert around(measure(record).grid, 300).lowest == 97


@pytest.mark.parametrize(("dose", "resting"), [(None, 80), (450, 60)])
def test_the_resting_pulse_is_that_before_the_dose_or_the_start(dose: int | None, resting: int) -> None:
    """Before dose 1, and where none was marked, before the start of the session."""
    assert measure(recorded(dose=dose), resting_before=1000.0).resting == resting


def test_without_five_minutes_before_it_the_resting_pulse_is_not_known() -> None:
    """A dose two minutes into the recording leaves no resting pulse."""
    assert measure(recorded(dose=120)).resting is None


def test_phases_are_cut_at_the_dose() -> None:
    """Before the dose and the minutes after it, as far as the recording reaches."""
    phases = measure(recorded(dose=600)).phases

    assert [(phase.name, phase.first, phase.last) for phase in phases] == [
        ("before dose", 0, 600),
        ("0 to 40 min", 600, 1200),
    ]
    assert [phase.row["median"] for phase in phases] == [97, 95]
    assert measure(recorded()).phases == ()


def test_episodes_come_deepest_first() -> None:
    """The list of episodes begins with the deepest, at each limit that it crossed."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(300):
        value = 83.0 if 200 <= t < 215 else 92.0 if 100 <= t < 130 else 97.0
        archive.reading("P1", instant(t), value)
    record = load(archive, archive.sessions()[-1]).records[0]

    found = [(episode.limit, episode.lowest) for episode in measure(record).episodes]

    assert found == [(94, 83), (90, 83), (85, 83), (94, 92)]
