"""A session as the sink writes it: points of a person who falls, of a clip that goes off, of an end.

Times are seconds since the session began, which is two minutes before `NOW`.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from collector.clock import SECOND
from collector.sinks import schema

NOW_NS = 1_795_000_000 * SECOND  # a second in November 2026; nothing here reads a clock
LONG_S = 120
# A name of their own for these tests, because the database may be a real one with others in it.
STATION, SESSION = f"test-{uuid.uuid4().hex[:8]}", "20261118-120000"
NEAR, FAR = f"{STATION}-near", f"{STATION}-far"
STATIONS = (STATION, NEAR, FAR)


@dataclass(slots=True)
class Told:
    """Lines of one session, in line protocol with ns."""

    now_ns: int = NOW_NS
    station: str = STATION
    session: str = SESSION
    lines: list[str] = field(default_factory=list)

    def phase(self, at_s: float, what: str) -> "Told":
        """`prepare`, `start` or `end`."""
        running = 1.0 if what == "start" else 0.0
        return self._event(at_s, "session", what, value=running)

    def bound(self, at_s: float, who: str, *, released: bool = False) -> "Told":
        """A clip is put on, or given back."""
        text = "released" if released else "bound"
        return self._event(at_s, "binding", text, value=0.0 if released else 1.0, who=who)

    def marked(self, at_s: float, text: str) -> "Told":
        """A marker for everybody."""
        return self._event(at_s, "marker", text)

    def alerted(self, at_s: float, text: str, who: str) -> "Told":
        """An alert of the engine."""
        return self._event(at_s, "alert", text, value=88.0, who=who)

    def read(
        self,
        since_s: int,
        until_s: int,
        who: str,
        *,
        spo2: float | None = 97.0,
        pulse: float | None = 70.0,
        backfill: float = 0.0,
    ) -> "Told":
        """A reading each second in [since, until)."""
        for at in range(since_s, until_s):
            fields = {schema.VALID: 1.0, schema.SEQ: float(at), schema.BACKFILL: backfill}
            fields |= dict.fromkeys(schema.FLAGS, 0.0)
            fields |= {schema.PERFUSION_INDEX: 3.0, schema.BATTERY: 80.0}
            fields |= {schema.SPO2: spo2} if spo2 is not None else {}
            fields |= {schema.PULSE_RATE: pulse} if pulse is not None else {}
            self._add(schema.READING, at, self._wearer(who), fields)
        return self

    def looked(
        self, since_s: int, until_s: int, who: str, *, age_s: float = 0.5, battery: float = 80.0
    ) -> "Told":
        """A `health` and a `delivery` point every 5 s in [since, until); `age_s` grows from there."""
        for at in range(since_s, until_s, int(schema.HEALTH_S)):
            grown = age_s + (at - since_s if age_s > 1 else 0)
            fields = {schema.AGE_S: grown, schema.CONNECTED: 1.0, schema.BATTERY: battery}
            self._add(schema.HEALTH, at, {**self._wearer(who), schema.SEAT: "A"}, fields)
            route = {schema.SINK: "influxdb", schema.STATION: self.station}
            self._add(schema.DELIVERY, at, route, {schema.WAITING: 3.0, schema.SET_ASIDE: 0.0})
        return self

    @property
    def text(self) -> str:
        """All of it, as one body."""
        return "\n".join(self.lines)

    def _event(
        self, at_s: float, kind: str, text: str, *, value: float | None = None, who: str = ""
    ) -> "Told":
        tags = {schema.KIND: kind, schema.STATION: self.station, schema.SESSION: self.session}
        tags |= {schema.PARTICIPANT: who} if who else {}
        fields: dict[str, float | str] = {schema.TEXT: text, schema.SEQ: at_s}
        fields |= {schema.VALUE: value} if value is not None else {}
        self._add(schema.EVENT, at_s, tags, fields)
        return self

    def _wearer(self, who: str) -> dict[str, str]:
        return {
            schema.PARTICIPANT: who,
            schema.SESSION: self.session,
            schema.STATION: self.station,
            schema.DEVICE: f"clip-{who}",
        }

    def _add(
        self, measurement: str, at_s: float, tags: Mapping[str, str], fields: Mapping[str, float | str]
    ) -> None:
        at_ns = self.now_ns - LONG_S * SECOND + int(at_s * SECOND)
        keys = ",".join([measurement, *(f"{name}={value}" for name, value in sorted(tags.items()))])
        self.lines.append(f"{keys} {','.join(_fields(fields))} {at_ns}")


def _fields(fields: Mapping[str, float | str]) -> Iterator[str]:
    for name, value in fields.items():
        yield f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}"


def whole(now_ns: int = NOW_NS) -> Told:
    """Two people for two minutes, with everything a board asks for; it is still running."""
    told = Told(now_ns=now_ns).phase(0, "prepare").bound(1, "P1").bound(2, "P2").phase(3, "start")
    told.marked(10, "dose").alerted(60, "SpO2 88 below 90", "P1")
    for who, spo2 in (("P1", 88.0), ("P2", 97.0)):
        told.read(0, LONG_S, who, spo2=spo2).looked(0, LONG_S, who)
    return told
