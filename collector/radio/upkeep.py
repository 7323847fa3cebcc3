"""Upkeep: keeps one adapter at work: there, switched on, ours alone, and hearing something.

Looks once a second and whenever the Bluetooth service has news. Whatever makes former links void (the
service began anew, another adapter, the computer slept) is told through `void`.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import structlog

from collector.clock import SECOND, Clock
from collector.devices import by_hint
from collector.radio.adapter import Adapter, Trouble, choose
from collector.radio.claim import Claims
from collector.radio.host import Host
from collector.radio.settings import RadioSettings
from collector.supervision import within

log = structlog.get_logger(__name__)

LOOK_S = 1.0
# A look that comes so late means that the computer slept, or this process was stopped.
SLEPT_S = 10.0
ACTION_S = 15.0  # several calls to the Bluetooth service, 5 s each at the most
SWITCH_ON_AGAIN_S = 30.0
# A clip advertises several times a second, so a scan that hears nobody is restarted after 20 s, and the
# adapter power-cycled after 40 s (reliability.md row 6); then the patience doubles, up to five minutes.
DEAF_S, MOST_PATIENT_S = 20.0, 300.0
OFF_S = 0.5  # between switching off and on; USB adapters want a moment


class Scan(Protocol):
    """What is needed of the scanner."""

    @property
    def running(self) -> bool: ...

    @property
    def quiet_s(self) -> float: ...

    @property
    def hears(self) -> bool: ...

    async def start(self, adapter: Adapter | None) -> Trouble | None: ...

    async def stop(self) -> None: ...

    def begin_anew(self) -> None: ...


class Upkeep:
    """The state of the adapter. `trouble` is why no clip can be reached; None while clips can be."""

    def __init__(  # noqa: PLR0913 - its neighbours, each by name
        self,
        *,
        host: Host,
        scan: Scan,
        clock: Clock,
        settings: RadioSettings,
        void: Callable[[str], None],
        looked_for: Callable[[], bool],
        alone: Callable[[], bool],
    ) -> None:
        self.trouble: Trouble | None = None
        self.adapter: Adapter | None = None
        self.looked = asyncio.Event()  # the state is known
        self._host, self._scan, self._clock, self._settings = host, scan, clock, settings
        self._void, self._looked_for, self._alone = void, looked_for, alone
        self._claims = Claims()
        self._news = asyncio.Event()
        self._busy = asyncio.Lock()
        self._generation: int | None = None
        self._deaf = 0  # how often something was done about a scan that hears nobody
        self._switched_on_ns: int | None = None
        self._swept = False

    async def run(self) -> None:
        """Keep the adapter at work until cancelled."""
        await self._news.wait()
        try:
            while True:
                self._news.clear()
                async with self._busy:
                    await self._look()
                self.looked.set()
                await self._wait()
        finally:
            await self._scan.stop()
            self._claims.release()

    def news(self) -> None:
        """The Bluetooth service has changed."""
        self._news.set()

    async def restart_scan(self) -> None:
        """Stop scanning and begin again."""
        async with self._busy:
            await self._restart_scan()

    async def power_cycle(self) -> None:
        """Switch the adapter off and on, unless others have links: they would lose them."""
        async with self._busy:
            await self._power_cycle()

    async def _restart_scan(self) -> None:
        log.info("scan restarts")
        await self._scan.stop()
        await self._begin()

    async def _power_cycle(self) -> None:
        if self.adapter is None or not self._alone():
            return
        log.info("adapter is switched off and on", adapter=self.adapter.name)
        self._void("the adapter was switched off and on")
        await self._scan.stop()
        await self._host.power(self.adapter.address, on=False)
        await self._clock.sleep_until(self._now + int(OFF_S * SECOND))
        await self._host.power(self.adapter.address, on=True)

    async def _wait(self) -> None:
        """Until the next look; coming back far too late means that the computer slept."""
        before = self._now
        with contextlib.suppress(TimeoutError):
            await within(self._clock, LOOK_S, self._news.wait(), name="news of the adapter")
        if self._now - before > (LOOK_S + SLEPT_S) * SECOND:
            await self._renew("the computer slept")

    async def _look(self) -> None:
        view = self._host.view
        if view.generation != self._generation:
            if self._generation is not None:
                self._scan.begin_anew()
                await self._renew("the Bluetooth service began anew")
            self._generation, self._swept = view.generation, False
        adapter, trouble = choose(view, wanted=self._settings.adapter, is_free=self._claims.take)
        if adapter != self.adapter and self.adapter is not None:
            await self._renew("the adapter is another one, or off")
        self.adapter = adapter
        if trouble is not None:
            await self._scan.stop()
            self._say(trouble)
            await self._switch_on()
        elif not self._scan.running:
            await self._begin()
        else:
            await self._listen()

    async def _renew(self, why: str) -> None:
        log.info("all links are void", why=why)
        self._void(why)
        await self._scan.stop()

    async def _begin(self) -> None:
        """Start scanning, the first time after ending what a former run left behind."""
        if not self._swept:
            await self._sweep()
            self._swept = True
        self._say(await self._scan.start(self.adapter))

    async def _sweep(self) -> None:
        """End links that a crashed run left standing: a clip that is connected does not advertise."""
        for heard in await self._host.connected():
            if by_hint(heard) is not None:
                log.info("a link of a former run is ended", device=heard.address)
                await self._host.disconnect(heard.address)

    async def _listen(self) -> None:
        """Do something about a scan that hears nobody while somebody is looked for."""
        if self._scan.hears:
            self._deaf = 0
        patience_s = DEAF_S if self._deaf < 2 else min(MOST_PATIENT_S, DEAF_S * 2 ** (self._deaf - 1))
        if self._scan.quiet_s >= patience_s and self._looked_for():
            self._deaf += 1
            await (self._restart_scan() if self._deaf % 2 else self._power_cycle())

    async def _switch_on(self) -> None:
        """Switch on an adapter that is off while people wear clips, now and then."""
        due = self._switched_on_ns is None or (
            self._now - self._switched_on_ns >= SWITCH_ON_AGAIN_S * SECOND
        )
        if self.trouble is Trouble.OFF and self.adapter is not None and self._looked_for() and due:
            self._switched_on_ns = self._now
            log.info("adapter is switched on", adapter=self.adapter.name)
            await self._host.power(self.adapter.address, on=True)

    def _say(self, trouble: Trouble | None) -> None:
        if trouble is not self.trouble:
            log.info("radio is down" if trouble else "radio is up", why=trouble and trouble.name)
        self.trouble = trouble

    @property
    def _now(self) -> int:
        return self._clock.now().running_ns
