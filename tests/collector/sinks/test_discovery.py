"""What Home Assistant is told of the seats."""

import json
from typing import Any

import pytest

from collector.sinks.discovery import EXPIRE_S, seat_device, station_device
from collector.sinks.message import OF_SEAT, Message, Topics

TOPICS = Topics("holdspace", "room-1")
SEAT = seat_device(TOPICS, "A", "1.0")
STATION = station_device(TOPICS, "1.0")
both = pytest.mark.parametrize("message", [SEAT, STATION], ids=["seat", "station"])


def told(message: Message) -> dict[str, Any]:
    """The payload."""
    decoded: dict[str, Any] = json.loads(message.payload)
    return decoded


@both
def test_a_device_is_one_retained_message_with_all_that_home_assistant_requires(
    message: Message,
) -> None:
    """`origin`, and for each component `platform` and a `unique_id` of its own."""
    config = told(message)
    components = config["components"].values()

    assert message.retain
    assert message.topic.startswith("homeassistant/device/holdspace_room-1")
    assert config["origin"]["name"] == "holdspace"
    assert config["device"]["identifiers"]
    assert {one["platform"] for one in components} <= {"sensor", "binary_sensor"}
    assert len({one["unique_id"] for one in components}) == len(components)


@both
def test_nothing_listens_for_commands(message: Message) -> None:
    """No topic is one that somebody else writes to."""
    assert b"command_topic" not in message.payload


def test_numbers_become_unavailable_by_themselves() -> None:
    """After the same seconds as on the page; battery included."""
    sensors = [one for one in told(SEAT)["components"].values() if one["platform"] == "sensor"]

    assert {one["expire_after"] for one in sensors} == {EXPIRE_S}
    assert len(sensors) == 4


def test_an_alert_does_not_expire() -> None:
    """Missing data never clears it."""
    alert = told(SEAT)["components"]["alert"]

    assert alert["device_class"] == "problem"
    assert "expire_after" not in alert


def test_a_seat_is_there_only_with_its_station() -> None:
    """Both must be online; the link says so of itself."""
    config = told(SEAT)

    assert [one["topic"] for one in config["availability"]] == [
        "holdspace/room-1/availability",
        "holdspace/room-1/seat/A/availability",
    ]
    assert config["availability_mode"] == "all"
    assert config["components"]["link"]["device_class"] == "connectivity"


def test_every_topic_is_one_of_the_station() -> None:
    """Those that the sink publishes, and no other."""
    topics = {one["state_topic"] for one in told(SEAT)["components"].values()}

    assert topics < {TOPICS.seat("A", what) for what in OF_SEAT}


def test_two_stations_are_two_devices() -> None:
    """The same seat in another room is another one."""
    other = seat_device(Topics("holdspace", "room-2"), "A", "1.0")

    assert other.topic != SEAT.topic
    assert told(other)["device"]["identifiers"] != told(SEAT)["device"]["identifiers"]
