"""Acquisition: one supervised task per bound device: find, connect, subscribe, feed, watch, back off.

A link that says it is up proves nothing (bleak 3.1 does not notice a killed bluetoothd, and its
`start_notify` and `disconnect` have no time-out: reliability.md 1E). What counts is data: the first
statement of a living clip within 25 s of the beginning of an attempt, then never 8 s without one, whatever the radio
says. So every call to the radio runs under a deadline of our own, on the session's clock.
"""

from asyncio import Task
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import cast

import structlog

from collector.clock import SECOND, Clock
from collector.device import Advertisement, Device, DeviceStatus, LinkState
from collector.devices import by_family, by_services
from collector.devices.base import Driver, Poll, Write
from collector.errors import LinkLost, Unavailable
from collector.intake import Intake, Memory, Recording, TakePleth
from collector.radio.base import Link, Radio
from collector.reading import Flag
from collector.session import Phase, Session
from collector.supervision import GOOD_S, BackOff, Policy, Supervisor, either, run_until, within

log = structlog.get_logger(__name__)

FIRST_S = 25.0  # connect + discovery + subscribe + first statement (reliability.md row 21)
STALL_S = 8.0  # then never so long without one (row 35)
LONGEST_STALL_S = 64.0
DISCONNECT_S = 10.0
START_REPLY_S = 3.0  # a request at the start may have a long reply (O2 information: 26 notifications)
HEAR_S = 10.0  # how long an advertisement is waited for before connecting is tried all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every acquisition works with; `random` gives the jitter of the pauses."""

    radio: Radio
    recording: Recording
    clock: Clock
    random: Random
    pleth: TakePleth | None = None


async def acquire(device: Device, around: Surroundings, *, driver: Driver | None = None) -> None:
    """Bring in the readings of `device` until cancelled.

    Readings and changes of the link go to `around.recording`, pleth to `around.pleth`. `driver` None: chosen
    by the services found. Failures of radio and device are met with another attempt and never raised.
    """
    await _Acquisition(device, around, driver).run()


class Acquisitions:
    """The acquisitions of a session: exactly one for each device that is bound."""

    def __init__(self, group: Supervisor, around: Surroundings) -> None:
        self._group = group
        self._around = around
        self._tasks: dict[str, Task[None]] = {}

    def follow(self, session: Session | None) -> None:
        """Begin what `session` binds now and end what it does not; call it after every change of bindings."""
        bound = _bound(session)
        for address in [address for address in self._tasks if address not in bound]:
            self._tasks.pop(address).cancel()
        for address, device in bound.items():
            if address not in self._tasks:
                work = partial(acquire, device, self._around)
                name = f"acquire {address}"
                self._tasks[address] = self._group.start(name, work, policy=Policy.RESTART)


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
        self._reported: tuple[LinkState, str] | None = None
        self._was_connected = False
        self._stall_s = STALL_S

    async def run(self) -> None:
        self._report(LinkState.CONNECTING)
        while True:
            attempt = _Attempt(self._device, self._around, self._driver, self._memory, self._stall_s)
            attempt.when_connected = partial(self._report, LinkState.CONNECTED)
            why = await self._run(attempt)
            log.debug("link ended", device=self._device.address, why=why)
            self._was_connected = self._was_connected or attempt.connected
            self._report(LinkState.LOST if self._was_connected else LinkState.SEARCHING, why)
            self._learn(attempt)
            await self._pause(attempt)

    async def _run(self, attempt: "_Attempt") -> str:
        """Why the attempt is over."""
        clock = self._around.clock
        name = f"link {self._device.address}"
        try:
            return await run_until(
                clock, attempt.due, attempt.run(), name=name, clean_up_s=DISCONNECT_S
            )
        except TimeoutError:
            return attempt.overdue
        except (LinkLost, Unavailable) as failure:
            return str(failure)
        finally:
            attempt.close()

    def _learn(self, attempt: "_Attempt") -> None:
        """A clip that talks without a number (finger gone, stuck) is torn down less and less often."""
        if attempt.good_s >= GOOD_S:
            self._back_off.reset()
        if attempt.talked_vainly:
            self._stall_s = min(LONGEST_STALL_S, self._stall_s * 2)
        elif attempt.good_s > 0:
            self._stall_s = STALL_S

    async def _pause(self, attempt: "_Attempt") -> None:
        clock = self._around.clock
        nobody = not attempt.known or Flag.FINGER_OFF in self._memory.flags
        pause_s = self._back_off.longest_s() if nobody else self._back_off.next_s()
        await clock.sleep_until(clock.now().running_ns + int(pause_s * SECOND))
        if not attempt.connected:
            await self._hear()

    async def _hear(self) -> None:
        """Wait for an advertisement of the device, but not for ever."""
        heard = self._around.radio.advertisements()
        try:
            await within(
                self._around.clock,
                HEAR_S,
                _heard(heard, self._device.address),
                name=f"hear {self._device.address}",
            )
        except (TimeoutError, LinkLost, Unavailable):
            return

    def _report(self, link: LinkState, why: str = "") -> None:
        """Tell a change of the link; the reason alone is no change."""
        if self._reported is not None and self._reported[0] is link:
            return
        self._reported = (link, why)
        self._around.recording.status(
            DeviceStatus(
                at=self._around.clock.now(),
                device=self._device.address,
                link=link,
                why=why,
                battery=self._memory.battery,
            )
        )
