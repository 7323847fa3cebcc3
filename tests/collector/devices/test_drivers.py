"""What holds for every family of the registry."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.devices import (
    DECODERS,
    DRIVERS,
    by_family,
    by_services,
    fe_accurate,
    hints,
    hrs,
    jks50f,
    of_chosen,
    viatom_aa55,
    viatom_oxy,
)
from collector.devices.base import Decoded, Driver, Vitals
from collector.reading import Flag, PlethChunk
from tests.collector.devices.traits import TRAITS, expected
from tests.collector.devices.vectors import (
    CALM,
    FRAMED,
    RECORDS,
    UNCHECKED,
    VITALS,
    Said,
    at,
    fed,
    readings,
    started,
    told,
)

UNFRAMED = tuple(driver for driver in DRIVERS if driver.family in RECORDS)
EVERY = pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.family)


def feed_told(driver: Driver, moments: Sequence[Vitals]) -> list[list[Decoded]]:
    """What the family's decoder makes of its encoder, second by second."""
    _, decoder = started(driver)
    decoded = []
    for second, said in enumerate(told(driver, moments)):
        if driver.poll:
            decoder.sent(driver.poll.write.data)
        decoded.append(fed(decoder, said, seconds=second))
    assert (decoder.counts.checksum_errors, decoder.counts.resyncs) == (0, 0)
    return decoded


def test_the_registry_is_in_matching_order_and_knows_each_family_once() -> None:
    """Own services come before shared ones, and each family is found by its id."""
    families = [driver.family for driver in DRIVERS]

    assert families == list(TRAITS)
    assert families[:4] == ["viatom_oxyii", "viatom_oxy", "nonin", "masimo"]
    assert families[-1] == "hrs"
    assert [by_family(family) for family in families] == list(DRIVERS)
    assert by_family("unknown") is None
    assert set(DECODERS) == {*families, "bas"}
    assert {driver.family for driver in FRAMED} | {*RECORDS, *UNCHECKED} == set(families)


@EVERY
def test_a_driver_is_chosen_by_the_services_of_its_own_link(driver: Driver) -> None:
    """Each family recognises the link that it describes, by its name or, alone there, without."""
    subscribed = frozenset(driver.subscribe)

    assert by_services(driver.services, name=driver.model) is driver
    assert by_services(driver.services, name=driver.model, characteristics=subscribed) is driver
    assert by_services(driver.services, name=None, characteristics=frozenset()) is None
    if driver.family not in ("innovo", "jks50f", "ws20a"):  # others share their service
        assert by_services(driver.services, name=None) is driver


def test_a_renamed_device_is_read_when_a_person_chose_it() -> None:
    """A reseller's name stands against nothing; a name of another family does."""
    uart = frozenset((viatom_aa55.UART_SERVICE,))
    spoken = frozenset((viatom_aa55.UART_NOTIFY,))

    def chosen(name: str) -> Driver | None:
        return of_chosen(uart, name=name, characteristics=spoken)

    assert chosen("PC-60FW_SN000001") is viatom_aa55.DRIVER
    assert chosen("FingerMate 3") is viatom_aa55.DRIVER
    assert chosen("") is viatom_aa55.DRIVER
    assert chosen("BerryMed") is None
    assert of_chosen(uart, name="FingerMate 3", characteristics=frozenset()) is None


def test_a_characteristic_tells_families_of_one_service_apart() -> None:
    """Nameless, FFE1 on the shared serial service is JKS50F; FFE4 is the commoner of its two."""
    shared = frozenset((jks50f.SERVICE,))

    for driver in (jks50f.DRIVER, fe_accurate.DRIVER):
        spoken = frozenset(driver.subscribe)
        assert by_services(shared, name=None, characteristics=spoken) is driver


def test_a_shared_service_needs_the_name_and_an_unspeaking_one_is_left_alone() -> None:
    """A serial gadget is no oximeter, and an O2Ring S is not polled in the old language in vain."""
    uart = frozenset(("6e400001-b5a3-f393-e0a9-e50e24dcca9e",))
    ring = frozenset((viatom_oxy.SERVICE, hints.OXYII_SERVICE))

    assert by_services(uart, name="Thermostat") is None
    assert by_services(uart, name="PC-60FW_SN000001") is by_family("viatom_aa55")
    assert by_services(ring, name="O2Ring S 0001") is by_family("viatom_oxyii")
    assert by_services(ring | {hrs.SERVICE}, name=None) is by_family("viatom_oxyii")
    assert by_services(frozenset(), name=None) is None


@EVERY
@given(moments=st.lists(VITALS, min_size=1, max_size=6))
def test_what_the_oximeter_says_comes_out(driver: Driver, moments: list[Vitals]) -> None:
    """Encoder and decoder agree on every reading, one per second, and on the pleth."""
    decoded = feed_told(driver, moments)

    for second, (said, items) in enumerate(zip(moments, decoded, strict=True)):
        assert readings(items) == [expected(driver.family, said, second)]
    worn = [sample if said.finger else 0 for said in moments for sample in said.pleth]
    wave = [s for items in decoded for i in items if isinstance(i, PlethChunk) for s in i.samples]
    if driver.family == "viatom_aa55" and all(said.finger for said in moments):
        assert wave == worn[: len(worn) // 5 * 5]
    streams = TRAITS[driver.family].pleth
    if not streams or any(len(said.pleth) > 4 for said in moments):
        assert bool(wave) == streams


@EVERY
def test_the_same_numbers_for_ever_are_withdrawn(driver: Driver) -> None:
    """A stuck oximeter's numbers are gone at the limit of its family and come back when they move."""
    limit = TRAITS[driver.family].frozen_s
    moves = 1 + TRAITS[driver.family].pleth  # flat pleth moves after the first new numbers
    stuck = [CALM] * 3 + [
        Vitals(spo2=97, pulse_rate=72, perfusion_index=2.1, repeat=True, pleth=(1, 2, 3, 4, 5) * 10)
    ] * 130
    moving = [Vitals(spo2=96, pulse_rate=74, perfusion_index=2.0, pleth=(9, 50, 90, 50, 9))] * 2

    found = [readings(items)[0] for items in feed_told(driver, stuck + moving)]

    frozen = [second for second, reading in enumerate(found) if Flag.FROZEN in reading.flags]
    assert frozen[:-1] == list(range(limit, limit + len(frozen) - 1))
    assert 132 <= frozen[-1] <= 131 + moves
    assert not any(found[second].valid for second in frozen)
    assert found[-1].valid


@EVERY
@given(said=st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=40), st.booleans()), max_size=12))
def test_any_bytes_on_any_characteristic_are_survived(
    driver: Driver, said: list[tuple[int, bytes, bool]]
) -> None:
    """Nothing raises out of a decoder or an encoder, and what comes out is possible."""
    decoder, encoder = driver.decoder(), driver.encoder()
    written = [write.characteristic for write in driver.start(0)]
    known = [*driver.subscribe, *driver.read, *written, "", "unknown"]

    for number, data, sent in said:
        characteristic = known[number % len(known)]
        encoder.answer(characteristic, data, CALM)
        if sent:
            decoder.sent(data)
        for reading in readings(decoder.feed(characteristic, data, at(0))):
            assert reading.spo2 is None or 0 < reading.spo2 <= 100
            assert reading.pulse_rate is None or 0 < reading.pulse_rate <= 300
            assert reading.perfusion_index is None or reading.perfusion_index > 0
            assert reading.battery is None or 0 <= reading.battery <= 100


@pytest.mark.parametrize("driver", UNFRAMED, ids=lambda driver: driver.family)
@settings(max_examples=300)
@given(record=st.binary(max_size=24))
def test_a_cut_record_is_never_read_past_its_end(driver: Driver, record: bytes) -> None:
    """Any record, whatever its flags promise, is a reading, pleth, filler, or a counted bad one."""
    decoder = driver.decoder()

    decoded = decoder.feed(driver.subscribe[0], record, at(0))

    assert len(decoded) <= decoder.counts.frames
    assert decoder.counts.frames + decoder.counts.resyncs <= 1
    if driver.family in ("plx", "hrs", "nonin"):  # each of their notifications is a record
        assert len(decoded) == decoder.counts.frames == 1 - decoder.counts.resyncs


def said_by(driver: Driver) -> list[Said]:
    """One second of the family, for tests of the encoder."""
    return told(driver, [CALM])[0]


@EVERY
def test_the_encoder_speaks_on_characteristics_that_are_subscribed(driver: Driver) -> None:
    """Nothing is said where nobody listens, and notifications fit the smallest ATT_MTU."""
    said = said_by(driver)

    assert said
    assert {characteristic for characteristic, _ in said} <= set(driver.subscribe)
    assert all(len(data) <= 20 for _, data in said)
