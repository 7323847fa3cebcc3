"""Acquisition: one supervised task per bound device: find, connect, subscribe, feed, watch, back off.

A link that says it is up proves nothing (bleak 3.1 does not notice a killed bluetoothd, and its
`start_notify` and `disconnect` have no time-out: reliability.md 1E). What counts is data: the first
sign of a living clip within 25 s of the beginning of an attempt, then never 8 s without one, whatever
the radio says. Deadlines are of our own, on the session's clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from functools import partial

import structlog

from collector.attempt import Attempt
from collector.clock import SECOND
from collector.device import ADAPTER_DOWN, Advertisement, Device, DeviceStatus, LinkState
from collector.devices.base import Driver
from collector.errors import LinkLost, NeedsHelp, RadioDown, Unavailable
from collector.intake import STALL_S, Memory, Surroundings
from collector.reading import Flag
from collector.session import Phase, Session
from collector.supervision import GOOD_S, BackOff, Policy, Supervisor, run_until, within

log = structlog.get_logger(__name__)

LONGEST_STALL_S = 64.0
HEAR_S = 10.0  # how long an advertisement is waited for before connecting is tried all the same


async def acquire(device: Device, around: Surroundings, *, driver: Driver | None = None) -> None:
    """Bring in the readings of `device` until cancelled.

    Readings and changes of the link go to `around.recording`, pleth to `around.pleth`. Without `driver`
    the services found choose it. Failures of radio and device are met with another attempt and never
    raised.
    """
    await _Acquisition(device, around, driver).run()


class Acquisitions:
    """The acquisitions of a session: exactly one for each device that is bound."""

    def __init__(self, group: Supervisor, around: Surroundings) -> None:
        self._group = group
        self._around = around
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def follow(self, session: Session | None, also: Iterable[Device] = ()) -> None:
        """Begin what `session` binds now, end what it does not; to be called when bindings change.

        Devices in `also` are acquired although nobody wears them. Being bound then changes nothing for
        the link of a device, so that its readings go on.
        """
        bound = {device.address: device for device in also} | dict(_bound(session))
        for address in [address for address in self._tasks if address not in bound]:
            self._tasks.pop(address).cancel()
        for address, device in bound.items():
            if address not in self._tasks:
                self._tasks[address] = self._group.start(
                    f"acquire {address}", partial(acquire, device, self._around), policy=Policy.RESTART
                )


def _bound(session: Session | None) -> Mapping[str, Device]:
    if session is None or session.phase is Phase.ENDED:
        return {}
    return {
        held.device: Device(address=held.device, name=held.name, family=held.family)
        for held in session.bindings.values()
    }


class _Acquisition:
    """The attempts at one device, one after the other, and what is learned between them."""

    def __init__(self, device: Device, around: Surroundings, driver: Driver | None) -> None:
        self._device = device
        self._around = around
        self._driver = driver
        self._memory = Memory()
        self._back_off = BackOff(around.random)
        self._link: LinkState | None = None
        self._asked = ""  # what a person was told last: no radio, or what to do with the clip
        self._was_connected = False

    async def run(self) -> None:
        self._report(LinkState.CONNECTING)
        while True:
            attempt = Attempt(
                self._device,
                self._around,
                self._memory,
                driver=self._driver,
                connected=partial(self._report, LinkState.CONNECTED),
            )
            why, asks = await self._live(attempt)
            log.debug("attempt over", device=self._device.address, why=why)
            self._was_connected = self._was_connected or attempt.connected
            self._report(LinkState.LOST if self._was_connected else LinkState.SEARCHING, why, asks=asks)
            self._learn(attempt)
            await self._pause(attempt)

    async def _live(self, attempt: Attempt) -> tuple[str, bool]:
        """Why the attempt is over, and whether that is something for people to do."""
        clock, name = self._around.clock, f"link {self._device.address}"
        try:
            await run_until(clock, attempt.due, attempt.run(), name=name, late=attempt.close)
        except TimeoutError:
            return attempt.overdue, False
        except RadioDown:
            return ADAPTER_DOWN, True
        except (LinkLost, Unavailable) as failure:
            return str(failure), isinstance(failure, NeedsHelp)
        finally:
            attempt.close()
        return "link lost", False

    def _learn(self, attempt: Attempt) -> None:
        """A clip that talks without saying anything (stuck) is torn down less and less often."""
        if attempt.good_s >= GOOD_S:
            self._back_off.reset()
        if attempt.talked_vainly:
            self._memory.stall_s = min(LONGEST_STALL_S, self._memory.stall_s * 2)
        else:
            self._memory.stall_s = STALL_S

    async def _pause(self, attempt: Attempt) -> None:
        """Wait before the next attempt: longer when nobody wears the clip or it is none of ours."""
        clock = self._around.clock
        nobody = attempt.strange or Flag.FINGER_OFF in self._memory.flags
        pause_s = self._back_off.longest_s() if nobody else self._back_off.next_s()
        await clock.sleep_until(clock.now().running_ns + int(pause_s * SECOND))
        if not attempt.connected:
            await self._hear()

    async def _hear(self) -> None:
        """Wait for an advertisement of the device, but not for ever."""
        heard = _heard(self._around.radio.advertisements(), self._device.address)
        try:
            await within(self._around.clock, HEAR_S, heard, name=f"hear {self._device.address}")
        except (TimeoutError, LinkLost, Unavailable):
            return

    def _report(self, link: LinkState, why: str = "", *, asks: bool = False) -> None:
        """Tell a change of the link; another reason for the same state is none, unless it asks people."""
        if link is self._link and (not asks or why == self._asked):
            return
        self._link, self._asked = link, why if asks else ""
        self._around.recording.status(
            DeviceStatus(
                at=self._around.clock.now(),
                device=self._device.address,
                link=link,
                why=why,
                battery=self._memory.battery,
                extra={"ask": why} if asks and why != ADAPTER_DOWN else {},
            )
        )


async def _heard(advertisements: AsyncGenerator[Advertisement, None], address: str) -> None:
    async with aclosing(advertisements):
        async for advertisement in advertisements:
            if advertisement.address == address:
                return
