"""Recording: what a file of another program or device says, sample by sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from collector.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One row: seconds since the first row, and what it says."""

    t_s: float
    spo2: float | None
    pulse_rate: float | None
    perfusion_index: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One file. `step_s` is the usual distance of two rows; `start_utc_ns` is None when it does not say.

    `impossible` counts the values that no oximeter can say and that are no "no value" code either;
    `doubt` says how its dates were read where they could be read in two ways, else it is empty; `remarks`
    are whatever else was decided for the reader, one clause each.
    """

    path: Path
    samples: Sequence[Sample]
    step_s: float
    start_utc_ns: int | None
    impossible: int = 0
    doubt: str = ""
    remarks: tuple[str, ...] = ()


def usual_step(times: Sequence[float]) -> float:
    """The usual distance in s of moments in order; 1 when they do not say."""
    steps = [after - before for before, after in pairwise(times) if after > before]
    step = float(median(steps)) if steps else 1.0
    return float(round(step)) if step >= 1 else step  # radio and clocks jitter around whole seconds


def bytes_of(path: Path) -> bytes:
    """The file's content; raises `BadInput`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
