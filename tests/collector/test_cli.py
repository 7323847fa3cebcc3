"""holdspace decode."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from collector import cli
from collector.__main__ import main
from collector.devices import DECODERS, DRIVERS
from tests.collector.devices.vectors import CAPTURES, shared

AA55, O2, PLX = (CAPTURES / f"{name}.jsonl" for name in ("aa55", "o2", "plx"))
KEYS = ["t", "family", "spo2", "pulse_rate", "perfusion_index", "battery", "flags"]


def run(*words: str | Path) -> Result:
    """The command on an application of its own."""
    app = typer.Typer()
    app.callback()(lambda: None)
    cli.register(app)
    return CliRunner().invoke(app, ["decode", *map(str, words)])


def said(*words: str | Path) -> list[dict[str, Any]]:
    """What `decode --json` says, line by line."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def capture_of(folder: Path, head: dict[str, object], *moments: tuple[str, str]) -> Path:
    """A capture file of these notifications, one a second."""
    lines: list[dict[str, object]] = [{"holdspace_capture": 1, **head}]
    lines += [{"t": t, "char": c, "hex": h, "dir": "rx"} for t, (c, h) in enumerate(moments)]
    file = folder / "clip.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return file


def test_each_reading_has_the_promised_keys_and_each_file_its_summary() -> None:
    """Three families in one call: readings of a file, then its summary, in the order given."""
    lines = said(AA55, O2, PLX)

    readings = [line for line in lines if "summary" not in line]
    assert all(list(reading) == KEYS for reading in readings)
    assert [line["summary"] for line in lines if "summary" in line] == [
        {
            "file": str(file),
            "family": family,
            "readings": count,
            "frames": frames,
            "checksum_errors": errors,
            "resyncs": errors,
            "pleth_samples": pleth,
        }
        for file, family, count, frames, errors, pleth in (
            (AA55, "viatom_aa55", 3, 9, 1, 20),
            (O2, "viatom_oxy", 4, 4, 0, 0),
            (PLX, "plx", 6, 6, 0, 0),
        )
    ]


def test_no_value_is_null_with_its_flag() -> None:
    """The last AA55 reading is a finger-off frame with stale numbers: nulls and the flag."""
    lines = said(AA55)

    assert lines[2] == {
        "t": 2.4,
        "family": "viatom_aa55",
        "spo2": None,
        "pulse_rate": None,
        "perfusion_index": None,
        "battery": None,
        "flags": ["finger_off"],
    }


def test_the_battery_is_percent_or_null() -> None:
    """PLX and the ring say percent; AA55 has levels, of which only the empty one is told."""
    assert {line["battery"] for line in said(PLX)[:-1]} == {87}
    assert [line["battery"] for line in said(O2)[:-1]] == [88, 97, 85, 96]
    assert {line["battery"] for line in said(AA55)[:-1]} == {None}


@pytest.mark.parametrize(
    ("head", "characteristic", "family"),
    [
        ({"services": ["1822"]}, "2a5f", "plx"),
        ({"services": ["180d"]}, "2a37", "hrs"),
        ({"name": "O2Ring 0001"}, "0734594a-a8e7-4b1a-a6b1-cd5243059a57", "viatom_oxy"),
        (
            {"name": "X", "services": ["6e400001-b5a3-f393-e0a9-e50e24dcca9e"]},
            "6E400003-B5A3-F393-E0A9-E50E24DCCA9E",
            "viatom_aa55",
        ),
        ({}, "2a5e", "plx"),
        ({}, "2a19", "bas"),
    ],
)
def test_the_family_is_found(
    tmp_path: Path, head: dict[str, object], characteristic: str, family: str
) -> None:
    """By services, else by name, else by what spoke."""
    file = capture_of(tmp_path, head, (characteristic, "00"))

    assert said(file)[-1]["summary"]["family"] == family


def test_heart_rate_alone_has_no_saturation(tmp_path: Path) -> None:
    """A heart rate sensor's readings have a pulse rate and a null."""
    file = capture_of(tmp_path, {}, ("2a37", "0648"))

    assert (said(file)[0]["spo2"], said(file)[0]["pulse_rate"]) == (None, 72)


def test_what_was_written_tells_what_a_reply_means(tmp_path: Path) -> None:
    """After a file command the ring's reply is content, though it looks like vital signs."""
    reply = "5500ff00000c00613c0010000000550103190129"
    file = capture_of(tmp_path, {}, ("0734594a-a8e7-4b1a-a6b1-cd5243059a57", reply))
    ask = {"t": 0, "char": "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3", "dir": "tx"}
    head, *rest = file.read_text(encoding="utf-8").split("\n")

    def after(command: str) -> int:
        asked = json.dumps({**ask, "hex": command})
        file.write_text("\n".join([head, asked, *rest]), encoding="utf-8")
        return int(said(file)[-1]["summary"]["readings"])

    assert after("aa17e8000000001b") == 1
    assert after("aa04fb000000006a") == 0


def test_a_family_by_name_wins(tmp_path: Path) -> None:
    """--family decides over what the file tells."""
    file = capture_of(tmp_path, {"services": ["1822"]}, ("2a19", "57"))

    assert said(file, "--family", "bas")[0]["battery"] == 87


def test_a_bad_file_costs_one_sentence_and_the_others_are_decoded(tmp_path: Path) -> None:
    """Nothing of a file with a broken last line is printed, all of the good one is; exit code 2."""
    broken = tmp_path / "broken.jsonl"
    broken.write_text(PLX.read_text(encoding="utf-8") + '{"t": 9', encoding="utf-8")

    result = run(broken, PLX, "--json")

    assert result.exit_code == 2
    assert result.stderr == f"holdspace: {broken}, line 9 is not JSON.\n"
    assert len(result.stdout.splitlines()) == 7
    assert "broken" not in result.stdout


def test_a_file_without_a_family_is_refused(tmp_path: Path) -> None:
    """A capture that tells nothing about its device asks for --family."""
    file = capture_of(tmp_path, {"name": "Lamp"}, ("fe95", "00"))

    result = run(file)

    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr == f"holdspace: {file} does not tell its device family: name one with --family.\n"
    )


def test_an_unknown_family_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence lists what there is; exit code 2."""
    assert main(["decode", str(PLX), "--family", "nellcor"]) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        f"holdspace: There is no family nellcor: use one of {', '.join(sorted(DECODERS))}.\n"
    )


def test_the_table_is_readable() -> None:
    """Without --json: a heading, a row per reading with dashes for no value, a closing line."""
    result = run(O2)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{O2} (viatom_oxy)",
        "         t   SpO2  pulse     PI  battery  flags",
        "     0.090     --     --     --       88  searching",
        "     1.120     98     66      1       97",
        "     2.120     97     60    2.5       85",
        "     3.150     --     --     --       96  finger_off",
        "4 readings, 4 frames, 0 checksum errors, 0 resynchronisations, 0 pleth samples",
    ]


def test_a_long_real_stream_is_decoded(reference: Path, tmp_path: Path) -> None:
    """The captured AA55 stream of 105 notifications gives its eleven readings."""
    vector = shared(reference, "pc60-004")
    file = capture_of(tmp_path, {}, *((vector["characteristic"], text) for text in vector["hex"]))

    lines = said(file)

    assert [(line["spo2"], line["pulse_rate"]) for line in lines[:-1]] == [
        (sample["spo2"], sample["hr"]) for sample in vector["expect"]["samples"]
    ]
    assert lines[-1]["summary"]["pleth_samples"] == vector["expect"]["wave_count"]


def test_every_family_with_a_driver_has_an_example() -> None:
    """The example captures cover every driver but heart rate."""
    families = {said(file)[-1]["summary"]["family"] for file in CAPTURES.glob("*.jsonl")}

    assert families == {driver.family for driver in DRIVERS} - {"hrs"}
