"""What Home Assistant is told about the seats: one retained message per device (servers.md 6). Pure.

A seat is a device there, the station is another; nothing in these messages names a person, so they stay
when a session ends. Without a session every entity of a seat is unavailable.
"""

from collector.sinks import message
from collector.sinks.message import OFFLINE, ONLINE, Message, Topics
from collector.sinks.payloads import Payload, packed

PREFIX = "homeassistant/device"
# Home Assistant calls a sensor unavailable so many seconds after its last message (DESIGN 3: nothing older
# is shown as live); two messages of a clip at 1 Hz may be lost.
EXPIRE_S = 5


def station_device(topics: Topics, version: str) -> Message:
    """The device of the station itself: whether it runs, and what is wrong with it."""
    name = f"holdspace_{topics.station}"
    return _config(
        name,
        {
            "device": {"identifiers": [name], "name": f"Holdspace {topics.station}"} | _maker(version),
            "components": {
                "running": {
                    "platform": "binary_sensor",
                    "unique_id": f"{name}_running",
                    "name": "Running",
                    "device_class": "connectivity",
                    "entity_category": "diagnostic",
                    "state_topic": topics.availability,
                    "payload_on": ONLINE.decode(),
                    "payload_off": OFFLINE.decode(),
                },
                "alert": _alert(name, topics.alert) | {"availability": _all(topics.availability)},
            },
        },
        version,
    )


def seat_device(topics: Topics, seat: str, version: str) -> Message:
    """The device of one seat: its numbers, its alerts, the link and battery of the clip."""
    name = f"holdspace_{topics.station}_seat_{seat.lower()}"
    present = _all(topics.availability, topics.seat(seat, message.AVAILABILITY))
    state = topics.seat(seat, message.STATE)
    return _config(
        name,
        {
            "device": {
                "identifiers": [name],
                "name": f"Seat {seat} {topics.station}",
                "via_device": f"holdspace_{topics.station}",
            }
            | _maker(version),
            "availability": present,
            "availability_mode": "all",
            "components": {
                "spo2": _number(name, state, "spo2", "SpO2", "%", "mdi:water-percent"),
                "pulse_rate": _number(name, state, "pulse_rate", "Pulse", "bpm", "mdi:heart-pulse"),
                "perfusion_index": _number(
                    name, state, "perfusion_index", "Perfusion index", "%", "mdi:waveform"
                )
                | {"suggested_display_precision": 1},
                "battery": _number(name, state, "battery", "Battery", "%")
                | {"device_class": "battery", "entity_category": "diagnostic"},
                "alert": _alert(name, topics.seat(seat, message.ALERT)),
                "link": {
                    "platform": "binary_sensor",
                    "unique_id": f"{name}_link",
                    "name": "Link",
                    "device_class": "connectivity",
                    "entity_category": "diagnostic",
                    "state_topic": topics.seat(seat, message.LINK),
                    "payload_on": ONLINE.decode(),
                    "payload_off": OFFLINE.decode(),
                },
            },
        },
        version,
    )


def _config(name: str, told: Payload, version: str) -> Message:
    origin = {"name": "holdspace", "sw_version": version}  # required by Home Assistant
    return Message(
        topic=f"{PREFIX}/{name}/config",
        payload=packed(told | {"origin": origin, "qos": 1}),
        retain=True,
    )


def _maker(version: str) -> Payload:
    return {"manufacturer": "Holdspace", "model": "Not a medical device", "sw_version": version}


def _all(*topics: str) -> list[Payload]:
    return [{"topic": topic} for topic in topics]


def _number(name: str, topic: str, key: str, label: str, unit: str, icon: str = "") -> Payload:  # noqa: PLR0913, PLR0917 - the facts of a sensor
    told: Payload = {
        "platform": "sensor",
        "unique_id": f"{name}_{key}",
        "name": label,
        "state_topic": topic,
        "value_template": _template(key),
        "unit_of_measurement": unit,
        "state_class": "measurement",
        "suggested_display_precision": 0,
        "expire_after": EXPIRE_S,
    }
    return told | {"icon": icon} if icon else told


def _alert(name: str, topic: str) -> Payload:
    return {
        "platform": "binary_sensor",
        "unique_id": f"{name}_alert",
        "name": "Alert",
        "device_class": "problem",
        "state_topic": topic,
        "value_template": _template("problem"),
        "payload_on": "ON",
        "payload_off": "OFF",
        "json_attributes_topic": topic,
        "json_attributes_template": "{{ value_json | tojson if value_json is defined else '{}' }}",
    }


def _template(key: str) -> str:
    """The value of `key`; unknown (Home Assistant's word for it is None) when the message was taken away."""
    return f"{{{{ value_json.{key} if value_json is defined else None }}}}"
