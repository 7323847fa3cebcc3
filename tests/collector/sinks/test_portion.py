"""What of one batch is still to be delivered."""

from hypothesis import given
from hypothesis import strategies as st

from collector.sinks.portion import FAILURES, Portion
from tests.collector.journal.samples import reading

BAD = "bad row"


def test_an_empty_batch_is_settled() -> None:
    """A stretch of the journal without entries needs no server."""
    assert Portion([]).part is None


def test_what_is_delivered_is_settled() -> None:
    """Nothing follows a batch that the server has."""
    portion = Portion([reading(1), reading(2)])
    portion.delivered({})

    assert portion.part is None
    assert portion.set_aside == {}


def test_rows_that_could_not_be_sent_are_set_aside_with_their_reason() -> None:
    """The sink knows them; nobody has to look for them."""
    portion = Portion([reading(1), reading(2)])
    portion.delivered({2: "time out of range"})

    assert portion.set_aside == {2: "time out of range"}


@given(count=st.integers(1, 600), data=st.data())
def test_halving_finds_exactly_the_bad_rows_and_delivers_each_other_once(
    count: int, data: st.DataObject
) -> None:
    """In seq order, and with about log2(n) answers per bad row."""
    bad = data.draw(st.sets(st.integers(1, count), max_size=5))
    portion, taken, answers = Portion([reading(seq) for seq in range(1, count + 1)]), [], 0
    while (part := portion.part) is not None:
        answers += 1
        seqs = [entry.seq for entry in part]
        if bad.intersection(seqs):
            portion.halve(BAD)
        else:
            taken += seqs
            portion.delivered({})

    assert taken == [seq for seq in range(1, count + 1) if seq not in bad]
    assert portion.set_aside == dict.fromkeys(bad, BAD)
    assert answers <= 1 + 2 * len(bad) * count.bit_length()


def fails(portion: Portion, times: int = FAILURES, why: str = "status 500") -> bool:
    """The server fails over the same part so often; whether other rows are asked for at the last."""
    return [portion.failed(why) for _ in range(times)][-1]


@given(count=st.integers(2, 200), data=st.data())
def test_the_row_that_a_server_fails_over_is_found_and_set_aside(
    count: int, data: st.DataObject
) -> None:
    """After five equal failures each time, by a server that takes all others, the last one among them."""
    bad = data.draw(st.sets(st.integers(1, count - 1), min_size=1, max_size=3))
    portion, taken = Portion([reading(seq) for seq in range(1, count + 1)]), []
    while (part := portion.part) is not None:
        seqs = [entry.seq for entry in part]
        if bad.intersection(seqs):
            assert not fails(portion)
        else:
            taken += seqs
            portion.delivered({})

    assert sorted(taken) == [seq for seq in range(1, count + 1) if seq not in bad]
    assert portion.set_aside == dict.fromkeys(bad, "status 500")


def test_a_server_that_fails_over_everything_loses_nothing() -> None:
    """However often: it is sick, and no row is to blame."""
    portion = Portion([reading(seq) for seq in range(1, 9)])
    for _ in range(400):
        fails(portion)

    assert portion.set_aside == {}
    left = []
    while (part := portion.part) is not None:
        left += [entry.seq for entry in part]
        portion.delivered({})
    assert sorted(left) == list(range(1, 9))


def test_a_server_that_falls_sick_half_way_loses_nothing() -> None:
    """What it took before says nothing of the rows that it fails over now."""
    portion = Portion([reading(seq) for seq in range(1, 9)])
    fails(portion)
    portion.delivered({})
    for _ in range(400):
        fails(portion)

    assert portion.set_aside == {}


def test_different_failures_and_fewer_than_five_change_nothing() -> None:
    """Only the same word again and again speaks of the rows."""
    portion = Portion([reading(1), reading(2)])
    for number in range(20):
        fails(portion, FAILURES - 1, why=f"status 500 {number}")

    assert portion.part is not None
    assert len(portion.part) == 2


def test_a_row_alone_asks_for_others() -> None:
    """Alone it cannot be told from a sick server."""
    portion = Portion([reading(1)])

    assert not fails(portion, FAILURES - 1)
    assert fails(portion, 1)
    assert portion.set_aside == {}
