"""The script that makes the tokens at the database's first start, against a fake `influx`."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "dashboards" / "compose" / "influxdb-tokens.sh"
# Answers as influx 2.7 does and keeps what it was asked; the token tells for whom it was made.
INFLUX = """#!/bin/sh
echo "$@" >> "$ASKED"
case "$1 $2" in
  "bucket list") printf 'b0cce7\\tvitals\\tinfinite\\n' ;;
  "auth create")
    [ "${FAILING:-}" ] && { echo "unauthorized access" >&2; exit 1; }
    printf '{\\n\\t"id": "0af3",\\n\\t"description": "%s",\\n' "$6"
    printf '\\t"token": "%s==",\\n\\t"status": "active"\\n}\\n' "$(echo "$6" | tr ' ' '-')" ;;
esac
"""
INITIAL = {
    "DOCKER_INFLUXDB_INIT_ORG": "holdspace",
    "DOCKER_INFLUXDB_INIT_BUCKET": "vitals",
    "DOCKER_INFLUXDB_INIT_BUCKET_ID": "b0cce7",
}


class House:
    """The folders of the tokens and a fake `influx` on the path."""

    def __init__(self, home: Path) -> None:
        self.tokens, self.asked = home / "tokens", home / "asked"
        for name in ("read", "write", "erase"):
            (self.tokens / name).mkdir(parents=True)
        (home / "bin").mkdir()
        influx = home / "bin" / "influx"
        influx.write_text(INFLUX, encoding="utf-8")
        influx.chmod(0o755)
        self._path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def run(self, shell: str = "sh", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script once."""
        ours = {"PATH": self._path, "ASKED": str(self.asked), "HOLDSPACE_TOKENS": str(self.tokens)}
        return subprocess.run(
            [shell, SCRIPT],
            env={**INITIAL, **ours, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def token(self, name: str) -> str:
        """The token that was written for `name`."""
        return (self.tokens / name / f"influxdb_{name}_token").read_text("utf-8")

    def orders(self) -> list[str]:
        """The authorizations that were asked for."""
        lines = self.asked.read_text("utf-8").splitlines()
        return [line for line in lines if line.startswith("auth create")]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A database that was never started."""
    return House(tmp_path)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_three_tokens_that_may_do_little(shell: str, house: House) -> None:
    """Each token has its own file and the rights of its use only."""
    if shutil.which(shell) is None:
        shell = "sh"
    told = house.run(shell)

    assert told.returncode == 0, told.stderr
    assert [house.token(name) for name in ("read", "write", "erase")] == [
        "holdspace-read==\n",
        "holdspace-write==\n",
        "holdspace-erase==\n",
    ]
    rights = [order.partition("--json ")[2] for order in house.orders()]
    assert rights == [
        "--write-bucket b0cce7 --read-bucket b0cce7",
        "--read-bucket b0cce7",
        "--write-bucket b0cce7",
    ]


def test_other_users_may_read_them(house: House) -> None:
    """The user of another container can read the file that is mounted into it."""
    house.run()
    file = house.tokens / "read" / "influxdb_read_token"

    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_second_time_makes_nothing(house: House) -> None:
    """A token that is there stays: running the script by hand is harmless."""
    house.run()
    first = house.token("write")
    told = house.run()

    assert told.returncode == 0
    assert house.token("write") == first
    assert len(house.orders()) == 3


def test_lost_token_is_made_by_hand(house: House) -> None:
    """By hand, without the variables of the first start, the bucket is looked up and only the lost one made."""
    house.run()
    (house.tokens / "read" / "influxdb_read_token").unlink()
    told = house.run(DOCKER_INFLUXDB_INIT_BUCKET_ID="")

    assert told.returncode == 0, told.stderr
    assert house.orders()[-1].endswith("--read-bucket b0cce7")
    assert len(house.orders()) == 4


def test_refusal_ends_the_set_up(house: House) -> None:
    """When the database gives no token the set-up fails, and no empty file is left for anybody to read."""
    told = house.run(FAILING="yes")

    assert told.returncode != 0
    assert list(house.tokens.rglob("*token*")) == []


def test_no_token_is_said(house: House) -> None:
    """The log of the container holds no token."""
    told = house.run()

    assert "==" not in told.stdout + told.stderr


def test_image_can_execute_it() -> None:
    """The image runs only what is executable."""
    assert os.access(SCRIPT, os.X_OK)
