"""What the kernel says of its clock becomes one sentence."""

import sys

import pytest

from collector.checkup import Verdict
from collector.clock_check import Discipline, ask, judge


@pytest.mark.parametrize(
    ("found", "verdict", "part"),
    [
        (Discipline(kept=True, error_s=0.012), Verdict.NOTED, "to 12 ms or better"),
        (Discipline(kept=True, error_s=7.0), Verdict.ADVICE, "7 s wrong"),
        (Discipline(kept=False, error_s=0.0), Verdict.ADVICE, "No time server"),
        (None, Verdict.UNKNOWN, "does not say"),
    ],
)
def test_a_clock_is_judged(found: Discipline | None, verdict: Verdict, part: str) -> None:
    """Kept and near, kept and far, kept by nobody, not told."""
    finding = judge(found)

    assert finding.verdict is verdict
    assert part in finding.says


@pytest.mark.skipif(sys.platform != "linux", reason="adjtimex(2) is there on Linux only")
def test_the_kernel_answers() -> None:
    """Asking changes nothing and gives an error that is a time, not a neighbouring field."""
    found = ask()

    assert found is not None
    assert 0 <= found.error_s <= 16  # NTP_PHASE_LIMIT: the kernel counts no further
