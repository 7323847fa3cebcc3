#!/usr/bin/env python3
"""One file to start from: it makes `.venv` on first use and runs Holdspace in it.

    python3 start.py demo              a whole session on simulated oximeters, in your browser
    python3 start.py test [ARGS]       the whole test suite; ARGS go to pytest
    python3 start.py bench [NAME...]   the benchmarks, as a table
    python3 start.py soak [--days N]   a month without the database, then everything arrives
    python3 start.py install           set up only
    python3 start.py secrets           the secret files that docker compose asks for
    python3 start.py grafana push URL  dashboards to a Grafana; its client gets an environment of its own
    python3 start.py WORD ...          any other word is a `holdspace` command: run, review, ...

Afterwards `.venv/bin/holdspace` exists and is the same command. Needs git's checkout and Python 3.11 or
newer, nothing else: uv does the work if it is there, else venv and pip. Packages come as wheels whose
hashes stand in `requirements/`. The checkout itself is joined by a path file, so nothing is built.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may be asked to run
    _OLD = "{} is Python {}.{} and Holdspace needs 3.11 or newer: install one and call it by name:"
    print(_OLD.format(sys.executable, *sys.version_info[:2]), "python3.11 start.py", file=sys.stderr)
    sys.exit(2)

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
# Until the command is imported, Ctrl+C ends it without a word; `main` then takes over.
LAUNCH = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "from collector.__main__ import main; sys.exit(main())"
)
TOOLS = {
    "run": "Holdspace",
    "test": "Holdspace and its test tools",
    "grafana": "Holdspace and the client of Grafana",
}
# Two are enough on the smallest machine (simulation beside browser); more only compete for the disk.
WORKERS = 2 if (os.cpu_count() or 2) < 8 else 4


class SetUpError(Exception):
    """Set-up cannot go on; the message is one sentence that says what to do."""


class Environment:
    """One environment of a checkout; its stamp, written last, tells what was set up."""

    def __init__(self, home: Path, folder: str = ".venv") -> None:
        self.home = home
        self.folder = home / folder
        self.scripts = self.folder / ("Scripts" if WINDOWS else "bin")
        self.python = self.scripts / ("python.exe" if WINDOWS else "python")
        self.holdspace = self.scripts / ("holdspace.cmd" if WINDOWS else "holdspace")
        self.stamp = self.folder / "holdspace.json"

    def lock(self, name: str) -> Path:
        """The lock file `run`, `test` or `grafana`; the others hold all of the first in the same versions."""
        return self.home / "requirements" / (name + ".lock")

    def ground(self) -> dict[str, str]:
        """What a whole environment stands on: with any of it changed it is made anew."""
        return {
            "home": str(self.home),
            "python": sys.implementation.cache_tag or "",
            "version": version(self.home),
        }

    def done(self) -> dict[str, str]:
        """The digests of the locks that are installed; empty when the environment must be made anew."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if stamp.get("ground") != self.ground() or not self.python.exists():
            return {}
        return dict(stamp["locks"])

    def ready(self, name: str) -> bool:
        """Whether lock `name`, as it stands now, is installed."""
        return self.done().get(name) == digest(self.lock(name))

    def mark(self, name: str) -> None:
        """Write the stamp: `name` is installed, and what it includes."""
        locks = {lock: digest(self.lock(lock)) for lock in dict.fromkeys(("run", name))}
        text = json.dumps({"ground": self.ground(), "locks": locks}, indent=1)
        half = self.stamp.with_suffix(".half")
        half.write_text(text + "\n", encoding="utf-8")
        half.replace(self.stamp)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def version(home: Path) -> str:
    """Holdspace's version as `pyproject.toml` states it."""
    text = (home / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise SetUpError("pyproject.toml states no version: take a fresh checkout.")
    return found.group(1)


def set_up(environment: Environment, name: str) -> None:
    """Bring the environment to lock `name`; does nothing when it is there already."""
    if environment.ready(name):
        return
    uv = shutil.which("uv")
    where = f"{TOOLS[name]} in {environment.folder.name}"
    say("Setting up {} with {}: this is done once.".format(where, "uv" if uv else "pip"))
    if not environment.done() or not (uv or has_pip(environment)):
        make(environment, uv)
    environment.stamp.unlink(missing_ok=True)
    install(environment, uv, name)
    join(environment)
    environment.mark(name)


def has_pip(environment: Environment) -> bool:
    """Whether pip is in the environment; uv leaves it out."""
    return any(environment.scripts.glob("pip*"))


def make(environment: Environment, uv: str | None) -> None:
    """Make an empty environment, in place of whatever was there."""
    folder = str(environment.folder)
    if uv:
        work([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder])
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetUpError(
            "This Python has no venv and ensurepip: on Debian and Ubuntu run "
            "`sudo apt install python3-venv`, then start again."
        )
    work([sys.executable, "-m", "venv", "--clear", folder])


def install(environment: Environment, uv: str | None, name: str) -> None:
    """Install exactly what the lock names: wheels only, each with a hash it must have."""
    python, lock = str(environment.python), str(environment.lock(name))
    start = [uv, "pip", "install", "--quiet", "--python", python] if uv else pip(python)
    work([*start, "--require-hashes", "--only-binary", ":all:", "-r", lock])


def pip(python: str) -> list[str]:
    """The pip of an environment, asking nobody anything."""
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    return [python, "-m", "pip", "install", *quiet]


def work(command: Sequence[str]) -> None:
    """Run one step of the set-up; its output is shown only if it fails."""
    told = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if told.returncode:
        say((told.stdout + told.stderr).strip())
        raise SetUpError(
            "Setting up the environment failed (see above): if a package could not be fetched, "
            "check the network or the package index and start again."
        )


def join(environment: Environment) -> None:
    """Make the checkout importable in the environment, with its metadata and the `holdspace` command.

    What an editable install would write, without fetching and running a build tool for it.
    """
    base = str(environment.folder)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": base, "platbase": base}))
    number = version(environment.home)
    written = {"holdspace.pth": str(environment.home) + "\n"}
    for file, text in metadata(number).items():
        written[f"holdspace-{number}.dist-info/{file}"] = text
    record = f"holdspace-{number}.dist-info/RECORD"
    written[record] = "".join(file + ",,\n" for file in [*written, record])
    for file, text in written.items():
        (site / file).parent.mkdir(exist_ok=True)
        (site / file).write_text(text, encoding="utf-8")
    environment.holdspace.write_text(launcher(environment.python), encoding="utf-8")
    environment.holdspace.chmod(0o755)


def metadata(number: str) -> dict[str, str]:
    """The files that make `importlib.metadata` know the distribution."""
    return {
        "METADATA": f"Metadata-Version: 2.1\nName: holdspace\nVersion: {number}\n",
        "INSTALLER": "start.py\n",
        "entry_points.txt": "[console_scripts]\nholdspace = collector.__main__:main\n",
        "top_level.txt": "collector\nalerts\ndashboards\n",
    }


def launcher(python: Path) -> str:
    """The text of the `holdspace` command: a script for sh that is Python from its third line on.

    The detour by sh allows blanks and any length in the path; a first line naming Python does not.
    """
    if WINDOWS:
        return f'@"{python}" -c "{LAUNCH}" %*\r\n'
    body = "\n".join(LAUNCH.split("; "))
    return f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n{body}\n"


def say(text: str) -> None:
    """Tell the person; stdout belongs to the commands."""
    print(text, file=sys.stderr, flush=True)


def become(command: list[str]) -> int:
    """Hand over to `command`, so that signals and exit codes are its own."""
    if not WINDOWS:  # where execv would return to the shell before the command has ended
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return subprocess.run(command, check=False).returncode


def command_of(environment: Environment, words: Sequence[str]) -> tuple[str, list[str]]:
    """The lock that `words` need and the command line that they mean."""
    python, first, rest = str(environment.python), words[0], words[1:]
    if first == "test":
        spread = ["-n", str(WORKERS), "--dist", "loadgroup", "--no-loadscope-reorder"]
        return "test", [python, "-m", "pytest", "--rootdir", str(environment.home), *spread, *rest]
    if first == "bench":
        return "test", [python, "-m", "tests.benchmarks", *rest]
    if first == "soak":
        return "test", [python, "-m", "tests.soak", *rest]
    lock = "grafana" if alone(words) else "run"
    if WINDOWS:
        return lock, [python, "-c", LAUNCH, *words]
    return lock, [str(environment.holdspace), *words]


def alone(words: Sequence[str]) -> bool:
    """Whether `words` need an environment of their own: the client of Grafana replaces urllib3."""
    return list(words[:2]) == ["grafana", "push"]


def prepare_secrets() -> int:
    """Make what docker compose asks for; what is there already stays as it is."""
    from dashboards.compose import secret_files  # noqa: PLC0415 - only this command wants it

    for line in secret_files.make(HERE):
        say(line)
    return 0


def main(words: Sequence[str]) -> int:
    """Set up what `words` need, then run them. Exit code 1: set-up failed; 2: nothing was asked for."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if words else 2
    environment = Environment(HERE, ".venv-grafana" if alone(words) else ".venv")
    try:
        if words[0] == "secrets":
            return prepare_secrets()
        if words[0] == "install":
            set_up(environment, "run")
            say(f"Holdspace is set up: {environment.holdspace} demo")
            return 0
        lock, command = command_of(environment, words)
        set_up(environment, lock)
    except (SetUpError, OSError) as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("Set-up was interrupted: the next start begins it again.")
        return 130
    if lock == "test":
        os.chdir(environment.home)
    return become(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
