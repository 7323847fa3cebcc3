"""The session as a fold over entries."""

from collector.entry import Entry
from collector.session import (
    Binding,
    Phase,
    Session,
    Source,
    binding_body,
    fold,
    marker_body,
    phase_body,
    release_body,
)
from tests.collector.journal.samples import fact, instant, prepare, reading

ROSTER = {"A": "P1", "B": "P2"}


def _folded(*entries: Entry) -> Session | None:
    session: Session | None = None
    for entry in entries:
        session = fold(session, entry)
    return session


def _bind(seq: int, seat: str, participant: str, device: str) -> Entry:
    binding = Binding(seat=seat, participant=participant, device=device, since=instant(seq))
    return fact(seq, "binding", binding_body(binding, by="f"), subject=seat, participant=participant)


def test_a_session_begins_with_prepare_and_runs_from_start_to_end() -> None:
    """Phases carry the instants of their entries."""
    session = _folded(
        prepare(1, roster=ROSTER),
        fact(2, "session", phase_body("start", by="f")),
        fact(3, "session", phase_body("end", by="f")),
    )

    assert session is not None
    assert (session.title, session.source, session.phase) == ("Evening", Source.DEMO, Phase.ENDED)
    assert (session.prepared, session.started, session.ended) == (instant(1), instant(2), instant(3))
    assert session.roster == ROSTER


def test_a_binding_holds_from_its_own_instant() -> None:
    """`since` is the entry's instant, whatever else the body says."""
    session = _folded(prepare(1, roster=ROSTER), _bind(2, "A", "P1", "clip"))

    assert session is not None
    binding = session.wearer("clip")
    assert binding is not None
    assert (binding.participant, binding.seat, binding.since) == ("P1", "A", instant(2))
    assert session.wearer("other") is None


def test_a_clip_has_one_seat_at_a_time() -> None:
    """The later binding takes the clip away from the earlier seat."""
    session = _folded(
        prepare(1, roster=ROSTER), _bind(2, "A", "P1", "clip"), _bind(3, "B", "P2", "clip")
    )

    assert session is not None
    assert list(session.bindings) == ["B"]


def test_release_and_end_leave_nobody_wearing_anything() -> None:
    """The roster keeps the seats, so that an unmonitored seat is still seen."""
    bound = (prepare(1, roster=ROSTER), _bind(2, "A", "P1", "one"), _bind(3, "B", "P2", "two"))

    released = _folded(*bound, fact(4, "binding", release_body("A", by="f")))
    ended = _folded(*bound, fact(4, "session", phase_body("end", by="f")))

    assert released is not None
    assert ended is not None
    assert list(released.bindings) == ["B"]
    assert not ended.bindings
    assert released.roster == ended.roster == ROSTER


def test_a_late_comer_joins_the_roster_by_the_binding() -> None:
    """Seats can be filled while the session runs."""
    session = _folded(prepare(1, roster=ROSTER), _bind(2, "C", "P3", "clip"))

    assert session is not None
    assert session.seat_of("P3") == "C"
    assert session.seat_of("P9") == ""


def test_markers_are_kept_in_order() -> None:
    """With who, where and when."""
    session = _folded(
        prepare(1, roster=ROSTER),
        fact(2, "marker", marker_body(what="dose", text="", seat="A", by="Ana")),
        fact(3, "marker", marker_body(what="note", text="calm", seat="", by="Ana")),
    )

    assert session is not None
    assert [(m.what, m.text, m.seat, m.by, m.at) for m in session.markers] == [
        ("dose", "", "A", "Ana", instant(2)),
        ("note", "calm", "", "Ana", instant(3)),
    ]


def test_entries_of_other_kinds_and_sessions_change_nothing() -> None:
    """The fold takes exactly what is its own."""
    session = _folded(prepare(1, roster=ROSTER))

    assert fold(session, reading(2)) is session
    assert fold(session, fact(3, "alert")) is session
    assert fold(session, fact(4, "session", phase_body("end", by="f"), session="other")) is session
    assert fold(None, fact(5, "marker", marker_body(what="x", text="", seat="", by=""))) is None


def test_the_next_prepare_begins_a_new_session() -> None:
    """Nothing of the one before is left."""
    session = _folded(
        prepare(1, roster=ROSTER), _bind(2, "A", "P1", "clip"), prepare(3, session="next")
    )

    assert session is not None
    assert (session.id, dict(session.bindings), session.roster) == ("next", {}, {"A": "P1"})
