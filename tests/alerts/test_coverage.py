"""The table of docs/develop.md that says where each invariant is tested tells the truth."""

import re

from tests.alerts import invariants
from tests.conftest import ROOT

ROW = re.compile(r"^\| (I\d+) \| .* \| (.*) \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    """By invariant: the cell that names its tests."""
    return dict(ROW.findall((ROOT / "docs/develop.md").read_text(encoding="utf-8")))


def test_every_invariant_has_its_row() -> None:
    """I1 to I26 (alerts.md 4.13)."""
    assert list(rows()) == [f"I{number}" for number in range(1, 27)]


def test_every_named_test_exists_and_every_check_is_named() -> None:
    """Files, tests in them, and the checks that the properties run."""
    told = " ".join(rows().values())
    checks = {check.__name__ for check in (*invariants.LOGS, *invariants.PLAYS)}
    named = set(re.findall(r"`invariants\.(\w+)`", told))

    assert named <= checks
    assert checks - named <= {"no_tick_matters", "batteries_are_told"}
    for file, test in re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", told):
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, (file, test)
