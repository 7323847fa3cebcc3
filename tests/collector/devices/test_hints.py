"""Names and services in advertisements, beyond the reference vectors."""

import pytest

from collector.device import Advertisement, full_uuid
from collector.devices import by_hint, hints, hrs


def heard(name: str, *services: str) -> Advertisement:
    """An advertisement of that name."""
    return Advertisement(address="02:00:00:00:00:01", name=name, services=frozenset(services))


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("o2ring 1234", "viatom_oxy"),
        ("O2 0123", "viatom_oxy"),
        ("Checkme_O2", "viatom_oxy"),
        ("BBSM S2-WPS", "viatom_oxy"),
        ("O2Ring SF 0001", "viatom_oxyii"),
        ("  PC-60FW_SN000001 ", "viatom_aa55"),
        ("S6W1 0001", "viatom_aa55"),
        ("O2Ringo", None),
        ("", None),
    ],
)
def test_a_name_hints_at_a_family(name: str, family: str | None) -> None:
    """Letter case and blanks do not matter, a longer word does."""
    assert hints.family(heard(name)) == family


def test_a_known_service_beats_the_name() -> None:
    """A ring that is called O2Ring but advertises OxyII is not offered as O2 legacy."""
    assert hints.family(heard("O2Ring 1234", hints.OXYII_SERVICE)) == "viatom_oxyii"
    assert by_hint(heard("O2Ring 1234", hints.OXYII_SERVICE)) is None


def test_a_heart_rate_sensor_is_offered_as_such() -> None:
    """Heart rate alone hints at the family without saturation, unless the name says more."""
    assert by_hint(heard("Strap", full_uuid(0x180D))) is hrs.DRIVER
    assert by_hint(heard("Nonin3230_500000", full_uuid(0x180D))) is None
