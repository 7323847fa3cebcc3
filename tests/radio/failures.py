"""What goes wrong with Bluetooth, by the rows of the catalogue of field failures, and how it is played.

A failure strikes a scene in which readings flow (or is there before it starts), and its recovery is counted
from the moment at which the clip can be connected again, in session seconds.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.radio.fakebluez import FAILED, IN_PROGRESS, UNKNOWN_OBJECT, FakeBlueZ
from tests.radio.scene import Scene

DENIED = ("org.freedesktop.DBus.Error.AccessDenied", "Rejected send message")
BUSY = (IN_PROGRESS, "Operation already in progress")
ALL = ("plx", "viatom_oxy", "viatom_aa55")
HCI = "/org/bluez/hci0"


async def nothing(_scene: Scene) -> None:
    """The failure is in what was arranged."""


def no_arrangement(_bluez: FakeBlueZ) -> None:
    """Everything begins well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way to fail; `within` bounds its recovery where that needs time by design."""

    row: str
    what: str
    strike: Callable[[Scene], Awaitable[None]] = nothing
    arrange: Callable[[FakeBlueZ], None] = no_arrangement
    families: tuple[str, ...] = ("plx",)
    within: float = 20.0

    @property
    def from_start(self) -> bool:
        """Whether it is there before anything flows."""
        return self.strike is nothing


# ---- host, adapter, daemon ---------------------------------------------------------------------------


async def switch_off(scene: Scene) -> None:
    scene.bluez.power("hci0", on=False)


async def switch_off_for_good(scene: Scene) -> None:
    """Switching on is refused until somebody lifts the block."""
    scene.bluez.fails["Set"] = [(FAILED, "Blocked through rfkill")] * 9
    scene.bluez.power("hci0", on=False)
    await scene.elapse(20)
    scene.bluez.power("hci0", on=True)


async def unplug(scene: Scene) -> None:
    scene.bluez.pull_out("hci0")
    await scene.elapse(15)
    scene.bluez.plug_in("hci1")


async def unplug_without_a_word(scene: Scene) -> None:
    scene.bluez.take_away(HCI)
    await scene.elapse(8)
    scene.bluez.plug_in("hci0")


def deaf_until_scan_restarts(bluez: FakeBlueZ) -> None:
    bluez.deaf = True
    starts = iter((True, False))

    def started(_path: str) -> None:
        bluez.deaf = next(starts, False)

    bluez.on_call["StartDiscovery"] = started


def hollow_until_power_cycle(bluez: FakeBlueZ) -> None:
    bluez.hollow = True

    def switched(_path: str) -> None:
        bluez.hollow = False
        for clip in bluez.clips.values():
            bluez.forget(clip)

    bluez.on_call["Set"] = switched


def scan_in_progress(bluez: FakeBlueZ) -> None:
    bluez.fails["StartDiscovery"] = [BUSY] * 3


def stop_refused(bluez: FakeBlueZ) -> None:
    deaf_until_scan_restarts(bluez)
    bluez.fails["StopDiscovery"] = [BUSY, BUSY]


async def daemon_killed(scene: Scene) -> None:
    await scene.bluez.die()
    await scene.elapse(5)
    await scene.bluez.start("hci0")


async def daemon_restarted(scene: Scene) -> None:
    scene.bluez.pull_out("hci0")
    await scene.bluez.die()
    await scene.elapse(2)
    await scene.bluez.start("hci0")


async def daemon_replaced_at_once(scene: Scene) -> None:
    await scene.bluez.die()
    await scene.bluez.start("hci0")


async def bus_killed(scene: Scene) -> None:
    await scene.bus.kill()
    await scene.bluez.die()
    await scene.elapse(5)
    await scene.bus.start()
    await scene.bluez.start("hci0")


def never_answers(bluez: FakeBlueZ) -> None:
    bluez.hangs["GetManagedObjects"] = 3


def scan_start_hangs(bluez: FakeBlueZ) -> None:
    bluez.hangs["StartDiscovery"] = 1


async def denied(scene: Scene) -> None:
    scene.bluez.denies = DENIED
    await scene.bluez.die()
    await scene.bluez.start("hci0")
    await scene.elapse(20)
    scene.bluez.denies = None
    scene.bluez.power("hci0", on=True)


async def slept(scene: Scene) -> None:
    """Two hours of sleep; links are gone without a word, and the adapter's state is what it was."""
    scene.clip.unreported = scene.clip.away = True
    scene.clock.jump(7_200)
    await scene.elapse(1)
    scene.clip.unreported = scene.clip.away = False


# ---- discovery and connection ------------------------------------------------------------------------


async def lost(scene: Scene, away_s: float = 6) -> None:
    for clip in scene.clips:
        clip.away = True
    await scene.elapse(away_s)
    for clip in scene.clips:
        clip.away = False


async def lost_long(scene: Scene) -> None:
    await lost(scene, away_s=40)


async def connect_hangs(scene: Scene) -> None:
    scene.bluez.hangs["Connect"] = 1
    await lost(scene)


async def notify_hangs(scene: Scene) -> None:
    scene.bluez.hangs["StartNotify"] = 1
    await lost(scene)


async def disconnect_hangs(scene: Scene) -> None:
    scene.bluez.hangs["Disconnect"] = 1
    scene.clip.silent = True
    await scene.elapse(9)
    scene.clip.silent = False


async def aborted(scene: Scene) -> None:
    scene.clip.aborts = 4
    await lost(scene)


def refused_until(member: str) -> Callable[[FakeBlueZ], None]:
    """Every connect fails the same way until some action clears the state that causes it."""

    def arrange(bluez: FakeBlueZ) -> None:
        (clip,) = bluez.clips.values()
        clip.refusal = BUSY

        def cleared(_path: str) -> None:
            clip.refusal = None

        bluez.on_call[member] = cleared

    return arrange


async def phantom(scene: Scene) -> None:
    """Connected without a link behind it: services never come, until the device is removed."""
    scene.clip.resolves = False

    def cleared(_path: str) -> None:
        scene.clip.resolves = True

    scene.bluez.on_call["RemoveDevice"] = cleared
    await lost(scene)


async def object_gone(scene: Scene) -> None:
    scene.bluez.fails["Connect"] = [(UNKNOWN_OBJECT, "Method Connect doesn't exist")]
    await lost(scene)


async def device_forgotten(scene: Scene) -> None:
    scene.bluez.forget(scene.clip)
    scene.clip.hang_up()


async def services_late(scene: Scene) -> None:
    scene.clip.resolve_s = 7
    await lost(scene)


async def dropped_while_resolving(scene: Scene) -> None:
    scene.clip.resolve_s = 4
    await lost(scene)
    await scene.until(lambda: scene.clip.path is not None, within=20)
    await lost(scene, away_s=2)
    scene.clip.resolve_s = 0.4


async def other_services(scene: Scene) -> None:
    """After a new firmware the old table of services is shown, until the device is removed."""
    found, scene.clip.characteristics = scene.clip.characteristics, {}

    def cleared(_path: str) -> None:
        scene.clip.characteristics = found

    scene.bluez.on_call["RemoveDevice"] = cleared
    await lost(scene)


def left_connected(bluez: FakeBlueZ) -> None:
    for clip in bluez.clips.values():
        bluez.leave_connected(clip)


async def held_by_a_phone(scene: Scene) -> None:
    scene.clip.advertises = False
    await lost(scene, away_s=35)
    scene.clip.advertises = True


# ---- established link --------------------------------------------------------------------------------


async def zombie(scene: Scene) -> None:
    """Connected and silent, until the link is made anew."""
    scene.clip.silent = True

    def made_anew(_path: str) -> None:
        scene.clip.silent = False

    scene.bluez.on_call["Disconnect"] = made_anew


async def loss_unreported(scene: Scene) -> None:
    scene.clip.unreported = True
    await lost(scene, away_s=12)
    scene.clip.unreported = False


async def notify_refused(scene: Scene) -> None:
    scene.bluez.fails["StartNotify"] = [("org.bluez.Error.NotPermitted", "Not permitted")] * 2
    await lost(scene)


def only_acquired(bluez: FakeBlueZ) -> None:
    for clip in bluez.clips.values():
        clip.only_acquired = True


async def read_fails(scene: Scene) -> None:
    scene.bluez.fails["ReadValue"] = [(FAILED, "Operation failed with ATT error: 0x0e")]
    await lost(scene)


async def write_fails(scene: Scene) -> None:
    scene.bluez.fails["WriteValue"] = [(FAILED, "Operation failed with ATT error: 0x0e")] * 2
    await lost(scene)


async def write_hangs(scene: Scene) -> None:
    scene.bluez.hangs["WriteValue"] = 1


async def stops_after_some_frames(scene: Scene) -> None:
    scene.clip.speechless_after = 12
    await scene.until(lambda: scene.clip.path is None, within=40)


FAILURES: tuple[Failure, ...] = (
    Failure(row="1", what="adapter switched off", strike=switch_off),
    Failure(row="2", what="adapter blocked for 20 s", strike=switch_off_for_good),
    Failure(row="3", what="adapter unplugged, back as hci1", strike=unplug),
    Failure(row="3", what="adapter vanishes without a word", strike=unplug_without_a_word),
    Failure(row="6", what="scan deaf until restarted", arrange=deaf_until_scan_restarts, within=40),
    Failure(row="7", what="only empty advertisements", arrange=hollow_until_power_cycle, within=60),
    Failure(row="8", what="InProgress on starting a scan", arrange=scan_in_progress),
    Failure(row="9", what="InProgress on stopping a scan", arrange=stop_refused, within=40),
    Failure(row="10", what="bluetoothd killed, back after 5 s", strike=daemon_killed),
    Failure(row="10", what="bluetoothd restarted", strike=daemon_restarted),
    Failure(row="10", what="bluetoothd replaced at once", strike=daemon_replaced_at_once),
    Failure(row="11", what="message bus killed", strike=bus_killed),
    Failure(row="12", what="bluetoothd does not answer", arrange=never_answers, within=40),
    Failure(row="12", what="StartDiscovery hangs", arrange=scan_start_hangs),
    Failure(row="13", what="access denied for 20 s", strike=denied),
    Failure(row="16", what="computer slept two hours", strike=slept),
    Failure(row="21", what="Connect hangs", strike=connect_hangs, within=40),
    Failure(row="21", what="StartNotify hangs", strike=notify_hangs, within=40),
    Failure(row="22", what="four aborted connects", strike=aborted),
    Failure(
        row="23", what="InProgress until removed", arrange=refused_until("RemoveDevice"), within=40
    ),
    Failure(row="24", what="phantom connection", strike=phantom, within=60),
    Failure(
        row="25", what="refused until scan restarts", arrange=refused_until("StopDiscovery"), within=40
    ),
    Failure(row="25", what="refused until power cycle", arrange=refused_until("Set"), within=60),
    Failure(row="26", what="UnknownObject on Connect", strike=object_gone),
    Failure(row="26", what="device forgotten by BlueZ", strike=device_forgotten, within=40),
    Failure(row="27", what="services after 7 s", strike=services_late, within=40),
    Failure(row="27", what="link lost while resolving", strike=dropped_while_resolving),
    Failure(row="28", what="stale table of services", strike=other_services, within=40),
    Failure(
        row="30",
        what="three clips lost at once",
        strike=lost,
        families=ALL,
    ),
    Failure(row="31", what="link left by a crashed run", arrange=left_connected),
    Failure(row="32", what="held by a phone for 35 s", strike=held_by_a_phone),
    Failure(row="35", what="connected and silent", strike=zombie, within=40),
    Failure(row="36", what="loss not reported", strike=loss_unreported),
    Failure(row="36", what="link lost, back after 6 s", strike=lost),
    Failure(row="36", what="link lost, back after 40 s", strike=lost_long),
    Failure(row="37", what="StartNotify refused twice", strike=notify_refused),
    Failure(row="37", what="notifies by AcquireNotify only", arrange=only_acquired, within=60),
    Failure(row="37", what="battery cannot be read", strike=read_fails),
    Failure(row="38", what="Disconnect never answered", strike=disconnect_hangs, within=40),
    Failure(row="51", what="stops after 12 frames", strike=stops_after_some_frames),
    Failure(row="52", what="writes fail twice", strike=write_fails, families=("viatom_oxy",)),
    Failure(row="52", what="a write hangs", strike=write_hangs, families=("viatom_oxy",), within=40),
)
