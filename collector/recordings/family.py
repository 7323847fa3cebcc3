"""Which device family a capture file came from."""

from pathlib import Path

from collector.device import Advertisement
from collector.devices import DECODERS, DRIVERS, bas, by_services, hints
from collector.errors import BadInput
from collector.recordings.capture import Capture


def family_of(file: Path, taken: Capture) -> str:
    """The family id: by services, else by name, else by the characteristics that spoke.

    Raises:
        BadInput: none of them is known.
    """
    heard = Advertisement(address=taken.address, name=taken.name, services=taken.services)
    spoke = frozenset(moment.characteristic for moment in taken.moments if not moment.sent)
    driver = by_services(taken.services, name=taken.name, characteristics=spoke or None)
    if driver is not None:
        return driver.family
    if (hinted := hints.family(heard)) in DECODERS:
        return str(hinted)
    for known in DRIVERS:
        if spoke & set(known.subscribe) - {bas.LEVEL}:
            return known.family
    if bas.LEVEL in spoke:
        return bas.FAMILY
    raise BadInput(f"{file} does not tell its device family: name one with --family.")
