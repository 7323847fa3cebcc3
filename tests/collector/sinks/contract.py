"""The contract of MQTT payloads, as it is shipped."""

import json
from importlib.resources import files
from typing import Any

import jsonschema

SCHEMA: dict[str, Any] = json.loads(
    files("collector.sinks").joinpath("mqtt.schema.json").read_text("utf-8")
)


def valid(payload: object, definition: str) -> bool:
    """Whether a payload keeps the contract; the error says how it does not."""
    jsonschema.validate(payload, {**SCHEMA, "$ref": f"#/$defs/{definition}"})
    return True
