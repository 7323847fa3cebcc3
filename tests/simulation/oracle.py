"""The oracle: sees what the world really did and what comes out of the station, and nothing in between.

What comes out is what stands on the page at each moment, and what the journal holds at the end. Nothing
here calls the product's engine, recorder or page state; limits and times are those of the specification
(alerts.md 4.3-4.9, DESIGN 3 and 5), written down once more.
"""

from dataclasses import dataclass
from itertools import pairwise

from collector.clock import SECOND
from tests.simulation.ledger import HOLD, SLACK, Ledger
from tests.simulation.nemesis import OF_DISK
from tests.simulation.truth import Arrival, Truth, Worn
from tests.simulation.world import World

FIELDS = ("spo2", "pulse_rate")
# A reading speaks for 3 s, evidence outlives 15 s without data, rules arm after 10 s of valid data.
EXPIRY, ARMED = 15 * SECOND, 10 * SECOND
LIVE, STALE = 3 * SECOND, 5 * SECOND
ON_SCREEN = 2 * SECOND
UNMONITORED, NEVER_HEARD = 17 * SECOND, 62 * SECOND
# spo2_low: limit, level, D in s.
LEVELS = ((94, "caution", 20), (90, "urgent", 10), (85, "urgent", 3))
RANK = {"advisory": 1, "caution": 2, "urgent": 3}
RECOVERED_S = 20.0  # before the end of the quiet tail everything has been well again
TRUSTED_GAP = 55 * SECOND
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
        self.breaches = [Breach(limit, level == "caution") for limit, level, _ in LEVELS]

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
                self._flow(worn)
                self._unmonitored(self._seats[seat])
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

    def _flow(self, worn: Worn) -> None:
        """While valid frames come their numbers stand on the page."""
        world = self._world
        if world.now - world.as_of > ON_SCREEN or world.as_of < world.ups[-1][0] + ON_SCREEN:
            return
        recent = world.truth.recent(worn, world.as_of - ON_SCREEN)
        young = [a for a in recent if a.firm and a.at < world.as_of - SLACK]
        if len(young) > 1 and world.page.shown(worn.seat, "spo2") is None:
            self._wrong(f"{worn.seat} shows no number although frames flow")

    def _unmonitored(self, seat: Seat) -> None:
        """Without valid frames for 17 s the page says so."""
        world, worn = self._world, seat.worn
        seat.follow(world.truth, world.as_of)
        begun = world.truth.running_since or 0
        if seat.last is not None:
            due = max(seat.last, begun) + UNMONITORED
        else:
            due = max(worn.since + UNMONITORED, begun + NEVER_HEARD)
        due = max(due, world.ups[-1][0] + (UNMONITORED if world.gap_unknown else ON_SCREEN))
        if world.as_of >= due and not self._silence_told(worn.seat):
            self._wrong(f"{worn.seat} has had no valid frame since {due - UNMONITORED} and no alert")

    def _low(self, seat: Seat) -> None:
        """The safety form: after t0 + D + 2 s the alert, or no number."""
        world, name = self._world, seat.worn.seat
        if seat.valid_for < ARMED + ON_SCREEN or world.as_of < world.ups[-1][0] + ON_SCREEN:
            return
        for breach, (limit, level, delay) in zip(seat.breaches, LEVELS, strict=True):
            if breach.by(world.as_of) < delay * SECOND + ON_SCREEN:
                continue
            if self._card(name, "spo2", level) or self._silence_told(name):
                continue
            if world.page.shown(name, "spo2") is not None:
                self._wrong(f"{name} is below {limit} for {breach.by(world.as_of) / SECOND:.1f} s")

    def _card(self, seat: str, field: str, level: str) -> bool:
        return any(
            card.seat == seat and card.field == field and RANK[card.level] >= RANK[level]
            for card in self._world.page.cards.values()
        )

    def _silence_told(self, seat: str) -> bool:
        """Whether the page says that the seat is unmonitored; a doubt about whose clip it is says less."""
        return any(
            card.seat == seat
            and "-unmonitored-" in card.episode
            and RANK[card.level] >= RANK["caution"]
            for card in self._world.page.cards.values()
        )

    def _link(self) -> None:
        """A page that has lost the station finds it again by itself."""
        world = self._world
        since = max(world.ups[-1][0], world.way_clear_since)
        if (
            world.station is not None
            and not (world.cut or world.lagging)
            and world.now - since > 8 * SECOND
        ):
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
        gaps = [after[0] - (before[1] or 0) for before, after in pairwise(lives)]
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
            if self._silence_told(seat):
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
        deaths, self._lives = world.deaths[self._lives :], len(world.deaths)
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
