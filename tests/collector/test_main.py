"""The `holdspace` command: sentences, exit codes, and what it imports."""

import re
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from collector.__main__ import COMMANDS, main
from collector.journal.archive import Archive
from collector.session import Phase, Source

ROOT = Path(__file__).resolve().parents[2]


def _installed() -> bool:
    return any(metadata.packages_distributions().get("collector", []))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_a_demo_ends_after_the_asked_session_time_and_leaves_an_ended_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--for counts seconds of session; the journal then holds one ended demo with its readings."""
    words = ["demo", "--scenario", "calm", "--participants", "3", "--speed", "60", "--for", "60"]
    code = main([*words, "--no-browser", "--port", "0", "--data", str(tmp_path)])
    printed = capsys.readouterr().out

    with Archive(tmp_path) as archive:
        (session,) = archive.sessions()
    assert code == 0
    assert re.search(r"http://127\.0\.0\.1:\d+", printed)
    assert f"holdspace review {session.session} --data {tmp_path}" in printed
    assert (session.source, session.phase) == (Source.DEMO, Phase.ENDED)
    assert session.participants == ("P-01", "P-02", "P-03")
    assert 120 <= session.readings <= 185


def test_a_port_in_use_is_named_and_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad usage: the sentence names the port and the option."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code = main(["demo", "--port", port, "--for", "5", "--no-browser", "--data", str(tmp_path)])

    assert code == 2
    assert re.fullmatch(rf"holdspace: Port {port} is in use.*--port\.\n", said(capsys))
    assert not list(tmp_path.iterdir())


def test_a_data_directory_that_a_station_holds_is_refused_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two stations never share a journal."""
    words = ["demo", "--port", "0", "--no-browser", "--data", str(tmp_path)]
    first = subprocess.Popen(
        [sys.executable, "-m", "collector", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        assert "Bedside page" in first.stdout.readline()
        code = main([*words, "--for", "5"])
    finally:
        first.terminate()
        rest, _ = first.communicate(timeout=20)

    assert code == 2
    assert re.fullmatch(r"holdspace: .*another.*--data.*\n", said(capsys), flags=re.IGNORECASE)
    assert first.returncode == 0
    assert "is over" in rest


def test_run_without_bluetooth_says_what_to_do_and_serves_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A radio that is missing is one sentence with its remedy, and no reason not to run."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    words = ["run", "--port", "0", "--no-browser", "--for", "2", "--data", str(tmp_path)]
    code = main(words)
    printed = capsys.readouterr()

    assert code == 0
    assert re.search(r"Bedside page: http://127\.0\.0\.1:\d+", printed.out)
    assert re.fullmatch(r"holdspace: .*(message bus|Bluetooth).*;.*\n", printed.err)


def test_a_wrong_key_in_the_configuration_is_named_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names file, section, key and the nearest right key."""
    config = tmp_path / "holdspace.toml"
    config.write_text("[page]\nprot = 1\n", encoding="utf-8")

    code = main(["run", "--config", str(config), "--data", str(tmp_path)])

    assert code == 2
    assert f"{config}: [page] has no key 'prot'; did you mean 'port'." in said(capsys)


@pytest.mark.parametrize(
    "words",
    [["demo", "--speed", "0"], ["demo", "--for", "inf"], ["demo", "--participants", "40"], ["nothing"]],
)
def test_bad_usage_ends_with_code_2_and_no_traceback(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What the options refuse is said by the command line itself."""
    code = main(words)

    assert code == 2
    assert "Traceback" not in said(capsys)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for help sees all commands."""
    code = main(["--help"])
    printed = capsys.readouterr().out

    assert code == 0
    assert all(re.search(rf"^\s+{name}\s", printed, flags=re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["decode", "--help"], ["fastapi", "numpy", "apsw"]),
        (["demo", "--help"], ["numpy", "bleak", "influxdb_client", "aiomqtt", "apprise", "bokeh"]),
    ],
)
def test_a_command_imports_only_what_it_needs(words: list[str], absent: list[str]) -> None:
    """What is not configured is not imported."""
    code = (
        "import sys; from collector.__main__ import main; main(sys.argv[1:]); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert not set(absent) & set(ran.stderr.split())


def test_a_capture_is_replayed_through_its_decoder(tmp_path: Path) -> None:
    """Bytes of a file come in as bytes of a link do; the session says that it is a replay."""
    capture = ROOT / "tests" / "captures" / "plx.jsonl"
    words = ["replay", str(capture), "--speed", "20", "--no-browser", "--port", "0"]
    code = main([*words, "--data", str(tmp_path)])

    with Archive(tmp_path) as archive:
        (session,) = archive.sessions()
    assert code == 0
    assert (session.source, session.phase) == (Source.REPLAY, Phase.ENDED)
    assert session.readings == 6


def test_a_table_is_replayed_at_its_own_pace(tmp_path: Path) -> None:
    """A CSV recording plays like a session, every row a reading."""
    table = tmp_path / "table.csv"
    rows = [f"{second},{97 - second % 2},{60 + second % 3}" for second in range(90)]
    table.write_text("\n".join(["t_s,spo2,pr", *rows, ""]), encoding="utf-8")
    words = ["replay", str(table), "--speed", "120", "--no-browser", "--port", "0"]
    code = main([*words, "--data", str(tmp_path / "data")])

    with Archive(tmp_path / "data") as archive:
        (session,) = archive.sessions()
    assert code == 0
    assert (session.source, session.readings) == (Source.REPLAY, 90)


@pytest.mark.parametrize("text", ["", "nothing,known\n1,2\n", '{"holdspace_capture": 1'])
def test_a_file_that_cannot_be_replayed_is_named_and_leaves_no_session(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input: one sentence with the file's name, code 2, nothing recorded."""
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    data = tmp_path / "data"
    code = main(["replay", str(file), "--no-browser", "--port", "0", "--data", str(data)])

    assert code == 2
    assert re.fullmatch(rf"holdspace: .*{file}.*\n", said(capsys))
    if data.exists():
        with Archive(data) as archive:
            assert archive.sessions() == []


def test_the_version_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` needs no command."""
    if not _installed():
        pytest.skip("holdspace is not installed here: run python3 start.py test")
    code = main(["--version"])

    assert code == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_a_session_of_the_demo_is_found_without_naming_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Demos are kept apart, and a replay looks there too."""
    monkeypatch.setenv("HOLDSPACE_DATA", str(tmp_path))
    words = ["--speed", "60", "--for", "10", "--no-browser", "--port", "0"]
    main(["demo", "--scenario", "calm", "--participants", "1", *words])

    code = main(["replay", "last", *words])

    assert code == 0
    assert capsys.readouterr().out.count("is over") == 2
