"""What is given up when the disk stays sick."""

from collector.journal.tail import prune
from tests.collector.journal.samples import fact, reading, waiting


def test_each_device_keeps_its_own_last_ten_minutes() -> None:
    """A device that fell silent long ago keeps what it said last."""
    quiet = [reading(1, second=0, device="quiet"), reading(2, second=5, device="quiet")]
    talking = [reading(n, second=n, device="talking") for n in range(3, 1000)]

    kept, lost = prune(waiting([*quiet, *talking]))

    seqs = [entry.seq for entry, _ in kept]
    assert seqs == [1, 2, *range(399, 1000)]
    assert lost == 396


def test_nothing_but_readings_is_given_up() -> None:
    """Alerts, bindings and markers are small and always kept."""
    kept, lost = prune(waiting([fact(1, "alert"), reading(2, second=0), reading(3, second=5000)]))

    assert [entry.seq for entry, _ in kept] == [1, 3]
    assert lost == 1
