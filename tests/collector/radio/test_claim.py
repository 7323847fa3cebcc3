"""Two stations never share an adapter."""

import subprocess
import sys

import pytest

from collector.radio.claim import Claims

ONE, TWO = "02:00:00:00:00:01", "02:00:00:00:00:02"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows adapters")

HOLD = """
import sys
from collector.radio.claim import Claims
claims = Claims()
print(claims.take(sys.argv[1]), flush=True)
sys.stdin.read()
"""


def test_adapter_belongs_to_one_station() -> None:
    """A second claim is refused while the first stands, and granted after its release."""
    mine, other = Claims(), Claims()

    assert mine.take(ONE)
    assert mine.take(ONE)
    assert not other.take(ONE.lower())
    mine.release()
    assert other.take(ONE)
    other.release()


def test_taking_another_adapter_lets_the_first_go() -> None:
    """A station has one adapter."""
    mine, other = Claims(), Claims()

    assert mine.take(ONE)
    assert mine.take(TWO)
    assert other.take(ONE)
    mine.release()
    other.release()


def test_killed_station_leaves_the_adapter_free() -> None:
    """The claim of a process ends with it, however it ends."""
    claims = Claims()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not claims.take(ONE)
        holder.kill()
        holder.wait()

    assert claims.take(ONE)
    claims.release()
