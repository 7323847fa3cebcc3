"""The doctor's look at the radio: adapter, service, machine, USB."""

import sys
from pathlib import Path

import pytest

from collector.checkup import Ground, Verdict
from collector.radio import adapter_check, usb_check
from collector.radio.adapter import Adapter, Block, Trouble, View
from collector.radio.bluetoothd_check import judge_container, judge_machine, judge_version
from collector.radio.claim import Claims

HCI = Adapter(address="AA:BB:CC:00:00:01", name="hci0")


def test_an_adapter_that_works_is_named() -> None:
    """With its address, since hci0 may be hci1 tomorrow."""
    finding = adapter_check.judge(View(adapters=(HCI,)), "")

    assert finding.verdict is Verdict.NOTED
    assert HCI.address in finding.says


@pytest.mark.parametrize(
    ("view", "trouble"),
    [
        (View(trouble=Trouble.NO_BUS), Trouble.NO_BUS),
        (View(trouble=Trouble.DENIED), Trouble.DENIED),
        (View(trouble=Trouble.NO_SERVICE), Trouble.NO_SERVICE),
        (View(adapters=()), Trouble.NO_ADAPTER),
        (View(adapters=(), block=Block.SOFT), Trouble.BLOCKED),
        (View(adapters=(Adapter(address="A", name="hci0", powered=False),)), Trouble.OFF),
    ],
)
def test_what_is_wrong_is_said_as_the_station_would(view: View, trouble: Trouble) -> None:
    """One sentence with the remedy, and a fault."""
    finding = adapter_check.judge(view, "")

    assert finding.verdict is Verdict.FAULT
    assert finding.says == trouble.sentence


def test_an_adapter_that_another_station_holds_is_a_fault() -> None:
    """And looking does not take it from anybody."""
    if sys.platform != "linux":
        pytest.skip("adapters are claimed on Linux only")
    claims = Claims()
    assert claims.take(HCI.address)

    taken = adapter_check.judge(View(adapters=(HCI,)), "")
    claims.release()
    free = adapter_check.judge(View(adapters=(HCI,)), "")

    assert taken.says == Trouble.TAKEN.sentence
    assert free.verdict is Verdict.NOTED
    assert adapter_check.judge(View(adapters=(HCI,)), "").verdict is Verdict.NOTED


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("bluetoothctl: 5.66\n", Verdict.NOTED),
        ("5.54", Verdict.FAULT),
        ("bluetoothctl: 6.0", Verdict.NOTED),
        ("", Verdict.UNKNOWN),
        ("no number", Verdict.UNKNOWN),
    ],
)
def test_the_version_of_the_service_is_judged(said: str, verdict: Verdict) -> None:
    """What cannot be read is unknown, never noted."""
    assert judge_version(said).verdict is verdict


def usb_adapter(root: Path, control: str) -> None:
    """/sys as it shows an adapter on USB."""
    device = root / "sys/devices/pci0/usb1/1-4"
    (device / "power").mkdir(parents=True)
    (device / "idVendor").write_text("0a12\n", encoding="ascii")
    (device / "power/control").write_text(f"{control}\n", encoding="ascii")
    (device / "1-4:1.0/bluetooth/hci0").mkdir(parents=True)
    (root / "sys/class/bluetooth").mkdir(parents=True)
    (root / "sys/class/bluetooth/hci0").symlink_to(device / "1-4:1.0/bluetooth/hci0")


@pytest.mark.asyncio
async def test_an_adapter_that_may_be_put_to_sleep_gets_advice(tmp_path: Path) -> None:
    """The sentence holds the command that helps now."""
    usb_adapter(tmp_path, "auto")

    (finding,) = await usb_check.check(Ground(data=tmp_path, root=tmp_path))

    assert finding.verdict is Verdict.ADVICE
    assert "1-4/power/control" in finding.says


@pytest.mark.asyncio
async def test_an_adapter_that_stays_awake_is_not_mentioned(tmp_path: Path) -> None:
    """Neither is a machine without one."""
    usb_adapter(tmp_path, "on")

    assert await usb_check.check(Ground(data=tmp_path, root=tmp_path)) == []
    assert await usb_check.check(Ground(data=tmp_path, root=tmp_path / "sys/devices")) == []


def test_a_chip_that_wifi_shares_gets_advice(tmp_path: Path) -> None:
    """A Raspberry Pi with its own radio and wireless network; with an adapter on USB it does not."""
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 4 Model B\0", encoding="ascii")
    (tmp_path / "sys/class/net/wlan0").mkdir(parents=True)
    ground = Ground(data=tmp_path, root=tmp_path)
    assert judge_machine(ground) == []

    (tmp_path / "sys/class/bluetooth/hci0").mkdir(parents=True)
    (finding,) = judge_machine(ground)

    assert finding.verdict is Verdict.ADVICE
    assert finding.says.startswith("The Raspberry Pi 4 Model B has")


def test_a_container_without_the_bus_is_a_fault(tmp_path: Path) -> None:
    """Outside of one, and with the bus mounted, nothing is said."""
    ground = Ground(data=tmp_path, root=tmp_path)
    assert judge_container(ground) == []
    (tmp_path / ".dockerenv").touch()

    (finding,) = judge_container(ground)
    (tmp_path / "run/dbus").mkdir(parents=True)
    (tmp_path / "run/dbus/system_bus_socket").touch()

    assert finding.verdict is Verdict.FAULT
    assert judge_container(ground) == []
