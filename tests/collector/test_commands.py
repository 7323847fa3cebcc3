"""Commands: the drafts they make, and the sentences that refuse them."""

import pytest

from collector.clock import SECOND
from collector.commands import (
    Bind,
    Command,
    Draft,
    End,
    Mark,
    Prepare,
    Release,
    Start,
    decide,
    session_id,
)
from collector.entry import Entry
from collector.errors import Refused
from collector.identity import IDENTITY, Doubt, read_identity
from collector.session import BINDING, Session, fold
from tests.collector.journal.samples import instant

ROSTER = {"A": "P1", "B": "P2"}


def _after(*commands: Command) -> Session | None:
    """The session after `commands`, one a second."""
    session: Session | None = None
    seq = 0
    for second, command in enumerate(commands):
        now = instant(second)
        for draft in decide(session, command, now=now):
            seq += 1
            session = fold(session, _entry(seq, draft, second))
    return session


def _entry(seq: int, draft: Draft, second: int) -> Entry:
    return Entry(
        seq=seq,
        session=draft.session,
        instant=instant(second),
        kind=draft.kind,
        subject=draft.subject,
        participant=draft.participant,
        body=draft.body,
    )


def _refusal(session: Session | None, command: Command) -> str:
    with pytest.raises(Refused) as caught:
        decide(session, command, now=instant(100))
    return str(caught.value)


@pytest.mark.parametrize(
    "command", [Start(), End(), Bind(seat="A", participant="P1", device="x"), Mark(what="dose")]
)
def test_without_a_session_only_prepare_is_possible(command: Command) -> None:
    """The sentence says what to do first."""
    assert _refusal(None, command) == "There is no session; prepare one first."
    assert _refusal(_after(Prepare(roster=ROSTER), End()), command) == (
        "There is no session; prepare one first."
    )


def test_a_second_session_waits_for_the_end_of_the_first() -> None:
    """One room has one session at a time."""
    assert "A session is open" in _refusal(_after(Prepare(roster=ROSTER)), Prepare(roster=ROSTER))
    assert decide(_after(Prepare(roster=ROSTER), End()), Prepare(roster=ROSTER), now=instant(9))


def test_an_unknown_seat_is_refused() -> None:
    """There is no seat I, which reads as 1."""
    assert _refusal(None, Prepare(roster={"I": "P1"})) == (
        "Seat 'I' does not exist; seats are A to M, without I."
    )
    bind = Bind(seat="I", participant="P9", device="x")
    assert _refusal(_after(Prepare(roster=ROSTER)), bind) == "Seat 'I' does not exist."


def test_nobody_sits_twice() -> None:
    """A code on two seats would mix two persons' readings."""
    assert "code of their own" in _refusal(None, Prepare(roster={"A": "P1", "B": "P1"}))
    bind = Bind(seat="B", participant="P1", device="x")
    assert _refusal(_after(Prepare(roster=ROSTER)), bind) == (
        "P1 sits on A; bind the clip to that seat."
    )


@pytest.mark.parametrize("code", ["", " ", "x" * 41, "a\nb"])
def test_a_code_is_something_that_people_can_read(code: str) -> None:
    """An empty code would be nobody, and a long one does not fit a tile."""
    assert "participant code" in _refusal(None, Prepare(roster={"A": code}))
    bind = Bind(seat="A", participant=code, device="x")
    assert "participant code" in _refusal(_after(Prepare(roster=ROSTER)), bind)


def test_a_session_starts_once() -> None:
    """The second start is a slip of the finger."""
    running = _after(Prepare(roster=ROSTER), Start())

    assert _refusal(running, Start()) == "The session is running already."


def test_a_title_is_one_line_that_no_terminal_obeys() -> None:
    """Line ends, escapes and what turns a line about become blanks."""
    (draft,) = decide(None, Prepare(roster=ROSTER, title="a\nb\x1b[31m \u202e c"), now=instant(0))

    assert draft.body["title"] == "a b [31m c"


def test_a_clip_that_moves_is_released_from_its_old_seat_first() -> None:
    """At no instant do two seats own one clip."""
    session = _after(Prepare(roster=ROSTER), Bind(seat="A", participant="P1", device="clip"))

    drafts = decide(session, Bind(seat="B", participant="P2", device="clip"), now=instant(9))

    assert [(d.subject, d.participant, d.body["event"]) for d in drafts] == [
        ("A", "P1", "release"),
        ("B", "P2", "bind"),
    ]


def test_a_clip_that_changes_seats_in_a_running_session_casts_doubt_on_the_new_one() -> None:
    """It may be on the wrong finger; while preparing it is still being given out."""
    fitted = (Prepare(roster=ROSTER), Bind(seat="A", participant="P1", device="clip"))
    move = Bind(seat="B", participant="P2", device="clip")

    preparing = decide(_after(*fitted), move, now=instant(9))
    running = decide(_after(*fitted, Start()), move, now=instant(9))

    assert IDENTITY not in [d.kind for d in preparing]
    assert [d.kind for d in running] == [BINDING, BINDING, IDENTITY]
    word = read_identity(_entry(4, running[-1], 9))
    assert (word.seat, word.doubt, word.devices) == ("B", Doubt.TWO_SEATS, ("clip",))
    assert "P1 on A" in word.why


def test_a_new_clip_on_a_seat_releases_the_old_one_and_leaves_the_others() -> None:
    """Only what the command is about changes."""
    session = _after(
        Prepare(roster=ROSTER),
        Bind(seat="A", participant="P1", device="one"),
        Bind(seat="B", participant="P2", device="two"),
    )

    drafts = decide(session, Bind(seat="A", participant="P1", device="three"), now=instant(9))

    assert [(d.subject, d.body["event"]) for d in drafts] == [("A", "release"), ("A", "bind")]


def test_a_seat_without_a_clip_cannot_be_released() -> None:
    """There is nothing to release."""
    assert _refusal(_after(Prepare(roster=ROSTER)), Release(seat="A")) == (
        "No clip is bound to seat A."
    )


def test_a_marker_is_for_everybody_or_for_somebody_who_is_there() -> None:
    """Long texts are cut, so that no page breaks."""
    session = _after(Prepare(roster=ROSTER))

    (everybody,) = decide(session, Mark(what="music", text="x" * 1000), now=instant(9))
    (one,) = decide(session, Mark(what="dose", seat="B"), now=instant(9))

    assert (everybody.participant, len(str(everybody.body["text"]))) == (None, 500)
    assert one.participant == "P2"
    assert _refusal(session, Mark(what="dose", seat="C")) == "Nobody sits on seat C."


def test_session_ids_are_readable_and_never_taken() -> None:
    """Two sessions in one second get two ids."""
    now = instant(0)

    first = session_id(now, frozenset())
    second = session_id(now, frozenset({first}))
    third = session_id(now, frozenset({first, second}))

    assert [first, second, third] == ["20260921-141320", "20260921-141320-2", "20260921-141320-3"]
    assert session_id(now.plus(SECOND), frozenset({first})) == "20260921-141321"
