"""rules check and rules rehearse, as a person calls them."""

import json
from pathlib import Path

import apsw
import pytest

from alerts.condition import Happening
from alerts.promises import promises
from alerts.rehearsal import rehearse
from alerts.rules import DEFAULTS
from collector.__main__ import main
from collector.journal.file import NAME
from tests.alerts.world import DEFAULT, Script, instant

KEYS = ["t", "participant", "family", "level", "event", "value", "episode"]


def test_check_says_what_each_rule_promises(capsys: pytest.CaptureFixture[str]) -> None:
    """The defaults: one warning, then one sentence with its bound for each level."""
    code = main(["rules", "check"])
    told = capsys.readouterr()

    assert (code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert (
        lines[0]
        == "Warning: defaults.toml, line 6, approved_by: No clinician has confirmed these limits."
    )
    assert lines[1:] == list(promises(DEFAULT))
    promised = [line for line in lines[1:] if "explains" not in line]
    assert len(lines) - len(promised) == 1 + len(DEFAULT.inhibitions.rows)
    bounds = [line.split("on screen at most ")[1].split(" s ")[0] for line in promised]
    assert bounds == [
        "22",
        "12",
        "5",
        "32",
        "12",
        "32",
        "17",
        "22",
        "62",
        "6",
        "32",
        "17",
        "122",
        "62",
        "62",
    ]


def test_check_refuses_in_one_sentence_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2; nothing is promised by a file that is not taken."""
    text = DEFAULTS.read_text(encoding="utf-8")
    file = tmp_path / "clinic.toml"
    file.write_text(text.replace("hold_s", "hold").replace("grey_s", "gray_s"), encoding="utf-8")

    code = main(["rules", "check", str(file)])
    told = capsys.readouterr()

    assert code == 2
    assert told.out == ""
    key = "families.unmonitored.gray_s"
    assert told.err.splitlines() == [
        "Refused: clinic.toml, line 10, defaults.hold: The key 'hold' is not known; did you mean 'hold_s'?",
        f"Refused: clinic.toml, line 34, {key}: The key 'gray_s' is not known; did you mean 'grey_s'?",
    ]


def test_check_names_a_file_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input: exit code 2 and one sentence."""
    assert main(["rules", "check", str(tmp_path / "none.toml")]) == 2
    assert "cannot be read: No such file or directory." in capsys.readouterr().err


def falling(folder: Path) -> Path:
    """A recording of five minutes that falls to 80 in the third."""
    rows = [f"{t},{80 if 120 <= t < 180 else 97},70" for t in range(300)]
    file = folder / "fall.csv"
    file.write_text("\n".join(["t_s,spo2,pr", *rows]) + "\n", encoding="utf-8")
    return file


def imported(file: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The session that an import makes."""
    assert main(["import", str(file), "--json", "--data", str(data)]) == 0
    return str(json.loads(capsys.readouterr().out)["session"])


def test_rehearse_shows_the_alerts_of_an_imported_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON Lines with the keys of the contract; times count from the first reading."""
    data = tmp_path / "data"
    session = imported(falling(tmp_path), data, capsys)
    code = main(["rules", "rehearse", session, "--json", "--data", str(data)])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert code == 0
    assert all(list(one) == KEYS for one in told)
    assert [(one["t"], one["event"], one["level"]) for one in told if one["event"] != "reannounce"] == [
        (123.0, "raise", "urgent"),
        (190.0, "deescalate", "caution"),
        (195.0, "end", "urgent"),
        (300.0, "close", "urgent"),
    ]
    assert {(one["participant"], one["family"]) for one in told} == {("P1", "spo2_low")}


def test_rehearse_with_other_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rules file of one's own: hr_low off here, and the fall told later."""
    data, rules = tmp_path / "data", tmp_path / "slow.toml"
    session = imported(falling(tmp_path), data, capsys)
    rules.write_text(
        DEFAULTS.read_text(encoding="utf-8").replace("delay_s = 3,", "delay_s = 8,"), encoding="utf-8"
    )
    main(["rules", "rehearse", session, "--rules", str(rules), "--json", "--data", str(data)])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    early, first = told[:2]

    assert (early["t"], early["family"]) == (124.0, "spo2_fast")
    assert (first["t"], first["event"], first["family"]) == (128.0, "raise", "spo2_low")


def test_rehearse_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json one line per event."""
    data = tmp_path / "data"
    session = imported(falling(tmp_path), data, capsys)
    main(["rules", "rehearse", session, "--data", str(data)])

    assert capsys.readouterr().out.splitlines()[0].split() == [
        "2:03.0", "P1", "spo2_low", "urgent", "raise", "at", "80",
    ]  # fmt: skip


def test_rehearse_of_an_unknown_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence that says where to look; exit code 2."""
    data = tmp_path / "data"
    imported(falling(tmp_path), data, capsys)

    assert main(["rules", "rehearse", "nothing", "--data", str(data)]) == 2
    assert "There is no session 'nothing'; `holdspace sessions` lists them." in capsys.readouterr().err


def test_rehearse_on_a_damaged_journal_says_so_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The alerts of what is left, one sentence with a count, and the exit code of a fault."""
    data = tmp_path / "data"
    session = imported(falling(tmp_path), data, capsys)
    connection = apsw.Connection(str(data / NAME))
    connection.execute("UPDATE entry SET spo2 = 99 WHERE kind = 'reading' AND spo2 = 80")
    connection.close()

    code = main(["rules", "rehearse", session, "--data", str(data)])
    told = capsys.readouterr()

    assert code == 1
    assert told.out
    assert told.err == "holdspace: 60 entries of the journal are damaged and were left out.\n"


def test_changes_of_cause_are_not_rehearsed() -> None:
    """They are internal: neither level nor end changes."""
    script = Script()
    entries = script.opening(["A"], instant(0))
    entries += [script.reading(instant(t)) for t in range(5)]
    entries += [script.link(instant(40), "A", "lost"), script.end(instant(60))]
    told = list(rehearse(DEFAULT, entries))

    assert [(one.t, one.event.happening) for one in told] == [
        (19.0, Happening.RAISE),
        (60.0, Happening.CLOSE),
    ]
