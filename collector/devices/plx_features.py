"""PLX Features (2A60): what a Bluetooth SIG pulse oximeter says it can do.

| size | field                                  | when             |
|------|----------------------------------------|------------------|
| 2    | features                               | always           |
| 2    | mask of supported measurement statuses | features bit 0   |
| 3    | mask of supported sensor statuses      | features bit 1   |

Advisory only: records are decoded by their own flags. Source: Bluetooth SIG PLXS 1.0.1, section 3.3.
"""

from enum import IntFlag

from collector.device import full_uuid

FEATURES = full_uuid(0x2A60)


class Feature(IntFlag):
    """PLX Features (2A60)."""

    MEASUREMENT_STATUS = 1 << 0
    DEVICE_SENSOR_STATUS = 1 << 1
    SPOT_CHECK_STORAGE = 1 << 2
    TIMESTAMP = 1 << 3
    SPO2PR_FAST = 1 << 4
    SPO2PR_SLOW = 1 << 5
    PULSE_AMPLITUDE_INDEX = 1 << 6
    MULTIPLE_BONDS = 1 << 7


def features(data: bytes) -> tuple[Feature, int | None, int | None] | None:
    """What the device says it can do, with the masks of status bits it supports (None: not stated)."""
    if len(data) < 2:
        return None
    can = Feature(data[0])
    offset = 2
    masks: list[int | None] = []
    for feature, size in ((Feature.MEASUREMENT_STATUS, 2), (Feature.DEVICE_SENSOR_STATUS, 3)):
        field = data[offset : offset + size] if feature in can else b""
        offset += size if feature in can else 0
        masks.append(int.from_bytes(field, "little") if len(field) == size else None)
    return can, masks[0], masks[1]
