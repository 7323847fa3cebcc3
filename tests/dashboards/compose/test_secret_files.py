"""`python3 start.py secrets`: random, closed, made once; the broker takes what it makes."""

import base64
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.compose import secret_files
from dashboards.compose.secret_files import BROKER, PASSWORDS, RANDOM, TOKENS, entry, make

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = ROOT / "dashboards" / "compose"
MADE = (*RANDOM, *BROKER.values(), PASSWORDS, "grafana_webhook")
PATIENCE = 100  # of 50 ms


def mode(path: Path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_every_secret_is_made_and_random(tmp_path: Path) -> None:
    """Each file holds 32 random bytes of its own; a second house has others."""
    list(make(tmp_path))
    (tmp_path / "other").mkdir()
    list(make(tmp_path / "other"))

    names = (*RANDOM, *BROKER.values())
    texts = [
        (tmp_path / place / "secrets" / name).read_text("utf-8")
        for place in ("", "other")
        for name in names
    ]
    assert len(set(texts)) == 2 * len(names)
    assert all(len(base64.urlsafe_b64decode(f"{text}=")) == 32 for text in texts)


def test_nobody_else_gets_in(tmp_path: Path) -> None:
    """The folder is closed to others; inside it a container's own user can read its file."""
    list(make(tmp_path))
    folder = tmp_path / "secrets"

    assert mode(folder) == 0o700
    assert {mode(folder / name) for name in MADE} == {0o444, 0o644}
    assert {mode(folder / "tokens" / name) for name in TOKENS} == {0o777}


def test_open_folder_is_closed(tmp_path: Path) -> None:
    """A folder that somebody made for all to read is closed."""
    (tmp_path / "secrets").mkdir(mode=0o755)

    list(make(tmp_path))

    assert mode(tmp_path / "secrets") == 0o700


def test_second_time_changes_nothing(tmp_path: Path) -> None:
    """Asked again it makes nothing anew, not even what somebody has written over."""
    list(make(tmp_path))
    hook = tmp_path / "secrets" / "grafana_webhook"
    hook.write_text("https://ntfy.example/room\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    told = list(make(tmp_path))

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert told[0].startswith("nothing was missing")


def test_missing_file_is_made_alone(tmp_path: Path) -> None:
    """What was lost is made again, everything else stays."""
    list(make(tmp_path))
    (tmp_path / "secrets" / "grafana_secret_key").unlink()
    kept = (tmp_path / "secrets" / "influxdb_password").read_bytes()

    told = list(make(tmp_path))

    assert told[0].startswith("1 secrets made")
    assert (tmp_path / "secrets" / "influxdb_password").read_bytes() == kept


def test_password_that_the_broker_does_not_know_is_named(tmp_path: Path) -> None:
    """A password made anew beside an old password file is said, with what to do."""
    list(make(tmp_path))
    (tmp_path / "secrets" / "mqtt_viewer").unlink()

    told = "\n".join(make(tmp_path))

    assert "secrets/mosquitto_passwd is older" in told


def test_compose_is_told_once(tmp_path: Path) -> None:
    """The line for compose is added to what .env holds already, once."""
    (tmp_path / ".env").write_text("HOLDSPACE_LISTEN=192.168.1.5", encoding="utf-8")

    list(make(tmp_path))
    list(make(tmp_path))

    text = (tmp_path / ".env").read_text("utf-8")
    assert text == "HOLDSPACE_LISTEN=192.168.1.5\nHOLDSPACE_SECRETS=./secrets\n"


def test_checkout_that_containers_cannot_read_is_said(tmp_path: Path) -> None:
    """A clone made under a strict umask is named before a container fails on it without a word."""
    mounted = tmp_path / "dashboards" / "compose" / "mosquitto.conf"
    mounted.parent.mkdir(parents=True)
    mounted.touch(mode=0o600)
    assert "chmod -R a+rX dashboards" in "\n".join(make(tmp_path))

    mounted.chmod(0o644)

    assert "chmod" not in "\n".join(make(tmp_path))


def test_no_secret_is_said(tmp_path: Path) -> None:
    """What is printed names files and holds no secret."""
    told = "\n".join(make(tmp_path))

    assert [
        name for name in MADE if (tmp_path / "secrets" / name).read_text("utf-8").strip() in told
    ] == []


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A real Mosquitto with the committed configuration and the made passwords; its port and the secrets."""
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if mosquitto is None or shutil.which("mosquitto_sub") is None:
        pytest.skip("no mosquitto and mosquitto_sub found: install mosquitto and mosquitto-clients")
    list(make(tmp_path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    config = (COMPOSE / "mosquitto.conf").read_text("utf-8")
    places = {
        "listener 1883": f"listener {port} 127.0.0.1",
        "/run/secrets/mosquitto_passwd": str(tmp_path / "secrets" / PASSWORDS),
        "/mosquitto/config/mosquitto.acl": str(COMPOSE / "mosquitto.acl"),
        "/mosquitto/data/": f"{tmp_path}/",
    }
    for inside, here in places.items():
        assert inside in config
        config = config.replace(inside, here)
    (tmp_path / "mosquitto.conf").write_text(f"user root\n{config}", encoding="utf-8")
    with (tmp_path / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen(
            [mosquitto, "-c", tmp_path / "mosquitto.conf"], stdout=log, stderr=log
        )
        try:
            _wait(port, process)
            yield port, tmp_path / "secrets"
        finally:
            process.terminate()
            process.wait(10)


def test_health_check_of_compose_works(broker: tuple[int, Path]) -> None:
    """The very command of the health check, with its user, gets an answer from a real broker."""
    port, secrets = broker
    password = (secrets / BROKER["health"]).read_text("utf-8")

    assert _heard(port, "health", password, "$SYS/broker/uptime")


@pytest.mark.parametrize(
    ("user", "topic", "allowed"),
    [
        ("station", "holdspace/room/availability", True),
        ("station", "homeassistant/device/x/config", True),
        ("viewer", "holdspace/room/availability", False),
        ("viewer", "homeassistant/status", True),
        ("health", "holdspace/room/availability", False),
    ],
)
def test_who_may_say_what(user: str, topic: str, *, allowed: bool, broker: tuple[int, Path]) -> None:
    """Only the station publishes readings; what others publish reaches nobody."""
    port, secrets = broker
    own = (secrets / BROKER[user]).read_text("utf-8")
    listener = (secrets / BROKER["station"]).read_text("utf-8")
    say = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-u", user, "-P", own, "-q", "1"]

    subprocess.run(
        [*say, "-t", topic, "-m", "here", "-r"], check=False, capture_output=True, timeout=10
    )

    assert _heard(port, "station", listener, topic) is allowed


@pytest.mark.parametrize(("user", "password"), [("station", "wrong"), ("", "")])
def test_nobody_without_a_password(user: str, password: str, broker: tuple[int, Path]) -> None:
    """A wrong password or none is turned away."""
    assert not _heard(broker[0], user, password, "#")


def test_entry_depends_on_password_and_salt() -> None:
    """Two users with one password have lines of their own."""
    first, second = entry("a", "same", b"1" * 12), entry("a", "same", b"2" * 12)

    assert first != second
    assert first.startswith("a:$7$101$")
    assert "same" not in first


def test_script_names_the_folders_that_are_made() -> None:
    """The script of the database writes into exactly the folders that are made here."""
    script = (COMPOSE / "influxdb-tokens.sh").read_text("utf-8")

    assert {line.split()[1] for line in script.splitlines() if line.startswith("token ")} == set(
        secret_files.TOKENS
    )


def _heard(port: int, user: str, password: str, topic: str) -> bool:
    command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-t", topic, "-C", "1", "-W", "2"]
    who = ["-u", user, "-P", password] if user else []
    return subprocess.run([*command, *who], check=False, capture_output=True).returncode == 0


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE):
        assert process.poll() is None, "mosquitto ended by itself"
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("mosquitto does not answer")
