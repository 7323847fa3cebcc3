"""docker-compose.yml and Dockerfile: shape, and the promises of hardening that no schema knows."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import start
from collector.config import Section, read_config
from collector.settings import InfluxdbSettings, MqttSettings, StationSettings
from collector.sinks import SINKS, schema
from dashboards.compose.secret_files import BROKER, make
from dashboards.settings import PageSettings

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "docker-compose.yml"
STACK: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
SECRETS = "${HOLDSPACE_SECRETS:?run python3 start.py secrets first}"
OURS = ("demo", "station")
each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


@each_service
def test_service_is_hardened(service: dict[str, Any]) -> None:
    """Nothing is writable but its volumes, nothing is privileged, and it is not root."""
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices", "ipc"} & set(service)


@each_service
def test_service_looks_after_itself(service: dict[str, Any]) -> None:
    """It is watched, restarted, and its log cannot fill the disk."""
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]


@each_service
def test_ports_stay_on_this_machine_unless_chosen(service: dict[str, Any]) -> None:
    """Every published port names an address: this machine's own, or the one that somebody has chosen."""
    for port in service["ports"]:
        assert re.match(r"(127\.0\.0\.1|\$\{HOLDSPACE_LISTEN:-127\.0\.0\.1\}):\d+:\d+$", port)


@each_service
def test_image_is_pinned(service: dict[str, Any]) -> None:
    """Every image has a version."""
    name, _, version = service["image"].rpartition(":")

    assert name
    assert re.match(r"\d+\.\d+", version)


@each_service
def test_no_secret_in_the_environment(service: dict[str, Any]) -> None:
    """A variable that sounds like a secret names a file."""
    for name, value in service.get("environment", {}).items():
        if re.search(r"PASSWORD|TOKEN|SECRET", name) and not name.endswith("PASSWORDS"):
            assert name.endswith("_FILE")
            assert value.startswith("/run/secrets/")


def test_versions_are_those_of_the_tests() -> None:
    """The stack runs the releases that the documentation names and the types are taken from."""
    types = json.loads((ROOT / "tests/dashboards/grafana/tsc/package.json").read_text("utf-8"))

    assert {SERVICES[name]["image"] for name in OURS} == {f"holdspace:{start.version(ROOT)}"}
    assert SERVICES["influxdb"]["image"] == "influxdb:2.9.1"
    assert SERVICES["grafana"]["image"] == f"grafana/grafana:{types['dependencies']['@grafana/schema']}"


def test_every_file_that_is_mounted_is_there(tmp_path: Path) -> None:
    """Each file of the checkout and each secret that compose names exists after `start.py secrets`."""
    list(make(tmp_path))
    for name, secret in STACK["secrets"].items():
        assert secret["file"] == f"{SECRETS}/{name}"
        assert (tmp_path / "secrets" / name).is_file()
    for source in _sources():
        if source.startswith(SECRETS):
            assert (tmp_path / "secrets" / source.removeprefix(f"{SECRETS}/")).is_dir()
        else:
            assert (ROOT / source).exists()


def test_each_container_sees_its_own_token_only() -> None:
    """Grafana reads, the station writes; only the database itself sees all three places."""
    places = {
        name: [
            volume["source"].removeprefix(f"{SECRETS}/")
            for volume in service["volumes"]
            if isinstance(volume, dict)
        ]
        for name, service in SERVICES.items()
    }

    assert places == {
        "influxdb": ["tokens"],
        "mosquitto": [],
        "grafana": ["tokens/read"],
        "demo": ["tokens/write"],
        "station": ["tokens/write"],
    }


def test_station_finds_its_servers() -> None:
    """The station's own settings are understood, and name the services, the bucket and the mounted token."""
    sections: dict[str, type[Section]] = {"page": PageSettings, "station": StationSettings}
    sections |= {name: kind.settings for name, kind in SINKS.items()}
    read = read_config(ROOT / "dashboards/compose/holdspace.toml", sections)
    database, setup = read.of(InfluxdbSettings), SERVICES["influxdb"]["environment"]

    assert database.url == "http://influxdb:8086"
    assert database.bucket == setup["DOCKER_INFLUXDB_INIT_BUCKET"] == schema.BUCKET
    assert database.org == setup["DOCKER_INFLUXDB_INIT_ORG"] == schema.ORG
    assert database.token_file == Path("/run/holdspace/influxdb_write_token")
    assert {service["volumes"][-1]["target"] for service in map(SERVICES.get, OURS) if service} == {
        "/run/holdspace"
    }
    assert read.of(PageSettings).port == 8080
    broker = read.of(MqttSettings)
    assert (broker.host, broker.port, broker.user) == ("mosquitto", 1883, "station")
    assert str(broker.password_file) == f"/run/secrets/{BROKER[broker.user]}"
    assert all(BROKER[broker.user] in SERVICES[name]["secrets"] for name in OURS)


def test_only_bluetooth_is_let_in() -> None:
    """The station with oximeters gets D-Bus and nothing else of the host; the demo gets nothing."""
    assert SERVICES["station"]["profiles"] == ["ble"]
    assert SERVICES["demo"]["profiles"] == ["demo"]
    assert "/run/dbus/system_bus_socket:/run/dbus/system_bus_socket" in SERVICES["station"]["volumes"]
    assert [name for name in SERVICES if "dbus" in json.dumps(SERVICES[name])] == ["station"]


def test_shape_is_that_of_the_specification() -> None:
    """The compose specification's own schema knows every key and kind of value."""
    told = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", FILE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr


def test_schema_check_bites(tmp_path: Path) -> None:
    """A misspelt key is reported."""
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(FILE.read_text("utf-8").replace("  read_only: true", "  read_onyl: true"), "utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", wrong],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 1
    assert "read_onyl" in told.stdout


def test_every_use_of_the_secrets_refuses_without_them() -> None:
    """Wherever compose needs the secrets it ends with a sentence when it is not told where they are."""
    assert set(re.findall(r"\$\{HOLDSPACE_SECRETS[^}]*\}", FILE.read_text("utf-8"))) == {SECRETS}


def _plugin() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return not subprocess.run(
        [docker, "compose", "version"], capture_output=True, check=False
    ).returncode


if (
    _plugin()
):  # compose itself where it is there, without an engine; elsewhere the schema stands in for it

    @pytest.fixture
    def house(tmp_path: Path) -> Path:
        """A copy of what compose reads."""
        shutil.copy(FILE, tmp_path)
        shutil.copytree(ROOT / "dashboards" / "compose", tmp_path / "dashboards" / "compose")
        return tmp_path

    def config(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """`docker compose WORDS` there."""
        command = ["docker", "compose", *words]
        return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)

    def test_compose_refuses_without_secrets(house: Path) -> None:
        """Compose ends with a sentence that says what to run."""
        told = config(house, "config", "-q")

        assert told.returncode != 0
        assert "run python3 start.py secrets first" in told.stderr

    @pytest.mark.parametrize(("profile", "ours"), [("demo", "demo"), ("ble", "station")])
    def test_compose_understands_the_stack(profile: str, ours: str, house: Path) -> None:
        """With the secrets made compose resolves every reference of the profile."""
        list(make(house))
        told = config(house, "--profile", profile, "config", "--format", "json")

        assert told.returncode == 0, told.stderr
        resolved = json.loads(told.stdout)["services"]
        assert set(resolved) == {"influxdb", "mosquitto", "grafana", ours}
        ports = [port for service in resolved.values() for port in service["ports"]]
        assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_image_holds_what_it_copies_and_nothing_else() -> None:
    """Each file that the Dockerfile copies is let through by .dockerignore, which shuts out the rest."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    let_in = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert "*" in let_in
    assert {f"!{name}" for name in copied} == {line for line in let_in if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)


def test_health_check_of_the_station_asks_the_page(tmp_path: Path) -> None:
    """The very command of the health check says yes to a page that runs, and no where none does."""
    name, flag, code = SERVICES["demo"]["healthcheck"]["test"][1:]
    assert (name, flag) == ("python", "-c")
    words = ["demo", "--no-browser", "--port", "0", "--data", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "collector", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as station:
        try:
            assert station.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", station.stdout.readline())
            assert found
            asked = code.replace("http://127.0.0.1:8080", found.group())
            up = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=False)
        finally:
            station.terminate()
    down = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=False)

    assert asked != code
    assert (up.returncode, down.returncode) == (0, 1)


def test_image_is_set_up_by_hashes_and_not_root() -> None:
    """Packages come through start.py (wheels whose hashes stand in the lock); the image ends as a user."""
    text = (ROOT / "Dockerfile").read_text("utf-8")

    assert "RUN /usr/local/bin/python3 start.py install" in text
    assert "pip install" not in text
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == [SERVICES["station"]["user"]]
    assert re.search(r"^FROM python:\d+\.\d+-slim", text, re.MULTILINE)


def _sources() -> list[str]:
    """What is mounted from the checkout or the secrets."""
    found = []
    for service in SERVICES.values():
        for volume in service["volumes"]:
            source = volume["source"] if isinstance(volume, dict) else volume.split(":/", 1)[0]
            source = source.replace(
                "${HOLDSPACE_GRAFANA:-./dashboards/grafana/generated}", "./dashboards/grafana/generated"
            )
            if source.startswith((".", SECRETS)):
                found.append(source)
    return found
