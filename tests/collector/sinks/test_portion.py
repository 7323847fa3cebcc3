"""What of one batch is still to be delivered."""

from hypothesis import given
from hypothesis import strategies as st

from collector.sinks.portion import Portion
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
