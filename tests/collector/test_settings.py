"""The collector's own sections of holdspace.toml."""

import pytest
from pydantic import ValidationError

from collector.settings import SinkSettings, StationSettings


def test_a_sink_without_an_address_does_not_exist() -> None:
    """What is not configured is not imported."""
    assert not SinkSettings().configured
    assert SinkSettings(url="http://influxdb:8086").configured


@pytest.mark.parametrize("name", ["", "Room 1", "a/b", "é", "-x", "x" * 33])
def test_a_station_name_is_fit_for_tags_and_topics(name: str) -> None:
    """Lower case letters, digits, dash and underscore."""
    with pytest.raises(ValidationError):
        StationSettings(name=name)
