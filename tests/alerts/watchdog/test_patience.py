"""When the companion counts as hung: seconds of looks and words on the left."""

import pytest

from alerts.watchdog.patience import Patience
from collector.clock import SECOND


def hung_at(looks: list[int], words: list[int]) -> int | None:
    """The second of the first look that calls it hung."""
    patience = Patience(0)
    for now in looks:
        for word in words:
            if looks[looks.index(now) - 1] < word <= now:
                patience.heard(word * SECOND)
        if patience.over(now * SECOND):
            return now
    return None


@pytest.mark.parametrize(
    ("looks", "words", "expected"),
    [
        (list(range(1, 30)), list(range(1, 30)), None),
        (list(range(1, 30)), [3], 10),
        (list(range(1, 30)), [], 7),
        ([1, 2, 20, 21, 22, 23, 24, 25, 26], [1, 2], None),
        ([1, 2, 20, 21, 22, 23, 24, 25, 26, 27], [1, 2], 27),
    ],
)
def test_six_silent_seconds_are_too_many_and_count_anew_when_the_station_stood_still(
    looks: list[int], words: list[int], expected: int | None
) -> None:
    """A station that was frozen for 18 s gives its companion six more."""
    assert hung_at(looks, words) == expected
