"""Sinks: what the journal holds goes on to servers in the house, each row exactly once in effect.

base.py      the seam: a `Sink` takes one batch of entries and says what became of it
delivery.py  `Delivery`: follows the committed journal from a durable cursor, one batch in flight
portion.py   what of one batch is still to be delivered: halves it, sets refused rows aside (pure)
trouble.py   since when a sink gets nothing and why, as the page and the log say it (pure)
health.py    records every few seconds how each clip does, whatever the clip does
service.py   the sinks of a station: started, settled at the end
report.py    how far each sink has come and what it refused
schema.py    the names in the database, which dashboards import
influxdb.py  the sink for InfluxDB
points.py    which points an entry is there (pure)
line.py      line protocol, written by us (pure)
answers.py   what an answer of InfluxDB means for a batch (pure)
mqtt.py      the sink for an MQTT broker
broker.py    the connection to it; the only import of aiomqtt
reasons.py   what a refusal or silence of a broker means (pure)
message.py   a message, and the topics (pure)
payloads.py  entries as JSON, by the contract in mqtt.schema.json (pure)
seats.py     what is true of each seat now (pure)
discovery.py what Home Assistant is told (pure)
memory.py    a sink for tests and simulations

A sink reads committed entries only, so that nothing is ever outside that the journal could lose. The cursor
is kept in the journal and moves after the server has said that it has everything below it; a batch whose
answer was lost is sent once more, and being the same bytes it changes nothing. A row that the server will
never take is set aside by an entry of the kind `quarantine` before the cursor passes it: it stays in the
journal, counted and named.

Only the modules of sinks that are configured are imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.session import Source
from collector.settings import InfluxdbSettings, MqttSettings, SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkKind:
    """Where a kind of sink is configured and made: `module` has `open_sink(settings, station, around)`."""

    settings: type[SinkSettings]
    module: str


# Section of holdspace.toml -> kind of sink; the name is also that of the cursor and on the page.
SINKS: Mapping[str, SinkKind] = {
    "influxdb": SinkKind(settings=InfluxdbSettings, module="collector.sinks.influxdb"),
    "mqtt": SinkKind(settings=MqttSettings, module="collector.sinks.mqtt"),
}


def station_name(name: str, source: Source) -> str:
    """What the station is called in the servers: simulations never look like the room itself there."""
    return name if source is Source.LIVE else f"{name}-{source.value}"
