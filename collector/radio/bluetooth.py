"""BluetoothRadio: the Radio of this computer's adapter, through bleak.

One scan runs for as long as the adapter does (`upkeep`), one connection is made at a time (`turns`), and
before a try that follows failed ones the `ladder` says what to do first. What others call connected counts
for nothing: whoever uses a link watches for valid readings.
"""

import contextlib
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import structlog
from bleak.backends.device import BLEDevice

from collector.clock import SECOND, Clock
from collector.device import Advertisement
from collector.errors import LinkLost, NeedsHelp, RadioDown
from collector.radio.adapter import Trouble
from collector.radio.base import Link
from collector.radio.bluetooth_link import BluetoothLink
from collector.radio.hearing import Hearing
from collector.radio.host import Host
from collector.radio.ladder import Rung, is_exhausted, rung
from collector.radio.scanner import Scanner
from collector.radio.settings import RadioSettings
from collector.radio.turns import Claim, Turns
from collector.radio.upkeep import Upkeep
from collector.supervision import either, within

if sys.platform == "linux":
    from collector.radio.bluez import BlueZ

    def _host(clock: Clock) -> Host:
        """What this system shows of its Bluetooth."""
        return BlueZ(clock)

else:
    from collector.radio.host import BareHost

    def _host(_clock: Clock) -> Host:
        """What this system shows of its Bluetooth: nothing."""
        return BareHost()


log = structlog.get_logger(__name__)

# A first discovery of services takes up to 20 s (reliability.md row 27), a later one about one; a clip that
# has not been heard lately is tried only shortly, because the others wait meanwhile.
FIRST_CONNECT_S, CONNECT_S, UNHEARD_S = 20.0, 10.0, 5.0
LATELY_S = 15.0
HEAR_S = 3.0  # a clip that was forgotten advertises again within one
# Who was asked for so lately is looked for (acquisition tries every 15 s at the slowest).
ASKED_NS = 60 * SECOND
# A link counts as used by others for so long after its newest notification (the stall timer).
FRESH_NS = 8 * SECOND
ABSENT_S = 30.0  # reliability.md row 32
NEVER = -1

ABSENT = (
    "not heard for half a minute: close the app of its maker on all phones, wake it by its button or a "
    "finger, charge it"
)
REFUSES = "it is there and every connection fails: switch it off and on, or take its battery out"


@dataclass(slots=True)
class Known:
    """What is remembered of a device that was asked for; times in running ns."""

    since_ns: int  # asked for the first time
    asked_ns: int = NEVER
    lost_ns: int = NEVER  # the end of the newest link
    data_ns: int = NEVER  # newest notification
    failures: int = 0
    helped: int = 0  # the count of failures at which the ladder has acted
    connected_before: bool = False
    acquire: bool = False  # notifications by AcquireNotify, after StartNotify gave none


class BluetoothRadio:
    """A Radio on Bluetooth Low Energy; `run` keeps it in working order and has to run."""

    def __init__(
        self, clock: Clock, settings: RadioSettings | None = None, *, host: Host | None = None
    ) -> None:
        self.settings = settings or RadioSettings()
        self._clock = clock
        self._hearing: Hearing[BLEDevice] = Hearing(clock)
        self._turns = Turns()
        self._known: dict[str, Known] = {}
        self._links: dict[str, BluetoothLink] = {}
        self._host = host or _host(clock)
        self._scanner = Scanner(clock, self._hearing.heard)
        self._upkeep = Upkeep(
            host=self._host,
            scan=self._scanner,
            clock=clock,
            settings=self.settings,
            void=self._void,
            looked_for=self._looks_for_somebody,
            alone=self._is_idle,
        )

    @property
    def slots(self) -> int | None:
        """How many clips the adapter carries at once, where somebody said so."""
        return self.settings.slots

    @property
    def trouble(self) -> Trouble | None:
        """Why no clip can be reached; None while clips can be."""
        return self._upkeep.trouble

    async def run(self) -> None:
        """Watch over adapter, service and scan until cancelled; all links are over then."""
        try:
            await either(
                self._host.run(self._upkeep.news),
                self._upkeep.run(),
                clock=self._clock,
                name="bluetooth",
            )
        finally:
            self._void("the station stops")

    async def looked(self) -> None:
        """Wait until `trouble` is known."""
        await self._upkeep.looked.wait()

    def advertisements(self) -> AsyncGenerator[Advertisement, None]:
        return self._hearing.advertisements()

    @asynccontextmanager
    async def connect(
        self, address: str, *, begun: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Link]:
        now = self._clock.now().running_ns
        known = self._known.setdefault(address, Known(since_ns=now))
        known.asked_ns = now
        async with self._turns.mine(partial(self._claim, address)):
            begun()
            await self.looked()
            link = await self._open(address, known)
        try:
            yield link
        finally:
            await self._close(link, known)

    async def _open(self, address: str, known: Known) -> BluetoothLink:
        """A link that stands."""
        self._check(address)
        await self._help(address, known)
        device = await self._find(address, known)
        link = self._links[address] = BluetoothLink(address, self._clock, acquire=known.acquire)
        try:
            await self._connect(link, device, known)
        except (LinkLost, TimeoutError) as failure:
            await self._leave(link)
            raise self._failed(address, known) from failure
        except BaseException:
            await self._leave(link)
            raise
        known.connected_before = True
        return link

    async def _connect(self, link: BluetoothLink, device: BLEDevice, known: Known) -> None:
        """Connect within the time that this device is worth; one that was not heard gives way."""
        heard = self._is_heard(link.address, known)
        works = [link.open(device), link.gone(), *([] if heard else [self._give_way()])]
        limit_s = UNHEARD_S
        if heard:
            limit_s = CONNECT_S if known.connected_before else FIRST_CONNECT_S
        opening = either(*works, clock=self._clock, name=f"open {link.address}")
        await within(self._clock, limit_s, opening, name=f"connect {link.address}")

    async def _give_way(self) -> None:
        await self._turns.pressed()
        raise LinkLost("another clip was heard")

    def _check(self, address: str) -> None:
        """Refuse what cannot be."""
        if self.trouble is not None:
            raise RadioDown(self.trouble.sentence)
        if address in self._links:
            raise LinkLost("The clip is connected already.")
        if self.settings.slots is not None and len(self._links) >= self.settings.slots:
            raise NeedsHelp(
                f"this adapter carries {self.settings.slots} clips at once, and they are there"
            )

    async def _help(self, address: str, known: Known) -> None:
        """Do once what the ladder says after so many failures."""
        action = rung(known.failures, alone=self._is_idle())
        if action is None or known.helped == known.failures:
            return
        known.helped = known.failures
        log.info("ladder", device=address, rung=action.name, failures=known.failures)
        match action:
            case Rung.RETRY:
                pass
            case Rung.DISCONNECT:
                await self._host.disconnect(address)
            case Rung.REMOVE:
                await self._host.remove(address)
                self._hearing.forget(address)
                with contextlib.suppress(TimeoutError):
                    await within(self._clock, HEAR_S, self._hearing.hear(address), name="hear anew")
            case Rung.RESTART_SCAN:
                await self._upkeep.restart_scan()
            case Rung.POWER_CYCLE:
                await self._upkeep.power_cycle()
                raise LinkLost("the adapter was switched off and on")
            case _:
                assert_never(action)

    async def _find(self, address: str, known: Known) -> BLEDevice:
        """What to connect to; a device that has a link already cannot be heard."""
        if not self._scanner.knows(address):
            self._hearing.forget(address)
        device = self._hearing.found(address)
        if device is None:
            if await self._host.disconnect(address):
                raise LinkLost("a link that was left behind has been ended")
            raise self._failed(address, known)
        return device

    def _is_heard(self, address: str, known: Known) -> bool:
        """Whether it was heard lately, and since its last link: while it had that, it was silent."""
        quiet_s = self._hearing.quiet_s(address)
        since_s = (self._clock.now().running_ns - known.lost_ns) / SECOND
        return quiet_s <= min(LATELY_S, since_s)

    def _failed(self, address: str, known: Known) -> LinkLost:
        """What to say of a failed try; it counts only if the device was there."""
        if self._is_heard(address, known):
            known.failures += 1
            if is_exhausted(known.failures):
                return NeedsHelp(REFUSES)
            return LinkLost("it does not connect")
        now, quiet_s = self._clock.now().running_ns, self._hearing.quiet_s(address)
        absent_s = min(quiet_s, (now - max(known.since_ns, known.lost_ns)) / SECOND)
        return NeedsHelp(ABSENT) if absent_s >= ABSENT_S else LinkLost("not heard lately")

    async def _close(self, link: BluetoothLink, known: Known) -> None:
        """End a link and learn from it; one that gave nothing is a failure, however well it stood."""
        await self._leave(link)
        known.lost_ns = self._clock.now().running_ns
        if link.newest_ns is not None:
            known.data_ns, known.failures, known.helped = link.newest_ns, 0, 0
            return
        known.failures = max(known.failures, min(known.failures + 1, Rung.REMOVE))
        if link.subscribed:
            known.acquire = not known.acquire

    async def _leave(self, link: BluetoothLink) -> None:
        try:
            await link.close()
        finally:
            if self._links.get(link.address) is link:
                del self._links[link.address]

    def _void(self, why: str) -> None:
        """Whatever stood does not stand any more, and everybody has to be heard anew."""
        self._hearing.forget()
        for link in list(self._links.values()):
            link.end(why)

    def _claim(self, address: str) -> Claim:
        known = self._known[address]
        return not self._is_heard(address, known), known.data_ns

    def _is_idle(self) -> bool:
        """Whether no link brings anything at present."""
        oldest = self._clock.now().running_ns - FRESH_NS
        return not any((link.newest_ns or NEVER) >= oldest for link in self._links.values())

    def _looks_for_somebody(self) -> bool:
        oldest = self._clock.now().running_ns - ASKED_NS
        return any(
            known.asked_ns >= oldest and address not in self._links
            for address, known in self._known.items()
        )
