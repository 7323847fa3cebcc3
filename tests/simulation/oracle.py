"""The oracle: sees what the world really did and what comes out of the station, and nothing in between.

What comes out is what stands on the page at each moment, and what the journal holds at the end. Nothing
here calls the product's engine, recorder or page state; limits and times are those of the specification
(alerts.md 4.3-4.9, DESIGN 3 and 5), written down once more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.clock import SECOND, Instant
from collector.entry import READING, Entry
from tests.simulation.nemesis import OF_DISK, TAIL_S, Fault
from tests.simulation.truth import Arrival, Truth, Worn
from tests.simulation.world import World

FIELDS = {"spo2": "spo2", "pulse_rate": "pulse_rate"}
# A reading speaks for 3 s, evidence outlives 15 s without data, rules arm after 10 s of valid data.
HOLD, EXPIRY, ARMED = 3 * SECOND, 15 * SECOND, 10 * SECOND
LIVE, STALE = 3 * SECOND, 5 * SECOND
# What the station, the page and our own looking may add.
SLACK = SECOND // 8
ON_SCREEN = 2 * SECOND
UNMONITORED, NEVER_HEARD = 17 * SECOND, 62 * SECOND
# spo2_low: limit, level, D in s, value and time in s that clear it.
LEVELS = ((94, "caution", 20, 95, 15), (90, "urgent", 10, 91, 10), (85, "urgent", 3, 86, 10))
RANK = {"advisory": 1, "caution": 2, "urgent": 3}
RECOVERED_S = 20.0  # before the end of the quiet tail everything has been well again
TRUSTED_GAP = 55 * SECOND
SAME_READING = 450 * SECOND // 1000
MOST = 5  # violations told of one run


@dataclass(slots=True)
class Breach:
    """How long one seat has surely been beyond one limit: never longer than the truth."""

    limit: int
    calm_only: bool
    on: int = 0
    at: int = 0
    true: bool = False
    known: int = 0  # when the last reading that says anything came

    def hear(self, arrival: Arrival) -> None:
        """Take an arrival."""
        now, value = arrival.at, arrival.frame.spo2
        self.on, self.at = self.by(now), now
        if value is None or not arrival.firm or (self.calm_only and arrival.frame.moving):
            self.true = False
            return
        self.known = now
        self.true = value < self.limit
        if not self.true:
            self.on = 0

    def by(self, now: int) -> int:
        """Time beyond the limit, counted up to `now`."""
        if now - self.known >= EXPIRY:
            return 0
        return self.on + (min(now - self.at, HOLD) if self.true else 0)

    def restarted(self, now: int, *, forgotten: bool) -> None:
        """The station died: the last moments, or everything, may have been lost."""
        self.on = 0 if forgotten else max(0, self.by(now) - ON_SCREEN)
        self.at, self.true = now, False


class Seat:
    """What the oracle counts of one seat under one binding."""

    def __init__(self, worn: Worn) -> None:
        self.worn = worn
        self.taken = 0
        self.valid_for = 0
        self.last: int | None = None  # the newest reading that may count as data
        self.breaches = [Breach(limit, level == "caution") for limit, level, *_ in LEVELS]

    def follow(self, truth: Truth, until: int) -> None:
        """Take what has arrived up to `until`."""
        arrivals = truth.clips[self.worn.device].arrivals
        while self.taken < len(arrivals) and arrivals[self.taken].at <= until:
            arrival = arrivals[self.taken]
            self.taken += 1
            if arrival.at < self.worn.since:
                continue
            if arrival.firm and self.last is not None:
                self.valid_for += min(HOLD, arrival.at - self.last)
            if arrival.fresh:
                self.last = arrival.at
            for breach in self.breaches:
                breach.hear(arrival)


class Oracle:
    """Judges one run. `violations` is empty when nothing was wrong."""

    def __init__(self, world: World) -> None:
        self.violations: list[str] = []
        self.trace: list[str] = []
        self._world = world
        self._seats: dict[str, Seat] = {}
        self._lives = 0
        self._vanished: list[tuple[int, str]] = []
        self._cards: set[str] = set()
        self._states: dict[str, str] = {}  # of each card when last looked at
        world.page.heard = self._heard

    def look(self) -> None:
        """Judge what is on the page now."""
        world = self._world
        self._follow_lives()
        for seat in world.page.seats:
            self._values(seat)
        if world.page.lost:
            self._link()
            return
        if world.truth.running_since is not None and world.page.phase == "running":
            for seat, worn in world.truth.seats.items():
                if seat not in self._seats or self._seats[seat].worn != worn:
                    self._seats[seat] = Seat(worn)
                self._silence(self._seats[seat])
                self._low(self._seats[seat])
        self._acknowledged()
        if world.second > world.plan.length_s - RECOVERED_S:
            self._recovered()

    def finish(self) -> None:
        """Judge what the journal holds."""
        journal = Ledger(self._world)
        for what in (
            journal.order(),
            journal.readings(),
            journal.completeness(),
            journal.episodes(),
            journal.clearings(),
            journal.groundless(),
            journal.vanished(self._vanished),
        ):
            for one in what:
                self._wrong(one)

    def _wrong(self, what: str) -> None:
        if len(self.violations) < MOST:
            self.violations.append(f"{self._world.second:.2f} s: {what}")
        if not self.trace:
            self.trace = list(self._world.trace)

    # ---- each look ----------------------------------------------------------------------------------

    def _values(self, seat: str) -> None:
        """No number without a young frame of the right clip behind it."""
        world = self._world
        for field in FIELDS:
            shown = world.page.shown(seat, field)
            if shown is None:
                continue
            value, freshness = shown
            since = world.now - (LIVE if freshness == "live" else STALE) - SLACK
            said = (
                getattr(arrival.frame, field)
                for worn in world.truth.worn
                if worn.seat == seat and (worn.until is None or worn.until >= world.as_of)
                for arrival in world.truth.recent(worn, since)
                if arrival.fresh
            )
            if value not in said:
                self._wrong(f"{seat} shows {field} {value} as {freshness}, which no clip has just said")

    def _silence(self, seat: Seat) -> None:
        """Without valid frames for 17 s the page says so."""
        world, worn = self._world, seat.worn
        seat.follow(world.truth, world.as_of)
        begun = world.truth.running_since or 0
        if seat.last is not None:
            due = max(seat.last, begun) + UNMONITORED
        else:
            due = max(worn.since + UNMONITORED, begun + NEVER_HEARD)
        due = max(due, world.ups[-1][0] + (UNMONITORED if world.gap_unknown else ON_SCREEN))
        if world.as_of >= due and not self._card(worn.seat, "", "caution"):
            self._wrong(f"{worn.seat} has had no valid frame since {due - UNMONITORED} and no alert")

    def _low(self, seat: Seat) -> None:
        """The safety form: after t0 + D + 2 s the alert, or no number."""
        world, name = self._world, seat.worn.seat
        if seat.valid_for < ARMED + ON_SCREEN or world.as_of < world.ups[-1][0] + ON_SCREEN:
            return
        for breach, (limit, level, delay, *_) in zip(seat.breaches, LEVELS, strict=True):
            if breach.by(world.as_of) < delay * SECOND + ON_SCREEN:
                continue
            if self._card(name, "spo2", level) or self._card(name, "", "caution"):
                continue
            if world.page.shown(name, "spo2") is not None:
                self._wrong(f"{name} is below {limit} for {breach.by(world.as_of) / SECOND:.1f} s")

    def _card(self, seat: str, field: str, level: str) -> bool:
        return any(
            card.seat == seat and card.field == field and RANK[card.level] >= RANK[level]
            for card in self._world.page.cards.values()
        )

    def _link(self) -> None:
        """A page that has lost the station finds it again by itself."""
        world = self._world
        since = max(world.ups[-1][0], world.way_clear_since)
        if world.station is not None and not (world.cut or world.lagging) and world.now - since > 8 * SECOND:
            self._wrong("the page has not found the station again")

    def _acknowledged(self) -> None:
        """Seen means seen by a person, and stays so for a reason."""
        world = self._world
        for card in world.page.cards.values():
            if card.state == "seen" and card.episode not in world.acknowledged:
                self._wrong(f"{card.episode} counts as seen, which nobody has done")
            before, self._states[card.episode] = self._states.get(card.episode), card.state
            if before == "seen" and card.again == "restart" and not self._doubtful():
                self._wrong(f"{card.episode}: a short restart has voided an acknowledgement")

    def _doubtful(self) -> bool:
        lives = self._world.ups
        gaps = [after[0] - (before[1] or 0) for before, after in zip(lives, lives[1:], strict=False)]
        return (
            any(gap > TRUSTED_GAP for gap in gaps)
            or len(self._world.truth.zero) > 1
            or any(trouble.fault in OF_DISK for trouble in self._world.plan.troubles)
        )

    def _recovered(self) -> None:
        """At the end of the quiet tail everybody is measured, and nothing has been left behind."""
        world = self._world
        for seat in world.truth.seats:
            if world.page.shown(seat, "spo2") is None:
                self._wrong(f"{seat} is not measured again")
            if self._card(seat, "", "caution"):
                self._wrong(f"{seat} still counts as unmonitored")
        if world.page.store is not None and world.page.store["behind"]:
            self._wrong("the page still says that nothing is saved")
        if world.station is not None:
            expected = sorted(
                ["acquisitions", "alerts", "page", "page pushes", "store watch"]
                + [f"acquire {worn.device}" for worn in world.truth.seats.values()]
            )
            if list(world.station.tasks.names) != expected:
                self._wrong(f"tasks are {world.station.tasks.names}")

    def _follow_lives(self) -> None:
        """Discount what a dead station may have taken with it."""
        world = self._world
        deaths = [life for life in world.deaths[self._lives :]]
        self._lives = len(world.deaths)
        for died, forgotten in deaths:
            for seat in self._seats.values():
                seat.follow(world.truth, died)
                for breach in seat.breaches:
                    breach.restarted(died, forgotten=forgotten)

    def _heard(self) -> None:
        cards = set(self._world.page.cards)
        for episode in self._cards - cards:
            self._vanished.append((self._world.now, episode))
        for episode in cards - self._cards:
            self._world.say(f"page shows {episode}")
        self._cards = cards


class Ledger:
    """What the journal holds at the end, against the truth."""

    def __init__(self, world: World) -> None:
        self._world, self._truth = world, world.truth
        self._entries = world.disk.entries
        self._alerts = [entry for entry in self._entries if entry.kind == "alert"]

    def order(self) -> Iterator[str]:
        """Seq rises by one."""
        for place, entry in enumerate(self._entries, 1):
            if entry.seq != place:
                yield f"entry {place} of the journal has seq {entry.seq}"
                return

    def readings(self) -> Iterator[str]:
        """Each reading belongs to whoever wore the clip, and to a frame of its own."""
        told: set[int] = set()
        for entry in self._entries:
            reading = entry.reading
            if entry.kind != READING or reading is None:
                continue
            at = self._at(entry.instant)
            if entry.participant not in self._truth.wearer(entry.subject, at):
                yield f"{entry.participant} got a reading of {entry.subject} without wearing it"
            arrivals = self._arrivals(entry.subject, at)
            numbers = (reading.spo2, reading.pulse_rate)
            said = [
                one.frame
                for one in arrivals
                if one.frame.number not in told
                and (numbers == (None, None) or numbers == (one.frame.spo2, one.frame.pulse_rate))
            ]
            if not said:
                yield f"entry {entry.seq} says {numbers} at {at}, which no frame of its own says"
                return
            told.add(said[0].number)

    def completeness(self) -> Iterator[str]:
        """What a living station with a well disk received for somebody is kept."""
        kept = {
            (entry.subject, self._at(entry.instant)) for entry in self._entries if entry.kind == READING
        }
        over = self._world.ended_ns
        for worn in self._truth.worn:
            before = 0
            for arrival in self._truth.clips[worn.device].arrivals:
                apart, before = arrival.at - before, arrival.at
                if not worn.since < arrival.at < min(worn.until or over, over):
                    continue
                if apart < SAME_READING or (worn.device, arrival.at) in kept:
                    continue
                if self._safe(arrival.at):
                    yield f"frame {arrival.frame.number} of {worn.device} at {arrival.at} is not kept"
                    return

    def _safe(self, at: int) -> bool:
        """Whether station and disk were well from just before `at` until a second after it."""
        world = self._world
        if not any(
            up <= at and (down is None or down > at + 1.2 * SECOND) for up, down in world.ups
        ):
            return False
        second = (at - world.begun_ns) / SECOND
        return not any(
            trouble.fault in OF_DISK and trouble.at - 1.5 < second < trouble.until + 1.5
            for trouble in world.plan.troubles
        )

    def episodes(self) -> Iterator[str]:
        """Raised once, one at a time for each family of a seat, and over with the session."""
        raised: set[str] = set()
        current: dict[tuple[str, str], str] = {}
        for entry in self._alerts:
            facts = entry.facts
            episode, what = str(facts["episode"]), facts["happening"]
            key = (entry.subject, str(facts["family"]))
            if what == "raise":
                if episode in raised:
                    yield f"{episode} is raised twice"
                if key in current:
                    yield f"{episode} is raised while {current[key]} is open"
                raised.add(episode)
                current[key] = episode
            elif episode not in raised:
                yield f"{episode} says {what} without having been raised"
            elif what == "close" and current.get(key) == episode:
                del current[key]
        for episode in current.values():
            yield f"{episode} is open after the end of the session"

    def clearings(self) -> Iterator[str]:
        """No alert is called over, or milder, without good data."""
        ended: set[str] = set()
        for entry in self._alerts:
            facts = entry.facts
            what, episode = facts["happening"], str(facts["episode"])
            if what == "end" or (what == "close" and facts["reason"] == "over"):
                need, clears = (15, 95) if facts["family"] == "spo2_low" else (15, 0)
                if facts["family"] == "unmonitored":
                    need, clears = 5, 0
            elif what == "deescalate":
                need, clears = (10, 86) if facts["family"] == "spo2_low" else (15, 0)
            else:
                continue
            ended.add(episode)
            at = self._at(entry.instant)
            good = self._good_for(entry.subject, at, clears)
            if good < need * SECOND - HOLD // 2:
                yield f"{episode}: {what} at {at} after {good / SECOND:.1f} s of good data"

    def groundless(self) -> Iterator[str]:
        """Nobody is called unmonitored while valid changing frames flow."""
        for entry in self._alerts:
            facts = entry.facts
            if facts["happening"] != "raise" or facts["family"] != "unmonitored":
                continue
            at = self._at(entry.instant)
            if self._flowed_for(entry.subject, at) > 14.5 * SECOND:
                yield f"{facts['episode']} is raised at {at} although frames flow"

    def vanished(self, gone: list[tuple[int, str]]) -> Iterator[str]:
        """What leaves the page has been closed."""
        closed = {
            str(e.facts["episode"]): self._at(e.instant)
            for e in self._alerts
            if e.facts["happening"] == "close"
        }
        for at, episode in gone:
            if episode in closed and closed[episode] > at + SLACK:
                yield f"{episode} left the page at {at}, before it was over"

    def _good_for(self, seat: str, at: int, clears: int) -> int:
        """Length of the run of valid readings of at least `clears` on `seat` that ends at `at`."""
        start = before = at
        for arrival in self._of_seat(seat, at):
            if before - arrival.at > HOLD or not arrival.fresh or (arrival.frame.spo2 or 0) < clears:
                break
            start = before = arrival.at
        return at - start

    def _flowed_for(self, seat: str, at: int) -> int:
        start = before = at
        for arrival in self._of_seat(seat, at):
            if before - arrival.at > HOLD or not arrival.firm:
                break
            start = before = arrival.at
        return at - start

    def _of_seat(self, seat: str, at: int) -> Iterator[Arrival]:
        """What arrived for a seat up to `at` in the life of the station at that moment, newest first."""
        up = max((up for up, _ in self._world.ups if up <= at), default=0)
        for worn in self._truth.worn:
            if worn.seat == seat and worn.since <= at and (worn.until is None or at <= worn.until):
                for arrival in self._truth.recent(worn, up):
                    if arrival.at <= at:
                        yield arrival

    def _arrivals(self, device: str, at: int) -> list[Arrival]:
        return self._by_instant().get((device, at), [])

    def _by_instant(self) -> Mapping[tuple[str, int], list[Arrival]]:
        if not hasattr(self, "_index"):
            self._index: dict[tuple[str, int], list[Arrival]] = {}
            for clip in self._truth.clips.values():
                for arrival in clip.arrivals:
                    self._index.setdefault((clip.address, arrival.at), []).append(arrival)
        return self._index

    def _at(self, instant: Instant) -> int:
        return instant.running_ns + self._truth.zero[instant.boot]
