"""When a sink that gets nothing is worth a word."""

from collector.clock import SECOND
from collector.sinks.trouble import PATIENCE_NS, Trouble, Word

UTC = 1_790_000_000 * SECOND


def failed(
    trouble: Trouble, second: float, why: str = "refused", *, lasting: bool = False
) -> Word | None:
    """A failure after so many seconds."""
    ns = int(second * SECOND)
    return trouble.failed(why, now_ns=ns, utc_ns=UTC + ns, lasting=lasting)


def test_a_moment_without_the_server_is_never_told() -> None:
    """A restart of the server is no news to a facilitator."""
    trouble = Trouble()

    assert [failed(trouble, 0), failed(trouble, 5), trouble.over()] == [None, None, None]
    assert failed(trouble, 20) is None


def test_an_outage_is_told_once_with_its_beginning_and_its_end_once() -> None:
    """Not each attempt."""
    trouble = Trouble()
    patience_s = PATIENCE_NS / SECOND
    said = [failed(trouble, 3), failed(trouble, 3 + patience_s), failed(trouble, 60), trouble.over()]

    assert said == [
        None,
        Word(why="refused", since_utc_ns=UTC + 3 * SECOND),
        None,
        Word(why="", since_utc_ns=None),
    ]
    assert trouble.over() is None


def test_another_reason_is_told_with_the_same_beginning() -> None:
    """The outage goes on, only otherwise."""
    trouble = Trouble()
    failed(trouble, 0)
    failed(trouble, 30)

    assert failed(trouble, 40, "token refused") == Word(why="token refused", since_utc_ns=UTC)


def test_what_somebody_has_to_mend_is_told_at_once() -> None:
    """A wrong token does not mend itself in ten seconds."""
    assert failed(Trouble(), 0, "token refused", lasting=True) == Word(
        why="token refused", since_utc_ns=UTC
    )


def test_it_knows_whether_it_is_failing() -> None:
    """From the first failure to the next delivery, told or not."""
    trouble = Trouble()
    before = trouble.failing
    failed(trouble, 0)
    during = trouble.failing
    trouble.over()

    assert [before, during, trouble.failing] == [False, True, False]
