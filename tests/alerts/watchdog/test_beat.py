"""When the station counts as gone: seconds and what is heard on the left, verdicts on the right."""

import pytest

from alerts.watchdog.beat import Beat, Verdict
from collector.clock import SECOND


def verdicts(heard: list[float], until: float, *, watching: bool = True, outage: bool = False) -> str:
    """The verdicts of a companion that looks four times a second and hears beats at these times."""
    beat, out, heard = Beat(outage=outage), [], list(heard)
    for step in range(int(until * 4) + 1):
        now = step / 4
        said: list[Verdict | None] = []
        while heard and heard[0] <= now:
            heard.pop(0)
            said.append(beat.heard(int(now * SECOND), watching=watching))
        said.append(beat.look(int(now * SECOND)))
        out += [f"{now:g} {one}" for one in said if one]
    return "; ".join(out)


def every_second(start: int, end: int) -> list[float]:
    """Beats at 1 Hz."""
    return [float(t) for t in range(start, end)]


@pytest.mark.parametrize(
    ("heard", "until", "expected"),
    [
        (every_second(0, 60), 60, ""),
        (every_second(0, 11), 60, "15 gone"),
        ([], 60, ""),
        ([0, 4.75, 9.5, 14.25], 19, ""),
        (every_second(0, 11) + every_second(30, 60), 60, "15 gone; 35 back"),
        ([*every_second(0, 11), 30, 31, *every_second(40, 50)], 60, "15 gone; 45 back; 54 gone"),
    ],
)
def test_five_missed_beats_say_gone_once_and_five_seconds_of_beats_back(
    heard: list[float], until: float, expected: str
) -> None:
    """Once per outage, and a few stray beats do not end it."""
    assert verdicts(heard, until) == expected


def test_a_station_that_watched_nobody_is_not_missed() -> None:
    """Between sessions it may go."""
    assert verdicts(every_second(0, 5), 60, watching=False) == ""


def test_an_outage_that_another_companion_saw_goes_on() -> None:
    """The new station's beats end it."""
    assert verdicts(every_second(3, 20), 19, outage=True) == "8 back"


def test_a_station_that_said_goodbye_is_not_missed() -> None:
    """Goodbye ends the watch."""
    beat = Beat()
    beat.heard(0, watching=True)
    beat.left()

    assert beat.look(60 * SECOND) is None


def test_a_machine_that_slept_gives_the_station_its_five_seconds_anew() -> None:
    """Both stood still; the station speaks a second later."""
    beat = Beat()
    beat.heard(0, watching=True)
    beat.look(0)

    assert beat.look(7200 * SECOND) is None
    assert beat.heard(7201 * SECOND, watching=True) is None
    assert beat.look(7201 * SECOND) is None


def test_a_machine_that_slept_and_a_station_that_did_not_wake_is_gone() -> None:
    """Five seconds after waking."""
    beat = Beat()
    beat.heard(0, watching=True)
    beat.look(0)

    found = [beat.look((7200 + step) * SECOND) for step in range(7)]

    assert found == [None, None, None, None, None, Verdict.GONE, None]
