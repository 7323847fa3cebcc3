"""A Linux kernel with Bluetooth that runs as an ordinary program: user-mode Linux, built once and kept.

No distribution's user-mode Linux has Bluetooth, so it is built from Debian's kernel source with the options of
`uml.config`, about six minutes of CPU time, and kept outside the checkout under the digest of what it is made
of. `python3 tests/radio/stack/kernel.py` builds it (standard library only, so that CI can begin with it before
anything is set up) and prints where it is.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

CONFIG = Path(__file__).with_name("uml.config")
PACKAGE = "linux-source-6.1"
SOURCE = Path("/usr/src") / (PACKAGE + ".tar.xz")
NAMED = "HOLDSPACE_UML"  # a kernel that somebody built elsewhere
# Linux 6.1 takes it that a host's floating-point registers fit into 2696 bytes; with AMX they are 11008, and
# the host refuses a set that is cut short. They lie on the kernel's stacks, so `uml.config` makes these larger.
REGISTERS = Path("arch/x86/um/user-offsets.c")
NARROW, WIDE = "DEFINE_LONGS(HOST_FP_SIZE, 2696)", "DEFINE_LONGS(HOST_FP_SIZE, 16384)"


def home() -> Path:
    """Where the kernel of this configuration and this source is kept."""
    asked = ["dpkg-query", "--show", PACKAGE]
    version = subprocess.run(asked, capture_output=True, check=False).stdout
    digest = hashlib.sha256(CONFIG.read_bytes() + version + WIDE.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "holdspace" / ("uml-" + digest)


def find() -> "Path | None":
    """The kernel, if it is there; waits for a build that is under way."""
    if named := os.environ.get(NAMED):
        return Path(named)
    kept = home() / "linux"
    if not kept.exists() and (home() / "lock").exists():
        with (home() / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
    return kept if kept.exists() else None


def build() -> Path:
    """Build the kernel unless it is there; raises `SystemExit` with one sentence when it cannot be."""
    kept = home() / "linux"
    if not SOURCE.exists():
        raise SystemExit(f"There is no {SOURCE}; install the packages of .ci/packages.txt.")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with (kept.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with TemporaryDirectory() as folder:
                _make(Path(folder), kept)
    return kept


def _make(folder: Path, kept: Path) -> None:
    with tarfile.open(SOURCE) as archive:
        archive.extractall(folder, filter="tar")
    source = folder / PACKAGE
    _widen(source / REGISTERS)
    config = dict(os.environ, KCONFIG_ALLCONFIG=str(CONFIG))
    subprocess.run(["make", "-s", "ARCH=um", "allnoconfig"], cwd=source, env=config, check=True)
    missing = set(CONFIG.read_text().split()) - set((source / ".config").read_text().splitlines())
    if missing:
        raise SystemExit("This kernel source does not take " + ", ".join(sorted(missing)) + ".")
    jobs = "-j" + str(os.cpu_count() or 1)
    subprocess.run(["make", "-s", "ARCH=um", jobs, "linux"], cwd=source, check=True)
    half = kept.with_suffix(".half")
    subprocess.run(["strip", "-o", str(half), "linux"], cwd=source, check=True)
    half.replace(kept)


def _widen(registers: Path) -> None:
    text = registers.read_text()
    if NARROW not in text:
        raise SystemExit(
            f"This kernel source has no {NARROW} in {REGISTERS}: look what took its place."
        )
    registers.write_text(text.replace(NARROW, WIDE))


if __name__ == "__main__":
    sys.stdout.write(str(build()) + "\n")
