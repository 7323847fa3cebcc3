"""Device families: bytes in, readings out; pure and synchronous.

Each family is one file with its byte table and source on top, `Decoder` (host side) and `Encoder`
(oximeter side, for the simulator and round-trip tests) side by side, and a `DRIVER` value. `DRIVERS` is
the registry, in matching order: the first driver that recognises the services found on the link wins.
`framing`, `crc8`, `sums`, `sfloat`, `repetition` and `flatline` are what families share; `hints` reads
advertised names.
"""

from collections.abc import Callable

from collector.device import Advertisement
from collector.devices import (
    bas,
    berry_bci,
    contec,
    fe_accurate,
    hints,
    hrs,
    innovo,
    jks50f,
    jumper,
    masimo,
    nonin,
    plx,
    taidoc,
    viatom_aa55,
    viatom_oxy,
    viatom_oxy_files,
    viatom_oxyii,
    viatom_oxyii_files,
    ws20a,
)
from collector.devices.base import Decoder, Driver
from collector.devices.stored import Fetches

# Order of reference protocols, 2.2: own services first, shared services with a name, heart rate last.
DRIVERS: tuple[Driver, ...] = (
    viatom_oxyii.DRIVER,
    viatom_oxy.DRIVER,
    nonin.DRIVER,
    masimo.DRIVER,
    jumper.DRIVER,
    berry_bci.DRIVER,
    contec.DRIVER,
    plx.DRIVER,
    viatom_aa55.DRIVER,
    innovo.DRIVER,
    fe_accurate.DRIVER,
    jks50f.DRIVER,
    ws20a.DRIVER,
    taidoc.DRIVER,
    hrs.DRIVER,
)

# Everything that a capture file may be decoded as.
DECODERS: dict[str, Callable[[], Decoder]] = {
    **{driver.family: driver.decoder for driver in DRIVERS},
    bas.FAMILY: bas.Decoder,
}

# The families whose clips keep recordings that can be downloaded.
FETCHES: dict[str, Fetches] = {
    viatom_oxy.FAMILY: viatom_oxy_files.Fetch,
    viatom_oxyii.FAMILY: viatom_oxyii_files.Fetch,
}


def by_services(
    services: frozenset[str],
    *,
    name: str | None,
    characteristics: frozenset[str] | None = None,
) -> Driver | None:
    """The driver for a link with these services; None for no known family.

    `name` is the advertised one; None means that a person chose this device, so that the services
    alone decide (resellers rename devices, and checksums guard the numbers). `characteristics`, where
    they are known, must hold one to listen to: that tells families apart that share a service.
    """
    return next(
        (
            driver
            for driver in DRIVERS
            if driver.recognises(services)
            and (name is None or _named(driver, name))
            and (characteristics is None or characteristics.intersection(driver.subscribe))
        ),
        None,
    )


def of_chosen(services: frozenset[str], *, name: str, characteristics: frozenset[str]) -> Driver | None:
    """The driver for the link of a device that a person bound to a seat; None for no known family.

    Resellers rename devices: a name that hints at nothing does not stand against the services. One that
    hints at another family does.
    """
    found = by_services(services, name=name or None, characteristics=characteristics)
    if found is None and hints.family(Advertisement(address="", name=name)) is None:
        return by_services(services, name=None, characteristics=characteristics)
    return found


def _named(driver: Driver, name: str) -> bool:
    return not driver.name_decides or driver.matches(Advertisement(address="", name=name))


def by_family(family: str) -> Driver | None:
    """The driver of a family id; None for an unknown one."""
    return next((driver for driver in DRIVERS if driver.family == family), None)


def by_hint(heard: Advertisement) -> Driver | None:
    """The first driver that an advertisement hints at: for ranking candidates, never for decoding."""
    return next((driver for driver in DRIVERS if driver.matches(heard)), None)
