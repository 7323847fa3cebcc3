"""Capturing: what one device says over the radio, kept as raw bytes for a capture file.

A device of a known family is written to as its driver says, by the driver's own allow-list, so that those
that only answer or need keeping alive speak as well. To an unknown one nothing is ever written: it is
listened to on every characteristic that lets itself be subscribed to.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from itertools import count

from collector.clock import SECOND, Clock, Instant
from collector.device import Advertisement
from collector.devices import by_services
from collector.devices.base import Decoder, Driver, Write
from collector.errors import LinkLost, Unavailable
from collector.radio.base import Link, Radio
from collector.recordings.capture import Capture, Heard, Moment
from collector.supervision import either, within

HEAR_S = 30.0
CONNECT_S = 60.0  # turn, connection, discovery
CALL_S = 10.0
MOST_MOMENTS = 500_000  # about an hour of the most talkative family; the capture ends there
MOST_ADVERTISEMENTS = 5_000  # a clip that puts its numbers into them says something new each second
PIECES_APART_S = 0.03  # as in a session (protocols.md 2.8)


class Tape:
    """What one link has carried so far; `family` is that of the driver in use, None for none.

    It can be made into a capture at any time, so that what is there is kept whatever happens next.
    """

    def __init__(self, clock: Clock) -> None:
        self.family: str | None = None
        self.services: frozenset[str] = frozenset()
        self.characteristics: frozenset[str] = frozenset()
        self.address = ""
        self.decoder: Decoder | None = None
        self.moments: list[Moment] = []
        self.advertisements: list[Heard] = []
        self._clock = clock
        self._began_ns = clock.now().running_ns

    @property
    def full(self) -> bool:
        """Whether no more is taken."""
        return len(self.moments) >= MOST_MOMENTS

    def take(self, characteristic: str, data: bytes, at: Instant) -> None:
        """One notification."""
        self._add(characteristic, data, at, sent=False)
        if self.decoder is not None:
            self.decoder.feed(characteristic, data, at)

    def sent(self, characteristic: str, data: bytes) -> None:
        """One write."""
        self._add(characteristic, data, self._clock.now(), sent=True)

    def overhear(self, heard: Advertisement) -> None:
        """One advertisement; only what is new in it is kept."""
        self.address = heard.address
        last = self.advertisements[-1] if self.advertisements else None
        makers = dict(heard.data)
        if last is not None and (last.name, last.services, last.makers) == (
            heard.name,
            heard.services,
            makers,
        ):
            return
        if len(self.advertisements) < MOST_ADVERTISEMENTS:
            new = Heard(t_s=self._now_s(), name=heard.name, services=heard.services, makers=makers)
            self.advertisements.append(new)

    def _now_s(self) -> float:
        return round((self._clock.now().running_ns - self._began_ns) / SECOND, 4)

    def _add(self, characteristic: str, data: bytes, at: Instant, *, sent: bool) -> None:
        if not self.full:
            t_s = round((at.running_ns - self._began_ns) / SECOND, 4)
            self.moments.append(Moment(t_s=t_s, characteristic=characteristic, data=data, sent=sent))

    def capture(self) -> Capture:
        """All of it, ready to be written."""
        return Capture(
            name=next((one.name for one in reversed(self.advertisements) if one.name), ""),
            address=self.address,
            services=self.services,
            moments=tuple(self.moments),
            advertised=frozenset().union(*(one.services for one in self.advertisements)),
            company=frozenset(company for one in self.advertisements for company in one.makers),
            characteristics=self.characteristics,
            heard=tuple(self.advertisements),
        )


async def record(radio: Radio, clock: Clock, address: str, tape: Tape, *, seconds: float) -> None:
    """Fill `tape` with what the device at `address` says in `seconds` from the connection on.

    Raises `Unavailable` when it is not heard, does not connect or has nothing to listen to. A link that is
    lost ends the capture; what came until then is on the tape.
    """
    try:
        heard = await within(clock, HEAR_S, _hear(radio, address), name="hear")
    except TimeoutError as failure:
        raise Unavailable(
            f"{address} was not heard in {HEAR_S:g} s: wake it with a finger, close its maker's app, "
            "come nearer."
        ) from failure
    tape.overhear(heard)
    works = _listen(radio, clock, heard, tape, seconds), _overhear(radio, address, tape)
    listening = either(*works, clock=clock, name="capture")
    try:
        await within(clock, CONNECT_S + seconds, listening, name="capture")
    except (LinkLost, TimeoutError) as failure:
        if not tape.moments:
            lost = isinstance(failure, LinkLost)
            why = str(failure) if lost else f"it did not connect in {CONNECT_S:g} s."
            raise Unavailable(f"{address} gave nothing: {why}") from failure


async def _hear(radio: Radio, address: str) -> Advertisement:
    heard: AsyncGenerator[Advertisement, None] = radio.advertisements()
    async with aclosing(heard):
        async for advertisement in heard:
            if advertisement.address.lower() == address.lower():
                return advertisement
    raise LinkLost("The radio does not listen.")


async def _overhear(radio: Radio, address: str, tape: Tape) -> None:
    """What it goes on sending until it is connected; some never are and say all of it so."""
    heard: AsyncGenerator[Advertisement, None] = radio.advertisements()
    async with aclosing(heard):
        async for advertisement in heard:
            if advertisement.address.lower() == address.lower():
                tape.overhear(advertisement)
    await asyncio.Event().wait()  # whoever hears no more does not end the capture


async def _listen(radio: Radio, clock: Clock, heard: Advertisement, tape: Tape, seconds: float) -> None:
    async with radio.connect(heard.address) as link:
        tape.services, tape.characteristics = link.services, link.characteristics
        driver = by_services(
            link.services, name=heard.name or None, characteristics=link.characteristics
        )
        if driver is not None:
            tape.family, tape.decoder = driver.family, driver.decoder()
        await _subscribe(link, clock, tape)
        works = [_lost(link), _until(clock, clock.now().running_ns + int(seconds * SECOND), tape)]
        if driver is not None:
            works.append(_drive(link, clock, tape, driver))
        await either(*works, clock=clock, name="capture")


async def _subscribe(link: Link, clock: Clock, tape: Tape) -> None:
    """Listen wherever it is possible; what cannot notify says so by refusing."""
    listening = 0
    for characteristic in sorted(link.characteristics):
        subscribing = link.subscribe(characteristic, tape.take)
        try:
            await within(clock, CALL_S, subscribing, name="subscribe")
        except (LinkLost, TimeoutError):
            continue
        listening += 1
    if not listening:
        raise LinkLost("nothing on it lets itself be listened to.")


async def _drive(link: Link, clock: Clock, tape: Tape, driver: Driver) -> None:
    """Write what a session would write, without judging the replies; never ends by itself."""
    write = partial(_write, link, clock, tape, driver)
    for each in driver.start(clock.now().utc_ns):
        await write(each)
        await _pass(clock, min(each.reply_s, 1.0))
    for each in driver.then(tape.decoder or driver.decoder()):
        await write(each)
    if driver.poll is None:
        await link.lost()
        return
    for number in count():
        await write(driver.poll.request(number))
        await _pass(clock, driver.poll.every_s)


async def _write(link: Link, clock: Clock, tape: Tape, driver: Driver, what: Write) -> None:
    for number, piece in enumerate(driver.pieces(what)):
        if number:
            await _pass(clock, PIECES_APART_S)
        elif tape.decoder is not None:
            tape.decoder.sent(what.data)
        writing = link.write(what.characteristic, piece, response=what.response)
        await within(clock, CALL_S, writing, name="write")
        tape.sent(what.characteristic, piece)


async def _until(clock: Clock, ends_ns: int, tape: Tape) -> None:
    while clock.now().running_ns < ends_ns and not tape.full:
        await clock.sleep_until(min(ends_ns, clock.now().running_ns + SECOND))


async def _pass(clock: Clock, seconds: float) -> None:
    await clock.sleep_until(clock.now().running_ns + int(seconds * SECOND))


async def _lost(link: Link) -> None:
    raise LinkLost(await link.lost())
