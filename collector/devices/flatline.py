"""Flatline: a waveform that stands still means that the numbers beside it are old.

Firmware that has lost the signal repeats its last numbers while the pleth is flat (captures pc60-005;
reference protocols, section 2.5). A living pulse changes the amplitude several times a second.
"""

SECONDS = 3


class Flatline:
    """Counts identical samples of one connection; `limit` of them, 3 s worth, are a flat line."""

    __slots__ = ("_amplitude", "_limit", "_same")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._amplitude = b""
        self._same = 0

    @property
    def flat(self) -> bool:
        """Whether the line has been flat for the limit up to now."""
        return self._same >= self._limit

    def take(self, samples: bytes) -> None:
        """Go on with the next samples, at least one, without beat marks."""
        last, size = samples[-1:], len(samples)
        same = size - len(samples.rstrip(last))
        self._same = self._same + same if same == size and last == self._amplitude else same
        self._amplitude = last
