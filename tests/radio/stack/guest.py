"""What runs inside the guest: the product's radio on the kernel's Bluetooth, and clips in the air below it.

Each scene is one function; it asserts, and says what it measured in JSON lines on stdout. Time is the guest's
own: when everybody sleeps it leaps, so that an hour passes in seconds.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from collector.acquisition import acquire
from collector.clock import SECOND, LiveClock
from collector.intake import Surroundings
from collector.radio.adapter import Trouble
from collector.radio.bluetooth import BluetoothRadio
from tests.collector.radio.world import Recorded
from tests.radio.clip import Clip
from tests.radio.stack.air import AirAdapter, AirClip, AirLink

DAEMON = ("/usr/libexec/bluetooth/bluetoothd", "-n")
FIRST_S, AGAIN_S = (
    40.0,
    60.0,
)  # bounds for the first reading, and for one after a trouble (issue: max 60 s)
LOOK_S = 0.1


@dataclass(slots=True)
class Room:
    """What a scene works with."""

    clock: LiveClock
    adapter: AirAdapter
    clips: list[AirClip]
    recorded: Recorded
    radio: BluetoothRadio
    daemon: subprocess.Popen[bytes]
    told: dict[str, float] = field(default_factory=dict)

    @property
    def now(self) -> float:
        return self.clock.now().running_ns / SECOND

    def readings(self, clip: AirClip) -> int:
        """How many readings with numbers came from `clip`."""
        return sum(1 for r in self.recorded.by_device.get(clip.clip.address, ()) if r.valid)

    async def until(self, true: Callable[[], bool], *, within: float, what: str) -> float:
        """Wait until `true()`; the seconds that took."""
        began = self.now
        while not true():
            assert self.now - began < within, f"not within {within:g} s: {what}"
            await asyncio.sleep(LOOK_S)
        return self.now - began

    async def flowing(self, count: int, *, within: float, what: str) -> None:
        """Wait for `count` more readings of every clip, and tell how long the first of the slowest took."""
        before = {clip.clip.address: self.readings(clip) for clip in self.clips}

        def have(more: int) -> bool:
            return all(self.readings(c) >= before[c.clip.address] + more for c in self.clips)

        self.told[what] = await self.until(lambda: have(1), within=within, what=what)
        await self.until(lambda: have(count), within=within + 2 * count, what=f"{count} after {what}")


@asynccontextmanager
async def room(*families: str) -> AsyncIterator[Room]:
    """A computer with an adapter, and a clip of each family that is being acquired."""
    clock = LiveClock()
    link = AirLink()  # type: ignore[no-untyped-call]  # bumble leaves it bare
    clips = [AirClip(Clip(number, family), link) for number, family in enumerate(families)]
    radio, recorded = BluetoothRadio(clock), Recorded()
    around = Surroundings(radio=radio, recording=recorded, clock=clock, random=Random(1))
    daemon = subprocess.Popen(DAEMON)  # noqa: ASYNC220 - it is the thing under test
    adapter = AirAdapter(link)
    await adapter.plug()
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(clip.run()) for clip in clips]
        work.append(group.create_task(radio.run()))
        work += [group.create_task(acquire(c.clip.oximeter.device, around)) for c in clips]
        here = Room(
            clock=clock,
            adapter=adapter,
            clips=clips,
            recorded=recorded,
            radio=radio,
            daemon=daemon,
        )
        yield here
        sys.stdout.write(json.dumps({"told": here.told}) + "\n")
        for task in work:
            task.cancel()
        here.daemon.kill()


async def families() -> None:
    """Three families at once: connect, ten readings each, every link ended by the clip, and back."""
    async with room("plx", "viatom_oxy", "viatom_aa55") as here:
        await here.flowing(10, within=FIRST_S * 3, what="first reading of three")
        for clip in here.clips:
            await clip.drop()
        await here.flowing(10, within=AGAIN_S, what="reading after every link was ended")


async def away() -> None:
    """Two clips; one is switched off and on again, the other goes on."""
    async with room("plx", "viatom_aa55") as here:
        await here.flowing(10, within=FIRST_S * 2, what="first reading of two")
        gone, other = here.clips
        await gone.go()
        before, others = here.readings(gone), here.readings(other)
        await asyncio.sleep(30)
        assert here.readings(gone) <= before + 1
        assert here.readings(other) >= others + 25, "the other clip was disturbed"
        await gone.appear()
        await here.flowing(3, within=AGAIN_S, what="reading after being switched on again")


async def daemon() -> None:
    """Bluetoothd is killed and started again; nobody tells the program."""
    async with room("plx") as here:
        await here.flowing(5, within=FIRST_S, what="first reading")
        here.daemon.kill()
        here.daemon.wait()
        await asyncio.sleep(5)
        here.daemon = subprocess.Popen(DAEMON)  # noqa: ASYNC220 - it is the thing under test
        await here.flowing(5, within=AGAIN_S, what="reading after bluetoothd was restarted")


async def unplugged() -> None:
    """The adapter is pulled out and plugged in again; meanwhile the radio says what is wrong."""
    async with room("plx", "viatom_oxy") as here:
        await here.flowing(5, within=FIRST_S * 2, what="first reading of two")
        await here.adapter.pull()
        here.told["said that it is gone"] = await here.until(
            lambda: here.radio.trouble is Trouble.NO_ADAPTER, within=10, what="trouble"
        )
        await asyncio.sleep(10)
        await here.adapter.plug()
        await here.flowing(5, within=AGAIN_S, what="reading after the adapter came back")


async def hour() -> None:
    """An hour at one reading a second; what is missing would be a reading that was lost on the way."""
    async with room("plx") as here:
        await here.flowing(1, within=FIRST_S, what="first reading")
        before, began = here.readings(here.clips[0]), here.now
        await asyncio.sleep(3600)
        came = here.readings(here.clips[0]) - before
        here.told["readings of an hour"] = came
        # The clip rests a second after each: its own second is a little longer than the clock's.
        assert 0.997 * (here.now - began) <= came <= here.now - began + 1, f"{came} readings"


SCENES: dict[str, Callable[[], Awaitable[None]]] = {
    "families": families,
    "away": away,
    "daemon": daemon,
    "unplugged": unplugged,
    "hour": hour,
}

if __name__ == "__main__":
    asyncio.run(SCENES[sys.argv[1]]())  # type: ignore[arg-type]  # a coroutine function, as all of them
    sys.stdout.write("SCENE passed\n")
