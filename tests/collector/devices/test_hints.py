"""Names and services in advertisements, beyond the reference vectors."""

import pytest

from collector.device import Advertisement, full_uuid
from collector.devices import DECODERS, by_hint, hints, hrs, nonin, viatom_oxy, viatom_oxyii
from tests.collector.devices.vectors import Vector, chosen, named


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
    assert by_hint(heard("O2Ring 1234", hints.OXYII_SERVICE)) is viatom_oxyii.DRIVER


def test_a_heart_rate_sensor_is_offered_as_such() -> None:
    """Heart rate alone hints at the family without saturation, unless the name says more."""
    assert by_hint(heard("Strap", full_uuid(0x180D))) is hrs.DRIVER
    assert by_hint(heard("Nonin3230_500000", full_uuid(0x180D))) is nonin.DRIVER


def local_name(event: bytes) -> str:
    """The complete local name (AD type 09) in an LE advertising report of HCI."""
    fields = event[14 : 14 + event[13]]
    while fields:
        size = fields[0]
        if fields[1] == 0x09:
            return fields[2 : 1 + size].decode("ascii")
        fields = fields[1 + size :]
    return ""


@named(chosen("advertising"))
def test_vector(vector: Vector) -> None:
    """An advertisement hints at its family; a name that two makers use decides nothing."""
    advert = vector.get("advert", {})
    heard = Advertisement(
        address="",
        name=advert["local_name"] if advert else local_name(bytes.fromhex(vector["hex"][0])),
        services=frozenset(advert.get("service_uuids", ())),
        company=frozenset(filter(None, [advert.get("company_id")])),
    )
    expected = vector["expect"]["match"]
    driver = by_hint(heard)

    if expected is not None and expected.startswith("ambiguous"):
        assert hints.family(heard) == hints.AMBIGUOUS
        assert driver is viatom_oxy.DRIVER  # a candidate in the list; its services decide
    else:
        assert hints.family(heard) == expected
        assert (driver and driver.family) == (expected if expected in DECODERS else None)
