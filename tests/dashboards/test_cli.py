"""The `review` command on a real journal."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from alerts.rules import DEFAULTS, load_rules
from alerts.store import RULES, rules_body
from collector.__main__ import main
from collector.journal.file import NAME
from collector.journal.lock import DirectoryLock
from collector.journal.store import Journal
from collector.session import Source
from tests.conftest import ROOT
from tests.dashboards.review.fakes import FakeArchive, instant


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one session of two participants."""
    archive = FakeArchive()
    archive.prepare({"A": "P-01", "B": "P-02"}, instant(0), Source.DEMO)
    for t in range(300):
        archive.reading("P-01", instant(t), 88.0 if 100 <= t < 140 else 97.0)
        if t < 200:
            archive.reading("P-02", instant(t), 96.0)
    archive.mark("dose", instant(60), "1")
    archive.end(instant(300))
    asyncio.run(_write(archive, tmp_path / "data"))
    return tmp_path / "data"


async def _write(archive: FakeArchive, directory: Path) -> None:
    async with Journal(directory) as journal:
        for entry in archive.held:
            journal.append(entry)
        await journal.committed_to(journal.last_seq)


def test_json_is_one_document_and_nothing_else(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--json` prints one JSON document on stdout and writes no file."""
    monkeypatch.chdir(tmp_path)
    code = main(["review", "last", "--json", "--data", str(data)])
    made = json.loads(capsys.readouterr().out)

    first, second = made["participants"]

    assert code == 0
    assert (first["participant"], second["participant"]) == ("P-01", "P-02")
    assert first["numbers"]["time_below_90_s"] == 40
    assert second["gaps"]["after_last_s"] == 100
    assert [mark["t"] for mark in first["markers"]] == [60]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_report_is_written_where_asked(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-o` names the directory; each file written is named on stdout."""
    target = tmp_path / "report"
    code = main(["review", "last", "-o", str(target), "--data", str(data)])

    named = capsys.readouterr().out.splitlines()

    assert code == 0
    assert sorted(named) == sorted(str(path) for path in target.iterdir())
    assert {path.name for path in target.iterdir()} == {"P-01.html", "P-02.html", "index.html"}


def test_a_session_of_which_everybody_was_erased_has_no_report(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, in place of nothing at all."""
    for who in ("P-01", "P-02"):
        main(["erase", "--participant", who, "--yes", "--data", str(data)])

    assert main(["review", "last", "-o", str(tmp_path / "report"), "--data", str(data)]) == 2
    assert "everybody was erased" in capsys.readouterr().err


def test_without_a_directory_the_report_stands_beside_the_user(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `-o` the report goes to review-SESSION in the present directory."""
    monkeypatch.chdir(tmp_path)
    code = main(["review", "last", "--data", str(data)])

    (made,) = tmp_path.glob("review-*")

    assert code == 0
    assert (made / "index.html").exists()


def test_json_and_report_together(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With both, stdout holds the document alone and the files are written too."""
    code = main(["review", "last", "--json", "-o", str(tmp_path / "r"), "--data", str(data)])

    json.loads(capsys.readouterr().out)

    assert code == 0
    assert (tmp_path / "r" / "P-01.html").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["review", "never-was"], "There is no session 'never-was'"),
        (["review", "last", "-o", "{data}/journal.sqlite"], "is a file"),
        (["review", "last", "--pdf"], "No such option"),
    ],
)
def test_bad_usage_is_one_sentence_and_two(
    data: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    """An unknown session, a file in the way and an unknown option end with 2 and say why."""
    (journal,) = (path for path in data.iterdir() if path.suffix in {".db", ".sqlite", ".sqlite3"})
    code = main(
        [word.replace("{data}/journal.sqlite", str(journal)) for word in words] + ["--data", str(data)]
    )

    said = capsys.readouterr()

    assert code == 2
    assert said.out == ""
    assert sentence in said.err
    assert "Traceback" not in said.err


def test_no_journal_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data directory without a journal is named, and none is made."""
    code = main(["review", "last", "--data", str(tmp_path / "nowhere")])

    assert code == 2
    assert "There is no journal in" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_the_report_shows_the_limits_that_were_in_force(tmp_path: Path) -> None:
    """A session keeps its rules; the limits that ship today are not printed in their place."""
    text = DEFAULTS.read_text(encoding="utf-8")
    assert 'approved_by = ""' in text
    archive = FakeArchive()
    archive.prepare({"A": "P-01"}, instant(0), Source.DEMO)
    then = text.replace('approved_by = ""', 'approved_by = "Dr. Then"')
    archive.add(RULES, "", None, rules_body(replace(load_rules(), text=then)), instant(0))
    archive.reading("P-01", instant(1), 97.0)
    archive.end(instant(60))
    asyncio.run(_write(archive, tmp_path / "data"))

    main(["review", "last", "-o", str(tmp_path / "report"), "--data", str(tmp_path / "data")])

    assert "Dr. Then" in (tmp_path / "report" / "P-01.html").read_text(encoding="utf-8")


def test_a_damaged_journal_is_one_sentence_and_exit_code_1(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is written all the same, and every page and the document tell how much is missing."""
    _damage(data, "UPDATE entry SET spo2 = 50 WHERE kind = 'reading' AND seq % 5 = 0")
    target = tmp_path / "report"

    code = main(["review", "last", "--json", "-o", str(target), "--data", str(data)])
    said = capsys.readouterr()
    made = json.loads(said.out)

    assert code == 1
    assert made["damaged_entries"] == 100
    assert min(person["numbers"]["min"] for person in made["participants"]) == 88
    assert said.err == "holdspace: 100 entries of the journal are damaged and were left out.\n"
    for page in target.iterdir():
        assert "100 entries of this session left out" in page.read_text(encoding="utf-8")


def test_damage_is_counted_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """However often the entry is met while the session is found and read."""
    _damage(data, "UPDATE entry SET body = '{}' WHERE kind = 'marker'")

    code = main(["review", "last", "--json", "--data", str(data)])

    assert code == 1
    assert json.loads(capsys.readouterr().out)["damaged_entries"] == 1


def test_a_session_that_goes_on_is_not_called_interrupted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While a station holds the directory its session may be looked at; afterwards it was cut short."""
    archive = FakeArchive()
    archive.prepare({"A": "P-01"}, instant(0))
    archive.reading("P-01", instant(1), 97.0)
    asyncio.run(_write(archive, tmp_path))

    def interrupted() -> object:
        assert main(["review", "last", "--json", "--data", str(tmp_path)]) == 0
        return json.loads(capsys.readouterr().out)["interrupted"]

    lock = DirectoryLock(tmp_path)
    assert interrupted() is False
    lock.release()
    assert interrupted() is True


def test_the_completeness_of_a_live_session_is_at_most_all_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A last reading a moment early makes the exact figure 100.003; who reads it would doubt the rest."""
    archive = FakeArchive()
    archive.prepare({"A": "P-01"}, instant(0))
    for t in range(300):
        archive.reading("P-01", instant(t - 0.01 * (t == 299)), 97.0)
    archive.end(instant(300))
    asyncio.run(_write(archive, tmp_path))

    main(["review", "last", "--json", "--data", str(tmp_path)])
    (person,) = json.loads(capsys.readouterr().out)["participants"]

    assert person["numbers"]["completeness_pct"] == 100


def test_every_key_of_the_document_is_explained(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """docs/review.md has a line for each key, and the README leads there."""
    main(["review", "last", "--json", "--data", str(data)])
    explained = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")

    missing = {key for key in _keys(json.loads(capsys.readouterr().out)) if f"`{key}`" not in explained}

    assert missing == set()
    assert "docs/review.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys(inner) for inner in value.values()))
    return set().union(*(_keys(inner) for inner in value)) if isinstance(value, list) else set()


def _damage(directory: Path, sql: str) -> None:
    connection = apsw.Connection(str(directory / NAME))
    connection.execute(sql)
    connection.close()
