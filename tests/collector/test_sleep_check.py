"""What would put the computer to sleep, from the files in which it is configured."""

from pathlib import Path

from collector.checkup import Ground, Verdict
from collector.sleep_check import LOGIND, judge


def ground(root: Path, files: dict[str, str]) -> Ground:
    """A system with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Ground(data=root, root=root)


def verdicts(found: Ground) -> list[Verdict]:
    """What it is told."""
    return [finding.verdict for finding in judge(found)]


def test_a_system_that_sleeps_when_idle_is_a_fault(tmp_path: Path) -> None:
    """A drop-in file wins over the file itself."""
    asked = ground(
        tmp_path,
        {
            LOGIND: "[Login]\nIdleAction=ignore\n",
            f"{LOGIND}.d/50-mine.conf": "[Login]\nIdleAction=suspend\n",
        },
    )

    assert verdicts(asked) == [Verdict.FAULT]
    assert "systemd-inhibit" in judge(asked)[0].says


def test_a_lid_gets_advice(tmp_path: Path) -> None:
    """By default closing it means sleep."""
    assert verdicts(ground(tmp_path, {"proc/acpi/button/lid/LID0/state": "open"})) == [Verdict.ADVICE]


def test_a_lid_that_is_ignored_is_not_mentioned(tmp_path: Path) -> None:
    """Then nothing was found."""
    files = {"proc/acpi/button/lid/LID0/state": "open", LOGIND: "[Login]\nHandleLidSwitch=ignore\n"}

    assert verdicts(ground(tmp_path, files)) == [Verdict.NOTED]


def test_a_system_that_cannot_sleep_is_noted(tmp_path: Path) -> None:
    """Its sleep target is masked, whatever else is written."""
    asked = ground(tmp_path, {LOGIND: "[Login]\nIdleAction=suspend\n"})
    unit = tmp_path / "etc/systemd/system/sleep.target"
    unit.parent.mkdir(parents=True)
    unit.symlink_to("/dev/null")

    assert verdicts(asked) == [Verdict.NOTED]


def test_a_desktop_is_unknown_and_a_broken_file_counts_as_empty(tmp_path: Path) -> None:
    """What a desktop does cannot be seen from here: unknown is not noted."""
    files = {"usr/share/xsessions/any.desktop": "", LOGIND: "no section\n=\n"}

    assert verdicts(ground(tmp_path, files)) == [Verdict.UNKNOWN]
