"""The second half of the oracle: what the journal holds at the end of a run, against the truth."""

from collections.abc import Iterator

from alerts.condition import SYSTEM
from collector.clock import SECOND, Instant
from collector.entry import READING, Entry
from tests.simulation.nemesis import OF_DISK, Fault
from tests.simulation.truth import Arrival
from tests.simulation.world import World

HOLD = 3 * SECOND  # a reading speaks so long
SLACK = SECOND // 8  # what the station, the page and our own looking may add
SAME_READING = 450 * SECOND // 1000


class Ledger:
    """What the journal holds at the end, against the truth."""

    def __init__(self, world: World) -> None:
        self._world, self._truth = world, world.truth
        self._entries = world.disk.entries
        self._alerts = [entry for entry in self._entries if entry.kind == "alert" and _of_a_seat(entry)]
        self._index: dict[tuple[str, int], list[Arrival]] = {}
        for clip in world.truth.clips.values():
            for arrival in clip.arrivals:
                self._index.setdefault((clip.address, arrival.at), []).append(arrival)

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
            arrivals = self._index.get((entry.subject, at), [])
            numbers = (reading.spo2, reading.pulse_rate)
            said = [
                one.frame
                for one in arrivals
                if one.frame.number not in told
                and numbers in ((None, None), (one.frame.spo2, one.frame.pulse_rate))
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
                if self._safe(arrival.at) and not self._echoing(arrival.at):
                    yield f"frame {arrival.frame.number} of {worn.device} at {arrival.at} is not kept"
                    return

    def _safe(self, at: int) -> bool:
        """Whether station and disk were well from just before `at` until a second after it."""
        world = self._world
        if not any(up <= at and (down is None or down > at + 1.2 * SECOND) for up, down in world.ups):
            return False
        return self._saved(at)

    def _echoing(self, at: int) -> bool:
        """Whether late echoes were about: one may be taken for the reply to a later request."""
        second = (at - self._world.begun_ns) / SECOND
        return any(
            trouble.fault is Fault.ECHO and trouble.at < second < trouble.until + 1
            for trouble in self._world.plan.troubles
        )

    def _saved(self, at: int) -> bool:
        """Whether the disk was well around `at`."""
        second = (at - self._world.begun_ns) / SECOND
        return not any(
            trouble.fault in OF_DISK and trouble.at - 1.5 < second < trouble.until + 1.5
            for trouble in self._world.plan.troubles
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
            if episode in closed and closed[episode] > at + SLACK and self._saved(at):
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
                    if arrival.at < at:
                        yield arrival

    def _at(self, instant: Instant) -> int:
        return instant.running_ns + self._truth.zero[instant.boot]


def _of_a_seat(entry: Entry) -> bool:
    """Whether an alert is about somebody's readings; the station's own troubles end by other words."""
    return str(entry.facts["family"]) not in SYSTEM
