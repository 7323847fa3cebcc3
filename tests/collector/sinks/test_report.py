"""How far each sink has come and what it refused, as the journal tells it."""

import json
from pathlib import Path

import pytest

from collector.__main__ import main
from collector.errors import JournalError
from collector.journal.file import NAME, JournalFile
from collector.sinks.delivery import QUARANTINE
from collector.sinks.report import report
from tests.collector.journal.samples import ROOM_ID, fact, prepare, reading, waiting

WHY = "InfluxDB refused the row: unable to parse ..."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A journal whose sink has come to seq 5 of 6 and refused two rows, one of which was erased."""
    rows = {"2": WHY, "3": WHY}
    entries = [
        prepare(1),
        reading(2),
        reading(4),
        fact(5, QUARANTINE, {"rows": rows}, subject="influxdb"),
    ]
    file = JournalFile(tmp_path / NAME)
    file.write(waiting([*entries, reading(6)]), {"sink/influxdb": (5, "{}"), "engine": (6, "{}")})
    file.close()
    return tmp_path


def test_each_refused_row_is_there_with_its_reason(data: Path) -> None:
    """The row itself is in the journal still, unless it was erased."""
    (found,) = report(data)

    assert (found.sink, found.cursor, found.waiting) == ("influxdb", 5, 1)
    assert [(row.seq, row.why) for row in found.set_aside] == [(2, WHY), (3, WHY)]
    assert [row.entry for row in found.set_aside] == [reading(2), None]


def test_the_command_says_it_in_words_and_as_json(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a person and for a program."""
    assert main(["sinks", "--data", str(data)]) == 0
    words = capsys.readouterr().out
    assert main(["sinks", "--data", str(data), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert words.splitlines() == [
        "influxdb: entries that wait: 1, rows refused: 2",
        f"  entry 2, reading of session {ROOM_ID}  {WHY}",
        f"  entry 3 (erased)  {WHY}",
    ]
    assert told[0]["sink"] == "influxdb"
    assert [row["seq"] for row in told[0]["set_aside"]] == [2, 3]


def test_a_journal_that_never_had_a_sink_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence."""
    JournalFile(tmp_path / NAME).close()
    main(["sinks", "--data", str(tmp_path)])

    assert capsys.readouterr().out == "Nothing has been delivered to a server from this journal.\n"


def test_where_there_is_no_journal_the_sentence_says_so(tmp_path: Path) -> None:
    """As with every command."""
    with pytest.raises(JournalError, match="There is no journal"):
        report(tmp_path)
