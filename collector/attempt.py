"""Attempt: one connection to one device from connect to disconnect, and the deadline it lives under."""

from collections.abc import Callable
from itertools import count

from collector.clock import SECOND
from collector.device import Device
from collector.devices import of_chosen
from collector.devices.base import Driver, Poll, Write
from collector.errors import LinkLost, Unavailable
from collector.intake import Intake, Memory, Surroundings
from collector.radio.base import Link
from collector.supervision import either, within

FIRST_S = 25.0  # connect + discovery + subscribe + first statement (reliability.md row 21)
# The turn to connect comes after those of everybody else on the adapter, each bounded by the radio.
TURN_S = 300.0
DISCONNECT_S = 10.0
UNREADABLE = "it sends what no driver here can read (a newer, encrypted model?)"
PIECES_APART_S = 0.03  # pieces of one command go out 20-50 ms apart (protocols.md 2.8)


class Attempt:
    """Everything about one connection; a new one is made for each.

    `due` is the running time by which the next sign of life must have come: `FIRST_S` after the turn to
    connect has come (`TURN_S` for the turn), then the memory's `stall_s` after the last one. It covers
    every call to the radio, since a call that hangs lets nothing come.
    """

    def __init__(
        self,
        device: Device,
        around: Surroundings,
        memory: Memory,
        *,
        driver: Driver | None = None,
        connected: Callable[[], None] = lambda: None,
    ) -> None:
        self.connected = False
        self.strange = False  # nothing on it that we can read
        self._device = device
        self._around = around
        self._clock = around.clock
        self._memory = memory
        self._driver = driver
        self._tell_connected = connected
        self._intake: Intake | None = None
        self._over = False
        self._waited_ns = around.clock.now().running_ns
        self._began_ns: int | None = None  # the turn to connect came
        self._leaving_ns: int | None = None
        self._ended_by = ""

    @property
    def good_s(self) -> float:
        """Seconds from the first to the last sign of life."""
        return self._intake.good_s if self._intake else 0.0

    @property
    def talked_vainly(self) -> bool:
        """Whether the device talked at the end, but without a sign of life."""
        return self._intake is not None and self._intake.talks_vainly(self._clock.now().running_ns)

    @property
    def overdue(self) -> str:
        """What has not come when `due` has passed."""
        if self._ended_by:
            return f"{self._ended_by}; the radio does not disconnect"
        if self._began_ns is None:
            return "the radio is busy with other clips"
        if not self.connected:
            return f"no connection within {FIRST_S:g} s"
        if self._intake is None or self._intake.alive_ns is None:
            if self._intake is not None and self._intake.unreadable:
                return f"connected, but {UNREADABLE}"
            return f"connected, but no reading within {max(FIRST_S, self._memory.stall_s):g} s"
        return f"connected, but no reading for {self._memory.stall_s:g} s"

    def due(self) -> int:
        if self._leaving_ns is not None:
            return self._leaving_ns + int(DISCONNECT_S * SECOND)
        if self._began_ns is None:
            return self._waited_ns + int(TURN_S * SECOND)
        if self._intake is None or self._intake.alive_ns is None:
            return self._began_ns + int(max(FIRST_S, self._memory.stall_s) * SECOND)
        return self._intake.alive_ns + int(self._memory.stall_s * SECOND)

    def close(self) -> None:
        """The attempt is over, even if the radio has not noticed: what still comes is dropped."""
        self._over = True
        if self._intake is not None:
            self._intake.close()

    async def run(self) -> None:
        """Use a link until it ends, which raises `LinkLost` or `Unavailable` with the reason."""
        async with self._around.radio.connect(self._device.address, begun=self._begun) as link:
            try:
                await self._use(link)
            except (LinkLost, Unavailable) as failure:
                self._ended_by = str(failure)
                raise
            finally:
                self._leaving_ns = self._clock.now().running_ns

    def _begun(self) -> None:
        self._go_on()
        self._began_ns = self._clock.now().running_ns

    async def _use(self, link: Link) -> None:
        self._go_on()
        driver = self._driver or of_chosen(
            link.services, name=self._device.name, characteristics=link.characteristics
        )
        if driver is None or not link.characteristics.intersection(driver.subscribe):
            self.strange = True
            raise LinkLost("this is not an oximeter of a known family")
        intake = self._intake = Intake(
            self._device.address, driver.decoder(), self._around, self._memory
        )
        for characteristic in driver.subscribe:
            if characteristic in link.characteristics:
                await link.subscribe(characteristic, intake.receive)
                self._go_on()
        self.connected = True
        self._tell_connected()
        await self._start(link, driver, intake)
        if driver.poll is None:
            await _lost(link)
            return
        await either(
            _lost(link),
            self._poll(link, driver, driver.poll, intake),
            clock=self._clock,
            name=f"poll {self._device.address}",
        )

    async def _start(self, link: Link, driver: Driver, intake: Intake) -> None:
        for characteristic in driver.read:
            if characteristic in link.characteristics:
                value = await link.read(characteristic)
                intake.receive(characteristic, value, self._clock.now())
        for write in driver.start(self._clock.now().utc_ns):
            await self._ask(link, driver, write, intake)
        for write in driver.then(intake.decoder):
            await self._ask(link, driver, write, intake)

    async def _ask(self, link: Link, driver: Driver, write: Write, intake: Intake) -> None:
        """Write and wait for the reply, so that one request is in flight; no reply is no failure."""
        await self._send(link, driver, write, intake)
        try:
            await within(
                self._clock, write.reply_s, intake.reply(), name=f"start {self._device.address}"
            )
        except TimeoutError:
            return

    async def _send(self, link: Link, driver: Driver, write: Write, intake: Intake) -> None:
        """Write one command: here alone do writes leave, by the allow-list of the driver."""
        for number, piece in enumerate(driver.pieces(write)):
            if number:
                await self._sleep(PIECES_APART_S)
            self._go_on()
            if not number:
                intake.sent(write.data)
            await link.write(write.characteristic, piece, response=write.response)

    async def _poll(self, link: Link, driver: Driver, poll: Poll, intake: Intake) -> None:
        """Ask again and again, one request in flight; a late reply is noticed at the next."""
        misses = 0
        for number in count():
            if misses >= poll.misses:
                raise LinkLost(UNREADABLE if intake.unreadable else f"no reply to {misses} requests")
            asked_ns = self._clock.now().running_ns
            await self._send(link, driver, poll.request(number), intake)
            await self._clock.sleep_until(asked_ns + int(max(poll.every_s, poll.reply_s) * SECOND))
            answered_ns = intake.answered_ns
            late = answered_ns is None or answered_ns - asked_ns > poll.reply_s * SECOND
            misses = misses + 1 if late else 0

    def _go_on(self) -> None:
        """Leave when a call came back after the attempt was given up: another one has begun."""
        if self._over:
            raise LinkLost("too late")

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep_until(self._clock.now().running_ns + int(seconds * SECOND))


async def _lost(link: Link) -> None:
    raise LinkLost(await link.lost())
