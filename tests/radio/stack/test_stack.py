"""The real radio stack: the kernel's Bluetooth, bluetoothd and bleak under the product, bumble in the air."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.radio.stack import kernel
from tests.radio.stack.guest import SCENES

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
DAEMON = Path("/usr/libexec/bluetooth/bluetoothd")
LIMIT_S = 300  # real seconds; a scene takes 6 to 30

pytestmark = [pytest.mark.stack, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]


@pytest.fixture(scope="module")
def linux() -> Path:
    """The kernel with Bluetooth."""
    if not DAEMON.exists():
        pytest.skip("no bluetoothd here: install the package bluez")
    found = kernel.find()
    if found is None:
        pytest.skip("no kernel with Bluetooth: python3 tests/radio/stack/kernel.py builds it once")
    return found


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_on_the_real_stack(linux: Path, tmp_path: Path, scene: str) -> None:
    """What each scene promises stands in its own sentence; the log of the guest is shown when it fails."""
    command = [
        str(linux),
        "mem=256M",
        f"umid=holdspace-{scene}",
        f"uml_dir={tmp_path}",
        *("rootfstype=hostfs", "rootflags=/", "ro", f"init={HERE / 'guest.sh'}"),
        *("quiet", "con=null", "con0=null,fd:1", "ssl=null", "panic=-1", "time-travel"),
        f"PYTHON={sys.executable}",
        f"CHECKOUT={ROOT}",
        f"SCENE={scene}",
    ]
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_S,
        check=False,
    )
    log = ended.stdout.decode(errors="replace").replace("\r", "")

    assert "SCENE passed" in log.splitlines(), log[-6000:]
    told = [json.loads(line)["told"] for line in log.splitlines() if line.startswith('{"told"')]
    assert told
    print(scene, told)  # noqa: T201 - the figures, with `pytest -s`
