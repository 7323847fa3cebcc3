"""Every reference vector of the families, by the keys that its `expect` has."""

import json
from pathlib import Path

from collector.devices import (
    DECODERS,
    bas,
    hrs,
    plx,
    plx_features,
    viatom_aa55,
    viatom_oxy,
    viatom_oxy_frame,
)
from collector.devices.base import Counts, pieces
from collector.devices.framing import Framer
from collector.reading import Flag
from tests.collector.devices import vectors
from tests.collector.devices.checking import check, frames
from tests.collector.devices.vectors import LONG, Vector, chosen, named, notifications

AA55_REQUESTS = {
    "get_info": viatom_aa55.frame(0xF0, 0x81),
    "get_sn": viatom_aa55.frame(0xF0, 0x82),
    "enable_params": viatom_aa55.frame(0x0F, 0x84, b"\x01"),
    "enable_wave": viatom_aa55.frame(0x0F, 0x85, b"\x01"),
}


FILES = ("viatom_oxy_file", "viatom_oxyii_file")  # tested beside their readers
# Vectors that no code here answers to, each with the reason.
NOT_APPLICABLE = {
    "po60-001": "a spot checker that only hands over stored results; it cannot be watched",
}


def test_the_vectors_of_all_families_here_are_committed_and_short() -> None:
    """No family's vectors can be lost unnoticed, and no captured stream is copied in length."""
    found = vectors.committed()

    assert {v["family"] for v in found} == {*DECODERS, "sfloat", "advertising", *FILES}
    assert len(found) == 153
    assert all(len(v["hex"]) <= 12 and v["source"] for v in found)


def test_no_shared_vector_is_left_out(reference: Path) -> None:
    """Every vector of the shared reference is committed here, read from there, or named with a reason."""
    known = {v["id"]: v for v in vectors.committed()}

    every = json.loads((reference / "vectors.json").read_text(encoding="utf-8"))
    shared = {v["id"]: v for v in every}

    assert set(shared) == {*known, *LONG, *NOT_APPLICABLE}
    assert {key: shared[key] for key in known} == known


def check_aa55(vector: Vector) -> None:
    """Check an AA55 vector with all that only this family has."""
    expect = vector["expect"]
    check(viatom_aa55.Decoder(), vector)
    good = frames(vector, viatom_aa55.SHAPE)
    pleth = b"".join(frame[5:10] for frame in good if frame[2:5] == b"\x0f\x07\x02")
    beats = [place for place, byte in enumerate(pleth) if byte & 0x80]
    levels = [viatom_aa55.battery_level(frame) for frame in good if frame[2] == 0xF0]
    steps = [step for frame in good if (step := viatom_aa55.step(frame))]

    if "beat_at" in expect:
        assert beats == expect["beat_at"]
    assert len(beats) == expect.get("beats", len(beats))
    if "battery_level_0_3" in expect:
        assert levels == expect["battery_level_0_3"]
    assert len(steps) == expect.get("status_count", len(steps))
    if isinstance(expect.get("status"), list):
        assert [bytes(step).hex() for step in steps] == expect["status"]
    if isinstance(expect.get("status"), dict):
        (step,) = steps
        assert [step.mode, step.step, step.spo2, step.pulse_rate] == list(expect["status"].values())
    if "spot_result" in expect:
        assert {"spo2": steps[0].spo2, "hr": steps[0].pulse_rate} == expect["spot_result"]
    vitals = [frame for frame in good if frame[2:5] == b"\x0f\x08\x01"]
    for frame, sample in zip(vitals, expect.get("samples", ()), strict=True):
        assert viatom_aa55.battery_level(frame) == sample["battery_level_0_3"]
        if "raw" in sample:
            assert [frame[5], frame[6], frame[8] / 10] == list(sample["raw"].values())


@named(chosen("viatom_aa55"))
def test_aa55(vector: Vector) -> None:
    """An AA55 vector gives its readings, pleth, beats, battery levels and steps."""
    check_aa55(vector)


def test_the_long_aa55_stream(reference: Path) -> None:
    """105 captured notifications decode whole, and the cut last frame stays pending."""
    vector = vectors.shared(reference, "pc60-004")

    check_aa55(vector)

    framer = Framer(viatom_aa55.SHAPE, Counts())
    for _, data in notifications(vector):
        framer.take(data)
    assert framer.pending > 0


@named(chosen("viatom_aa55", direction="tx"))
def test_aa55_requests(vector: Vector) -> None:
    """The requests of the specification come out of our framing; the malformed one cannot."""
    (data,) = (bytes.fromhex(text) for text in vector["hex"])

    if vector["id"] == "pc60-022":
        every = (viatom_aa55.frame(0x0F, kind, bytes(n)) for kind in range(256) for n in range(3))
        assert data not in every
        assert data not in AA55_REQUESTS.values()
    else:
        assert AA55_REQUESTS[vector["expect"]["command"]] == data


O2_REQUESTS = {
    "rt_param": viatom_oxy_frame.request(viatom_oxy_frame.Command.RT_PARAM),
    "info": viatom_oxy_frame.request(viatom_oxy_frame.Command.INFO),
    "rt_wave": viatom_oxy_frame.request(viatom_oxy_frame.Command.RT_WAVE, b"\0"),
    "read_content block 0": viatom_oxy_frame.request(viatom_oxy_frame.Command.READ_CONTENT),
    "read_end": viatom_oxy_frame.request(viatom_oxy_frame.Command.READ_END),
    "set_time": viatom_oxy_frame.set_time(vectors.LOCAL_TIME),
}


@named(chosen("viatom_oxy", direction="tx"))
def test_o2_requests(vector: Vector) -> None:
    """Each request is byte for byte the known one, cut in the same pieces."""
    data = O2_REQUESTS[vector["expect"]["command"]]

    assert pieces(data) == [bytes.fromhex(text) for text in vector["hex"]]
    assert vector["characteristic"] == viatom_oxy.WRITE


@named(chosen("viatom_oxy"))
def test_o2(vector: Vector) -> None:
    """An O2 vector gives its readings, wave, refusal or file block."""
    expect = vector["expect"]
    decoder = viatom_oxy.Decoder()

    found = check(decoder, vector)

    good = frames(vector, viatom_oxy_frame.REPLY)
    if expect.get("pending"):
        assert (good, decoder.counts.frames, decoder.counts.resyncs) == ([], 0, 0)
    if expect.get("calibrating"):
        assert found[0].flags == {Flag.SEARCHING}
    assert decoder.error == expect.get("error")
    if "status" in expect:
        assert good[0][1] == expect["status"]
    if "file_block" in expect:
        assert found == []
        assert int.from_bytes(good[0][3:5], "little") == expect["file_block"]
        assert good[0][7:-1].hex() == expect["file_data"]
    for frame, sample in zip(good if found else (), expect.get("samples", ()), strict=True):
        payload = frame[7:-1]
        if "steps" in sample:
            assert int.from_bytes(payload[3:7], "little") == sample["steps"]
        if "countdown" in sample:
            assert payload[11] >> 4 == sample["countdown"]
        if "motion" in sample:
            assert payload[9] == sample["motion"]
        if "battery_state" in sample:
            assert payload[8] == sample["battery_state"]


def test_the_long_o2_reply(reference: Path) -> None:
    """The 26 notifications of an INFO reply give what the ring says about itself."""
    vector = vectors.shared(reference, "o2-014")
    decoder = viatom_oxy.Decoder()

    found = check(decoder, vector)

    info, said = vector["expect"]["info"], decoder.information
    assert found == []
    assert said is not None
    assert (said.model, said.serial) == (info["model"], info["serial"])
    assert (said.battery, list(said.files)) == (info["battery_percent"], info["files"])
    assert said.device_time == info["device_time"]


@named(chosen("plx"))
def test_plx(vector: Vector) -> None:
    """A PLX vector gives its readings, status words, device time and features."""
    expect = vector["expect"]
    ((characteristic, data),) = notifications(vector)

    found = check(plx.Decoder(), vector)

    if characteristic == plx_features.FEATURES:
        can = plx_features.features(data)
        assert found == []
        assert can is not None
        assert [feature.name and feature.name.lower() for feature in can[0]] == expect["features"]
        assert can[1] == expect.get("measurement_status_support")
        assert can[2] == expect.get("sensor_status_support")
        return
    record = plx.continuous(data) if characteristic == plx.CONTINUOUS else plx.spot_check(data)
    assert record is not None
    assert record.truncated == expect.get("truncated", False)
    assert record.device_time == expect.get("timestamp")
    assert record.clock_not_set == expect.get("clock_not_set", False)
    for status, key in (
        (plx.Measurement(record.measurement), "measurement_status"),
        (plx.Sensor(record.sensor), "sensor_status"),
    ):
        assert [bit.name and bit.name.lower() for bit in status] == expect.get(key, [])


@named(chosen("hrs"))
def test_hrs(vector: Vector) -> None:
    """A heart rate vector gives its rate and beat intervals."""
    (reading,) = check(hrs.Decoder(), vector)

    record = hrs.measurement(bytes.fromhex(vector["hex"][0]))
    assert record is not None
    assert reading.spo2 is None
    assert list(record.intervals_ms) == vector["expect"].get("rr_ms", [])


@named(chosen("bas"))
def test_bas(vector: Vector) -> None:
    """A battery vector gives its percent and no numbers."""
    (reading,) = check(bas.Decoder(), vector)

    assert reading.battery == vector["expect"]["battery_percent"]
    assert not reading.valid
