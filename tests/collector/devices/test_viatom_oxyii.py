"""OxyII: its reference vectors, and what they do not show."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from collector.devices import viatom_oxyii, viatom_oxyii_frame
from collector.devices.base import Vitals
from collector.devices.viatom_oxyii import NOTIFY, WRITE
from collector.devices.viatom_oxyii_frame import KEY, Opcode, frame
from collector.devices.viatom_oxyii_information import BatteryState
from collector.reading import Flag, Reading
from tests.collector.devices.checking import check, frames
from tests.collector.devices.vectors import Vector, at, chosen, named, readings

WHEN = datetime(2026, 4, 27, 11, 8, 8, tzinfo=timezone(timedelta(hours=-5)))
REQUESTS = {
    "oxy2-003": frame(Opcode.GET_INFO, sequence=2),
    "oxy2-004": viatom_oxyii_frame.set_time(WHEN, sequence=1),
    "oxy2-005": frame(Opcode.AUTO_RT_SWITCH, b"\0"),
    "oxy2-008": viatom_oxyii_frame.auth(1_788_095_920),
    "oxy2-009": frame(Opcode.RT_DATA),
    "oxy2-011": frame(Opcode.FILE_LIST),
    "oxy2-012": frame(Opcode.FILE_END),
    "oxy2-014": frame(Opcode.FILE_START, b"20260928221507".ljust(20, b"\0")),
}


def payload(sensor: int = 1, spo2: int = 97, rate: int = 72, *, battery: int = 80) -> bytes:
    """The vital signs of an RT_DATA reply, without a waveform."""
    return (
        bytes((9, 0, 0, 0, 2, sensor, spo2, 25))
        + rate.to_bytes(2, "little")
        + bytes((0, 4, 0, battery))
    ) + bytes(12)


def one(said: bytes, decoder: viatom_oxyii.Decoder | None = None) -> Reading:
    """The one reading of one reply."""
    decoder = decoder or viatom_oxyii.Decoder()
    (found,) = readings(decoder.feed(NOTIFY, frame(Opcode.RT_DATA, said, flag=1), at(0)))
    return found


@named(chosen("viatom_oxyii", direction="tx"))
def test_requests(vector: Vector) -> None:
    """Each request is byte for byte the known one, and allowed."""
    (data,) = (bytes.fromhex(text) for text in vector["hex"])

    assert viatom_oxyii_frame.allows(data)
    assert vector["characteristic"] == WRITE
    if vector["id"] == "oxy2-007":  # the app's four time bytes overlap; ours are plain, as in oxy2-008
        assert REQUESTS["oxy2-008"][:19] == data[:19]
    else:
        assert REQUESTS[vector["id"]] == data


@named(chosen("viatom_oxyii"))
def test_vector(vector: Vector) -> None:
    """A reply gives its readings, wave, refusal, or what the ring says about itself."""
    expect, decoder = vector["expect"], viatom_oxyii.Decoder()

    found = check(decoder, vector)

    (good,) = frames(vector, viatom_oxyii_frame.SHAPE)
    assert decoder.error == expect.get("error")
    assert list(decoder.files) == expect.get("files", [])
    if "opcode" in expect:
        assert (good[1], good[4]) == (expect["opcode"], expect["seq"])
    if "info" in expect:
        said = decoder.information
        assert said is not None
        assert {key: getattr(said, key) for key in expect["info"]} == expect["info"]
    if "battery" in expect:
        level = decoder.battery
        assert level is not None
        assert level.state is BatteryState[expect["battery"]["state"].upper()]
        assert (level.percent, level.millivolts) == (68, expect["battery"]["mv"])
    for sample in expect.get("samples", ()):
        assert good[7 + 4] == sample.get("run_status", good[7 + 4])
        assert good[7 + 11] == sample.get("motion", good[7 + 11])
        assert good[7 + 12] == sample.get("battery_state", good[7 + 12])
    if expect.get("calibrating"):
        assert found[0].flags == {Flag.SEARCHING}


@pytest.mark.parametrize(
    ("sensor", "flags"),
    [(0, {Flag.FINGER_OFF}), (2, {Flag.FINGER_OFF}), (3, {Flag.POOR_SIGNAL}), (9, {Flag.FINGER_OFF})],
)
def test_numbers_count_only_while_the_sensor_is_on(sensor: int, flags: set[Flag]) -> None:
    """Whatever else the byte says, what stands beside it is no reading."""
    found = one(payload(sensor))

    assert not found.valid
    assert found.flags == flags


@pytest.mark.parametrize("spo2", [127, 255])
@pytest.mark.parametrize("rate", [255, 511, 65535])
def test_sentinels_never_come_out(spo2: int, rate: int) -> None:
    """Each of the known sentinels is no value."""
    assert not one(payload(spo2=spo2, rate=rate)).valid


def test_low_numbers_are_data() -> None:
    """What a dying person would show is shown."""
    found = one(payload(spo2=1, rate=1))

    assert (found.spo2, found.pulse_rate) == (1, 1)


def test_a_ring_that_encrypts_gives_no_numbers() -> None:
    """After a session key was handed out nothing that looks like vital signs is taken for them."""
    decoder = viatom_oxyii.Decoder()
    said = b"\x01\x10\0\0" + bytes(16)
    key = bytes(byte ^ KEY[place % 16] for place, byte in enumerate(said))
    decoder.feed(NOTIFY, frame(Opcode.AUTH, key, flag=1), at(0))

    assert decoder.encrypted
    assert decoder.counts.frames == 0
    assert decoder.feed(NOTIFY, frame(Opcode.RT_DATA, payload(), flag=1), at(0)) == []


def test_a_new_command_ends_the_wait_for_an_old_reply() -> None:
    """A reply cut off by the radio does not swallow the next one."""
    decoder = viatom_oxyii.Decoder()
    decoder.feed(NOTIFY, frame(Opcode.RT_DATA, payload(), flag=1)[:12], at(0))

    decoder.sent(frame(Opcode.RT_DATA))

    assert one(payload(), decoder).valid


def test_a_wave_that_is_cut_is_left_out() -> None:
    """Fewer samples than announced are no waveform; the numbers before them stand."""
    said = payload()[:24] + b"\x05\0" + b"\x01\x02"

    found = viatom_oxyii.Decoder().feed(NOTIFY, frame(Opcode.RT_DATA, said, flag=1), at(0))

    assert [type(item) for item in found] == [Reading]


def test_a_conversation_from_the_start() -> None:
    """Greeting, clock and information in the known order; the polls are numbered on."""
    encoder, decoder = viatom_oxyii.Encoder(), viatom_oxyii.Decoder()
    writes = viatom_oxyii.DRIVER.start(1_790_000_000 * 10**9)

    for write in writes:
        decoder.sent(write.data)
        for characteristic, data in encoder.answer(WRITE, write.data, Vitals(spo2=97, pulse_rate=72)):
            assert decoder.feed(characteristic, data, at(0)) == []

    assert [write.data[1] for write in writes] == [0xFF, 0x10, 0xC0, 0x00, 0xE1, 0xE4]
    assert [write.data[4] for write in writes] == list(range(6))
    assert decoder.information is not None
    local = datetime.fromtimestamp(1_790_000_000, tz=UTC).astimezone()
    assert decoder.information.device_time == f"{local:%Y-%m-%dT%H:%M:%S}"
    poll = viatom_oxyii.DRIVER.poll
    assert poll is not None
    assert [poll.request(number).data[4] for number in (0, 1, 255, 256)] == [0, 1, 255, 0]
