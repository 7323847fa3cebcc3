"""The waveform of the Viatom rings (O2 legacy and OxyII): bytes among which two values are markers.

156 and 246 are no amplitudes; each is replaced by the mean of its nearest true neighbours. Source:
reference protocols, sections 4.7 and 5.7; vector o2-018.
"""

MARKERS = (156, 246)


def interpolated(samples: bytes) -> tuple[int, ...]:
    """Samples with each marker replaced by the mean of its nearest true neighbours; 0 with none."""
    if not any(marker in samples for marker in MARKERS):
        return tuple(samples)
    true = [place for place, sample in enumerate(samples) if sample not in MARKERS]
    return tuple(
        sample if sample not in MARKERS else _between(samples, true, place)
        for place, sample in enumerate(samples)
    )


def _between(samples: bytes, true: list[int], place: int) -> int:
    before = [samples[near] for near in true if near < place][-1:]
    after = [samples[near] for near in true if near > place][:1]
    near = before + after
    return sum(near) // len(near) if near else 0
