"""`holdspace grafana push` in an environment of its own, against a Grafana of ours.

With `HOLDSPACE_GRAFANA_URL` and `HOLDSPACE_GRAFANA_TOKEN` (role Admin) also against that real one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import start
from alerts.rules import load_rules
from dashboards.grafana.cli import TOKEN_VARIABLE
from dashboards.grafana.rules import group
from tests.dashboards.grafana.server import TOKEN, Kept, running

ROOT = Path(__file__).resolve().parents[3]
REAL = os.environ.get("HOLDSPACE_GRAFANA_URL", "")
PACKAGES = ("collector", "alerts", "dashboards", "requirements")


@pytest.fixture(scope="module")
def holdspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The `holdspace` command of an environment that start.py sets up for Grafana's client."""
    home = tmp_path_factory.mktemp("grafana")
    for package in PACKAGES:
        (home / package).symlink_to(ROOT / package)
    shutil.copy(ROOT / "pyproject.toml", home)
    environment = start.Environment(home, ".venv-grafana")
    start.set_up(environment, "grafana")
    yield environment.holdspace
    shutil.rmtree(environment.folder, ignore_errors=True)


def push(command: Path, *words: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """Run one push."""
    return subprocess.run(
        [command, "grafana", "push", *words],
        env={**os.environ, TOKEN_VARIABLE: token},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    """Files with the token of a database and the address of a web hook."""
    files = {"token": "read-token\n", "hook": "http://127.0.0.1:9/hook\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: str(tmp_path / name) for name in files}


pytestmark = [pytest.mark.clone, pytest.mark.xdist_group("heavy")]


def test_everything_arrives(holdspace: Path, secrets: dict[str, str]) -> None:
    """Data source, folder, three boards, contact point and rules are in place afterwards."""
    kept = Kept()
    hook = ("--webhook-file", secrets["hook"])
    database = ("--influxdb", "http://influxdb:8086", "--influxdb-token-file", secrets["token"])
    with running(kept) as url:
        told = push(holdspace, url, *database, *hook)

    assert told.returncode == 0, told.stderr
    header = kept.sources["holdspace-influxql"]["secureJsonData"]["httpHeaderValue1"]
    assert header == "Token read-token"
    assert set(kept.boards) == {"holdspace-wall", "holdspace-session", "holdspace-fleet"}
    assert kept.contacts["holdspace-webhook"]["settings"]["url"] == "http://127.0.0.1:9/hook"
    rules = kept.groups["holdspace"]["rules"]
    assert [rule["uid"] for rule in rules] == [rule["uid"] for rule in group(load_rules())["rules"]]
    assert all(rule["missingSeriesEvalsToResolve"] == 1440 for rule in rules)
    assert {rule["notification_settings"]["receiver"] for rule in rules} == {"holdspace"}


def test_pushed_again_changes_nothing(holdspace: Path, secrets: dict[str, str]) -> None:
    """A second push updates what is there and makes nothing twice; policies of others are left alone."""
    kept = Kept()
    words = ("--influxdb", "http://influxdb:8086", "--influxdb-token-file", secrets["token"])
    hook = ("--webhook-file", secrets["hook"])
    with running(kept) as url:
        push(holdspace, url, *words, *hook)
        first = (dict(kept.boards), dict(kept.groups), dict(kept.contacts), dict(kept.sources))
        told = push(holdspace, url, *words, *hook)

    assert told.returncode == 0, told.stderr
    assert first == (kept.boards, kept.groups, kept.contacts, kept.sources)
    assert kept.requests.count("POST /v1/provisioning/contact-points") == 1
    assert [request for request in kept.requests if "policies" in request] == []


@pytest.mark.parametrize(
    ("token", "role", "sentence"),
    [
        ("wrong", "Admin", "refuses the token"),
        (TOKEN, "Viewer", "needs the role Admin"),
    ],
)
def test_refusal_is_one_sentence(
    token: str, role: str, sentence: str, holdspace: Path, secrets: dict[str, str]
) -> None:
    """A wrong token or too small a role is said in a sentence that does not hold the token."""
    words = ("--influxdb", "http://influxdb:8086", "--influxdb-token-file", secrets["token"])
    with running(Kept(role=role)) as url:
        told = push(holdspace, url, *words, token=token)

    assert told.returncode == 2
    assert sentence in told.stderr
    assert told.stderr.count("\n") == 1
    assert token not in told.stderr


def test_missing_data_source_names_the_options(holdspace: Path) -> None:
    """Without a database, and none there, the sentence names what to give."""
    with running(Kept()) as url:
        told = push(holdspace, url)

    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "--influxdb-token-file" in told.stderr


def test_nobody_there(holdspace: Path) -> None:
    """An address where nothing answers is named, and the exit code says that the work failed."""
    told = push(holdspace, "http://127.0.0.1:9")

    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "http://127.0.0.1:9" in told.stderr


if REAL:

    def test_real_grafana_takes_everything(holdspace: Path, secrets: dict[str, str]) -> None:
        """The Grafana that the environment names has three boards and every rule afterwards."""
        token = os.environ[TOKEN_VARIABLE]
        database = os.environ.get("HOLDSPACE_INFLUXDB_URL", "http://influxdb:8086")
        words = ("--influxdb", database, "--influxdb-token-file", secrets["token"])

        told = push(holdspace, REAL, *words, token=token)

        assert told.returncode == 0, told.stderr
        key = {"Authorization": f"Bearer {token}"}
        boards = httpx.get(f"{REAL}/api/search", params={"tag": "holdspace"}, headers=key).json()
        assert {board["uid"] for board in boards} == {
            "holdspace-wall",
            "holdspace-session",
            "holdspace-fleet",
        }
        made = httpx.get(
            f"{REAL}/api/v1/provisioning/folder/holdspace/rule-groups/holdspace", headers=key
        ).json()
        assert len(made["rules"]) == len(group(load_rules())["rules"])


def test_station_has_no_client_of_grafana() -> None:
    """In the station's environment the command says how to get one, and urllib3 is the real one."""
    told = push_here("http://127.0.0.1:9")

    assert told.returncode == 2
    assert "python3 start.py grafana push" in told.stderr
    for lock in ("run", "test"):
        text = (ROOT / "requirements" / f"{lock}.lock").read_text("utf-8")
        assert "\nurllib3==" in text
        assert "urllib3-future" not in text


def push_here(*words: str) -> subprocess.CompletedProcess[str]:
    """A push in the environment of the tests."""
    return subprocess.run(
        [sys.executable, "-m", "collector", "grafana", "push", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
