"""The page's state: a pure reducer over entries, and the frames that tell it to a browser."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic_core import to_json

from alerts.baseline import BASELINE
from alerts.channel import CHANNEL
from alerts.condition import ALERT, Family
from alerts.notifications import NOTIFICATION
from alerts.overrides import OVERRIDE, Override
from alerts.pause import PAUSE, read_asked
from alerts.preparation import ACCEPTED, Notice, Preparation
from alerts.store import decode
from collector.clock import Instant
from collector.device import DEVICE, read_status
from collector.entry import Entry
from collector.reading import Reading
from collector.session import BINDING, MARKER, SESSION, Phase, Session, fold
from dashboards.bedside.about import about, asked
from dashboards.bedside.axis import MS, Axis
from dashboards.bedside.baselines import Usual
from dashboards.bedside.card import Card, after
from dashboards.bedside.parts import PARTS, Parts
from dashboards.bedside.strip import pressures_due, strip
from dashboards.bedside.tile import TRACE_S, Tile
from dashboards.bedside.told import Told
from dashboards.bedside.words import washed

LONGEST_MARK = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands on every frame.

    `number` counts frames; `real_ms` is the station's own monotonic time, by which a browser sees how late
    a frame is; `now` is session time, `speed` its pace in session seconds per real second.
    """

    number: int
    real_ms: int
    now: Instant
    speed: float


class State:
    """Tiles, cards and session as of the last entry taken. No clock, no I/O.

    `take` entries in seq order; `delta` gives what changed since `settle`, `whole` everything. A body is
    JSON without its braces, so that one body serves all clients and each frame gets its own header.
    """

    def __init__(
        self, overrides: Iterable[Override] = (), preparation: Preparation | None = None
    ) -> None:
        """`overrides` are those of the rules file; without a `preparation` nothing is to be accepted."""
        self.session: Session | None = None
        self._preparation = preparation
        self.tiles: dict[str, Tile] = {}
        self.cards: dict[str, Card] = {}
        self.pauses: dict[str, tuple[str, int]] = {}  # seat -> why, until when in session ms
        self._usual = Usual(overrides)
        self._axis = Axis()
        self._notified = Told()
        self._parts = Parts()
        self._seat_of_device: dict[str, str] = {}
        self._changed: set[str] = set()
        self._cards_changed = False
        self._health_changed = False
        self._anew = True
        self._folds: dict[str, Callable[[Entry], None]] = {
            ALERT: self._alert,
            PAUSE: self._pause,
            **dict.fromkeys((BASELINE, OVERRIDE), self._usual_changed),
            DEVICE: self._device,
            **dict.fromkeys(PARTS, self._part),
            **dict.fromkeys((NOTIFICATION, CHANNEL), self._notify),
            **dict.fromkeys((SESSION, BINDING, MARKER), self._session),
            ACCEPTED: self._accepted,
        }

    def take(self, entry: Entry) -> None:
        """Fold one entry in."""
        body = entry.body
        if isinstance(body, Reading):
            self._read(entry, body)
        elif entry.kind in self._folds:
            if self._preparation is not None:
                self._preparation.take(entry)
            self._folds[entry.kind](entry)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is to be accepted before the session starts."""
        return self._preparation.notices(self.session) if self._preparation else ()

    def _accepted(self, _entry: Entry) -> None:
        self._health_changed = True  # the preparation has taken it

    def _part(self, entry: Entry) -> None:
        self._parts.take(entry)
        self._health_changed = True

    def _notify(self, entry: Entry) -> None:
        self._notified.take(entry)
        self._cards_changed = self._health_changed = True

    def _read(self, entry: Entry, reading: Reading) -> None:
        seat = self._seat_of_device.get(entry.subject)
        if seat is None or reading.backfill:
            return
        tile = self.tiles[seat]
        if tile.participant == entry.participant:
            tile.read(reading, self._axis.ms(entry.instant))
            self._changed.add(seat)

    def adopt(self, session: Session) -> None:
        """Begin in the middle of `session`, with its seats and without values."""
        self.session = session
        self._seat_people(None)
        self._anew = True

    def header(self, header: Header) -> str:
        """The beginning of a frame, to be followed by a body and a closing brace."""
        session_ms = self._axis.ms(header.now)
        return (
            f'{{"n":{header.number},"t":{header.real_ms},"s":{session_ms},'
            f'"u":{header.now.utc_ns // MS},"x":{header.speed:g}'
        )

    def delta(self) -> str:
        """The body of what changed since `settle`; the whole when the seats themselves changed."""
        if self._anew:
            return self.whole()
        parts: dict[str, object] = {}
        if self._changed:
            parts["seats"] = {seat: self._news(self.tiles[seat]) for seat in sorted(self._changed)}
        if self._cards_changed:
            parts |= {
                "pauses": self.pauses,
                "due": pressures_due(self.cards),
                "alerts": strip(self.cards, self.pauses, self._notified),
            }
        if self._health_changed:
            parts |= self._health()
        return _body(parts)

    def whole(self) -> str:
        """The body that a browser needs at the beginning, or when it has missed something."""
        seats = {seat: self._told(tile) for seat, tile in self.tiles.items()}
        parts: dict[str, object] = {
            "session": about(self.session, self._axis),
            "seats": seats,
            "pauses": self.pauses,
            "due": pressures_due(self.cards),
            "alerts": strip(self.cards, self.pauses, self._notified),
            **self._health(),
        }
        return _body(parts)

    def settle(self) -> None:
        """What was to tell has been told."""
        for seat in self._changed:
            if seat in self.tiles:
                self.tiles[seat].settle()
        if self._anew:
            for tile in self.tiles.values():
                tile.settle()
        self._changed.clear()
        self._cards_changed = self._health_changed = self._anew = False

    def _session(self, entry: Entry) -> None:
        self._axis.ms(entry.instant)  # the axis begins where the first session does
        before = self.session
        self.session = fold(before, entry)
        self._anew = True
        if self.session is None:
            return
        if before is None or before.id != self.session.id:
            self.tiles, self.cards, self.pauses = {}, {}, {}
            self._usual.begin()
            self._notified.begin()
            self._parts.begin()
        self._seat_people(before)
        if self.session.phase is Phase.ENDED:
            for tile in self.tiles.values():
                tile.forget_values()

    def _seat_people(self, before: Session | None) -> None:
        session = self.session
        if session is None:
            return
        same = before is not None and before.id == session.id
        held = before.bindings if before is not None and same else {}
        tiles: dict[str, Tile] = {}
        for seat, participant in sorted(session.roster.items(), key=_by_seat):
            old, binding = self.tiles.get(seat), session.bindings.get(seat)
            kept = old is not None and old.participant == participant
            ended = session.phase is Phase.ENDED
            if old is not None and kept and (ended or held.get(seat) == binding):
                tiles[seat] = old
            else:
                # Another person, another clip or none: nothing of before may stand on this seat.
                tiles[seat] = Tile(participant, why="looking for the clip" if binding else "no clip")
                tiles[seat].know(self._usual.of(participant), self._usual.limits(participant, seat))
        self.tiles = tiles
        self._seat_of_device = {b.device: seat for seat, b in session.bindings.items()}
        self._changed &= tiles.keys()

    def _alert(self, entry: Entry) -> None:
        event = decode(entry)
        card = after(
            self.cards.get(event.episode),
            event,
            since_ms=self._axis.ms(event.since),
            at_ms=self._axis.ms(event.at),
        )
        if card is None:
            self.cards.pop(event.episode, None)
            self._notified.forget(event.episode)
        else:
            self.cards[event.episode] = card
        if event.family is Family.LOW_PERFUSION and event.seat in self.tiles:
            self.tiles[event.seat].weak = card is not None
        self._cards_changed = True

    def _usual_changed(self, entry: Entry) -> None:
        self._usual.take(entry)
        for seat, tile in self.tiles.items():
            if tile.participant == entry.participant:
                who = tile.participant
                tile.know(self._usual.of(who), self._usual.limits(who, seat))
                self._changed.add(seat)

    def _pause(self, entry: Entry) -> None:
        asked = read_asked(entry)
        if asked is None:
            self.pauses.pop(entry.subject, None)
        else:
            until = entry.instant.plus(asked.length)
            self.pauses[entry.subject] = (asked.reason.value, self._axis.ms(until))
        self._cards_changed = True

    def _device(self, entry: Entry) -> None:
        seat = self._seat_of_device.get(entry.subject)
        if seat is not None and self.tiles[seat].participant == entry.participant:
            asked = self.tiles[seat].ask
            self.tiles[seat].status(read_status(entry))
            self._health_changed = self._health_changed or self.tiles[seat].ask != asked
            self._changed.add(seat)

    def _health(self) -> dict[str, object]:
        asks = [[seat, tile.ask] for seat, tile in self.tiles.items() if tile.ask]
        notices = asked(self.notices)
        return {"asks": asks, "notices": notices, **self._parts.told(), **self._notified.health()}

    def _news(self, tile: Tile) -> dict[str, object]:
        told: dict[str, object] = {"spo2": tile.spo2, "pulse_rate": tile.pulse_rate}
        if tile.fresh:
            told["points"] = [part for point in tile.fresh for part in point]
        if tile.words_changed:
            told |= {"why": tile.why, "note": tile.note}
            told |= {"own": tile.own, "limits": tile.limits} if tile.own or tile.limits else {}
        return told

    def _told(self, tile: Tile) -> dict[str, object]:
        oldest = tile.points[-1][0] - TRACE_S if tile.points else 0
        return {
            "who": washed(tile.participant, 16),
            "spo2": tile.spo2,
            "pulse_rate": tile.pulse_rate,
            "why": tile.why,
            "note": tile.note,
            "own": tile.own,
            "limits": tile.limits,
            "trace": [part for point in tile.points if point[0] >= oldest for part in point],
        }


def _body(parts: dict[str, object]) -> str:
    if not parts:
        return "}"
    return "," + to_json(parts).decode()[1:]


def _by_seat(item: tuple[str, str]) -> tuple[int, int, str]:
    seat = item[0]
    return (1, int(seat[1:]), seat) if seat[1:].isdigit() else (0, 0, seat)
