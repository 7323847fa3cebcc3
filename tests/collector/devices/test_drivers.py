"""What holds for every family of the registry."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.devices import DECODERS, DRIVERS, by_family, by_services, hints, viatom_oxy
from collector.devices.base import Decoded, Driver, Vitals
from collector.reading import Flag, PlethChunk, Reading
from tests.collector.devices.vectors import CALM, FRAMED, VITALS, Said, at, fed, readings, told

# One notification is one record there, and the link layer alone protects it.
UNFRAMED = tuple(driver for driver in DRIVERS if driver.family in ("plx", "hrs"))
EVERY = pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.family)


def feed_told(driver: Driver, moments: Sequence[Vitals]) -> list[list[Decoded]]:
    """What the family's decoder makes of its encoder, second by second."""
    decoder = driver.decoder()
    decoded = []
    for second, said in enumerate(told(driver, moments)):
        if driver.poll:
            decoder.sent(driver.poll.write.data)
        decoded.append(fed(decoder, said, seconds=second))
    assert (decoder.counts.checksum_errors, decoder.counts.resyncs) == (0, 0)
    return decoded


def expected(family: str, said: Vitals) -> Reading:
    """The reading that these vital signs must come out as."""
    flags = set()
    flags |= {Flag.FINGER_OFF} if not said.finger else set()
    flags |= {Flag.SEARCHING} if said.searching else set()
    flags |= {Flag.LOW_BATTERY} if family == "viatom_aa55" and said.battery < 10 else set()
    flags |= {Flag.MOTION} if said.motion and family in ("plx", "viatom_oxy") else set()
    flags |= {Flag.POOR_SIGNAL} if said.motion and family == "plx" else set()
    if family == "viatom_oxy" and not said.finger:
        flags -= {Flag.SEARCHING}
    if family == "hrs":
        flags &= {Flag.FINGER_OFF}
    worn = said.finger and not (family == "viatom_oxy" and said.searching)
    oximeter = worn and family != "hrs"
    return Reading(
        at=at(0),
        spo2=said.spo2 if oximeter else None,
        pulse_rate=said.pulse_rate if worn else None,
        perfusion_index=said.perfusion_index if said.finger and family != "hrs" else None,
        battery=None if family == "viatom_aa55" else said.battery,
        flags=frozenset(flags),
    )


def test_the_registry_is_in_matching_order_and_knows_each_family_once() -> None:
    """Own services come before shared ones, and each family is found by its id."""
    families = [driver.family for driver in DRIVERS]

    assert families == ["viatom_oxy", "plx", "viatom_aa55", "hrs"]
    assert [by_family(family) for family in families] == list(DRIVERS)
    assert by_family("unknown") is None
    assert set(DECODERS) == {*families, "bas"}
    assert {*FRAMED, *UNFRAMED} == set(DRIVERS)


@EVERY
def test_a_driver_is_chosen_by_the_services_of_its_own_link(driver: Driver) -> None:
    """Each family recognises the link that it describes, when a person chose the device."""
    assert by_services(driver.services, name=None) is driver


def test_a_shared_service_needs_the_name_and_an_unspeaking_one_is_left_alone() -> None:
    """A serial gadget is no oximeter, and an O2Ring S is not polled in vain."""
    uart = frozenset(("6e400001-b5a3-f393-e0a9-e50e24dcca9e",))
    ring = frozenset((viatom_oxy.SERVICE, hints.OXYII_SERVICE))

    assert by_services(uart, name="Thermostat") is None
    assert by_services(uart, name="PC-60FW_SN000001") is by_family("viatom_aa55")
    assert by_services(ring, name="O2Ring S 0001") is None
    assert by_services(ring | {"0000180d-0000-1000-8000-00805f9b34fb"}, name=None) is None
    assert by_services(frozenset(), name=None) is None


@EVERY
def test_a_driver_writes_only_what_is_allowed(driver: Driver) -> None:
    """Whatever a driver writes begins a known harmless command or goes on with one."""
    writes = [*driver.start(1_790_000_000 * 10**9), *([driver.poll.write] if driver.poll else [])]

    begun = [write.data for write in writes if write.data[:1] == b"\xaa"]
    assert all(len(write.data) <= 20 for write in writes)
    assert {data[1] for data in begun} <= {0x14, 0x16, 0x17}
    assert bool(writes) == (driver.family == "viatom_oxy")


@EVERY
@given(moments=st.lists(VITALS, min_size=1, max_size=6))
def test_what_the_oximeter_says_comes_out(driver: Driver, moments: list[Vitals]) -> None:
    """Encoder and decoder agree on every reading, one per second, and on the pleth."""
    decoded = feed_told(driver, moments)

    for second, (said, items) in enumerate(zip(moments, decoded, strict=True)):
        (reading,) = readings(items)
        wanted = expected(driver.family, said)
        assert reading == Reading(
            at=at(second),
            spo2=wanted.spo2,
            pulse_rate=wanted.pulse_rate,
            perfusion_index=wanted.perfusion_index,
            battery=wanted.battery,
            flags=wanted.flags,
        )
    worn = [sample if said.finger else 0 for said in moments for sample in said.pleth]
    wave = [s for items in decoded for i in items if isinstance(i, PlethChunk) for s in i.samples]
    if driver.family == "viatom_aa55" and all(said.finger for said in moments):
        assert wave == worn[: len(worn) // 5 * 5]
    assert bool(wave) == (driver.family == "viatom_aa55" and len(worn) >= 5)


@EVERY
def test_the_same_numbers_for_ever_are_withdrawn(driver: Driver) -> None:
    """A stuck oximeter's numbers are gone at the limit of its family and come back when they move."""
    stuck = [CALM] * 3 + [
        Vitals(spo2=97, pulse_rate=72, perfusion_index=2.1, repeat=True, pleth=(1, 2, 3, 4, 5) * 10)
    ] * 130
    moving = [Vitals(spo2=96, pulse_rate=74, perfusion_index=2.0, pleth=(9, 50, 90, 50, 9))] * 2

    found = [readings(items)[0] for items in feed_told(driver, stuck + moving)]

    frozen = [second for second, reading in enumerate(found) if Flag.FROZEN in reading.flags]
    limit = {"viatom_aa55": 6, "hrs": 120}.get(driver.family, 30)
    assert frozen[:-1] == list(range(limit, limit + len(frozen) - 1))
    assert frozen[-1] in (132, 133)  # AA55: its pleth moves after the first new numbers
    assert not any(found[second].valid for second in frozen)
    assert found[-1].valid


@EVERY
@given(said=st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=40), st.booleans()), max_size=12))
def test_any_bytes_on_any_characteristic_are_survived(
    driver: Driver, said: list[tuple[int, bytes, bool]]
) -> None:
    """Nothing raises out of a decoder or an encoder, and what comes out is possible."""
    decoder, encoder = driver.decoder(), driver.encoder()
    known = [*driver.subscribe, *driver.read, viatom_oxy.WRITE, "", "unknown"]

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
    """Any record, whatever its flags promise, is a reading or a counted bad one."""
    decoder = driver.decoder()

    decoded = decoder.feed(driver.subscribe[0], record, at(0))

    assert len(decoded) == decoder.counts.frames
    assert decoder.counts.frames + decoder.counts.resyncs == 1


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
