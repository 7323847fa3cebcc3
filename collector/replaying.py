"""Replaying: a recorded session plays again as if live, with its own pauses.

Readings, markers and link changes come back at their distance from the session's first moment, through
the recorder, so journal, alerts and page see what they would see live. A recording that carries bytes
(a capture file) is played by `radio/captured.py` instead and comes in through the decoders.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collector.clock import Clock, Instant
from collector.commands import Bind, Command, End, Mark, Prepare, Release, Start
from collector.device import DEVICE, DeviceStatus, read_status
from collector.entry import READING, Entry
from collector.errors import BadInput
from collector.journal.archive import Archive
from collector.journal.finding import find_session
from collector.recorder import Recorder
from collector.session import BINDING, MARKER, SESSION, Phase, Session, Source, read_marker

KINDS = (SESSION, BINDING, MARKER, DEVICE, READING)
BY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happens `after_ns` from the beginning: an entry to record anew."""

    after_ns: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A recorded session ready to be played: what it was, and its steps in order."""

    session: Session
    steps: Iterator[Step]

    def prepare(self, speed: float) -> Prepare:
        """The command that begins the replay; participants and seats are those of the recording."""
        was = self.session
        return Prepare(
            roster=was.roster, title=was.title or was.id, source=Source.REPLAY, speed=speed, by=BY
        )


def played(archive: Archive, session: str) -> Played:
    """The session `session` of `archive`, read as it is played; the archive must stay open."""
    found = find_session(archive, session).session
    recorded = archive.session(found)
    if recorded is None:
        raise BadInput(f"Session {found} has no beginning; it cannot be played.")
    return Played(session=recorded, steps=_steps(archive.entries(found, kinds=KINDS)))


async def play(recording: Played, recorder: Recorder, clock: Clock) -> None:
    """Play all steps on `clock`; returns after the last, with the session ended if the recording did."""
    begun = clock.now().running_ns
    for step in recording.steps:
        await clock.sleep_until(begun + step.after_ns)
        await recorder.room()
        if recorder.session is None or recorder.session.phase is Phase.ENDED:
            return  # somebody ended it on the page
        _again(step.entry, recorder, clock.now())


def _steps(entries: Iterator[Entry]) -> Iterator[Step]:
    """Distances in time never go back: an entry that came late is played when it came."""
    first: Instant | None = None
    after_ns = 0
    for entry in entries:
        first = first or entry.instant
        after_ns = max(after_ns, _between(first, entry.instant))
        yield Step(after_ns=after_ns, entry=entry)


def _between(one: Instant, other: Instant) -> int:
    """Nanoseconds from `one` to `other`; across a restart of the machine only UTC can tell."""
    if one.boot == other.boot:
        return other.running_ns - one.running_ns
    return other.utc_ns - one.utc_ns


def _again(entry: Entry, recorder: Recorder, now: Instant) -> None:
    reading = entry.reading
    if reading is not None:
        recorder.reading(entry.subject, replace(reading, at=now))
    elif entry.kind == DEVICE:
        recorder.status(_at(read_status(entry), now))
    elif (command := _command(entry)) is not None:
        recorder.execute(command)


def _at(status: DeviceStatus, now: Instant) -> DeviceStatus:
    return replace(status, at=now)


def _command(entry: Entry) -> Command | None:
    """The command that makes this entry again; None for `prepare`, which has been carried out."""
    facts = entry.facts
    event = facts.get("event")
    if entry.kind == MARKER:
        marker = read_marker(entry)
        return Mark(what=marker.what, text=marker.text, seat=marker.seat, by=marker.by)
    if event == "start":
        return Start(by=BY)
    if event == "end":
        return End(by=BY, reason="the recording ended")
    if event == "bind":
        return Bind(
            seat=str(facts["seat"]),
            participant=str(facts["participant"]),
            device=str(facts["device"]),
            family=str(facts.get("family", "")),
            name=str(facts.get("name", "")),
            by=BY,
        )
    return Release(seat=str(facts["seat"]), by=BY) if event == "release" else None
