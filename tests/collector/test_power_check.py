"""Mains, battery and how long it lasts, from a tree of files as Linux shows it."""

from pathlib import Path

import pytest

from collector.checkup import Verdict
from collector.power_check import judge


def supply(folder: Path, name: str, **facts: str) -> None:
    """One supply of the system."""
    (folder / name).mkdir(parents=True)
    for fact, text in facts.items():
        (folder / name / fact).write_text(text + "\n", encoding="ascii")


def test_a_computer_without_a_battery_is_noted(tmp_path: Path) -> None:
    """Also where the system shows nothing at all."""
    assert judge(tmp_path / "nothing").verdict is Verdict.NOTED


def test_on_mains_it_is_noted(tmp_path: Path) -> None:
    """Whatever the battery says."""
    supply(tmp_path, "AC", type="Mains", online="1")
    supply(tmp_path, "BAT0", type="Battery", energy_now="1", power_now="50000000")

    assert judge(tmp_path).verdict is Verdict.NOTED


@pytest.mark.parametrize(
    ("facts", "verdict", "part"),
    [
        ({"energy_now": "50000000", "power_now": "10000000"}, Verdict.ADVICE, "about 5.0 h"),
        ({"energy_now": "20000000", "power_now": "10000000"}, Verdict.FAULT, "about 2.0 h"),
        ({"charge_now": "3000000", "current_now": "-1000000"}, Verdict.FAULT, "about 3.0 h"),
        ({"energy_now": "20000000", "power_now": "0"}, Verdict.ADVICE, "does not say for how long"),
        ({"energy_now": "", "power_now": "x"}, Verdict.ADVICE, "does not say for how long"),
    ],
)
def test_on_battery_the_hours_decide(
    tmp_path: Path, facts: dict[str, str], verdict: Verdict, part: str
) -> None:
    """A session lasts up to four hours."""
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "BAT0", type="Battery", **facts)

    finding = judge(tmp_path)

    assert finding.verdict is verdict
    assert part in finding.says


def test_two_batteries_add_up(tmp_path: Path) -> None:
    """As in notebooks with a second one."""
    for name in ("BAT0", "BAT1"):
        supply(tmp_path, name, type="Battery", energy_now="25000000", power_now="10000000")

    assert "about 5.0 h" in judge(tmp_path).says


def test_the_battery_of_a_mouse_is_not_the_computers(tmp_path: Path) -> None:
    """Its scope is Device."""
    supply(tmp_path, "hid-mouse", type="Battery", scope="Device")

    assert "no battery" in judge(tmp_path).says
