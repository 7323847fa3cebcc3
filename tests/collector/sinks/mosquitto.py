"""A real Mosquitto on loopback, which can be killed, frozen and started again: Debian's package `mosquitto`."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
from pathlib import Path

from collector.settings import MqttSettings
from tests.collector.sinks.influxd import free_port

USER, PASSWORD = "station", "loopback"
VIEWER, SIGHT = "viewer", "watching"
# As in docker-compose.yml: what was acknowledged is on disk by the next turn of the broker.
CONFIG = """
user {user}
per_listener_settings false
listener {port} 127.0.0.1
{tls}
allow_anonymous false
password_file {home}/passwd
acl_file {home}/acl
persistence true
persistence_location {home}/
autosave_interval 1
autosave_on_changes {at_once}
max_queued_messages 100000
max_inflight_messages 100
persistent_client_expiration 1d
log_dest stdout
log_type error
log_type warning
log_type notice
"""
RIGHTS = """
user {user}
topic readwrite holdspace/#
topic readwrite homeassistant/#

user {viewer}
topic read #
"""
# Home Assistant's topics are somebody else's.
OWN_RIGHTS = "\nuser {user}\ntopic readwrite holdspace/#\n"
NO_RIGHTS = "\nuser {user}\ntopic read holdspace/#\n"
PATIENCE = 200  # of 50 ms


def program() -> str | None:
    """The path of the broker's program, if it is on this machine."""
    return shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


class Mosquitto:
    """The broker and what it keeps below `home`."""

    def __init__(
        self, path: str, home: Path, *, certificate: Path | None = None, at_once: bool = True
    ) -> None:
        self._path, self.home = path, home
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        tls = f"certfile {certificate}.crt\nkeyfile {certificate}" if certificate else ""
        config = CONFIG.format(
            home=home, port=self.port, tls=tls, user=home.owner(), at_once=str(at_once).lower()
        )
        (home / "mosquitto.conf").write_text(config, encoding="utf-8")
        (home / "passwd").touch(mode=0o600)
        for user, password in ((USER, PASSWORD), (VIEWER, SIGHT)):
            words = ["mosquitto_passwd", "-b", str(home / "passwd"), user, password]
            subprocess.run(words, check=True, capture_output=True)
        self.allow(RIGHTS)

    def allow(self, rights: str) -> None:
        """Who may do what, from the next start on."""
        text = rights.format(user=USER, viewer=VIEWER)
        (self.home / "acl").write_text(text, encoding="utf-8")
        (self.home / "acl").chmod(0o600)

    def settings(self, **others: object) -> MqttSettings:
        """The section [mqtt] for it, with the password in a file."""
        file = self.home / "password"
        if not file.exists():
            file.write_text(f"{PASSWORD}\n", encoding="utf-8")
        given = {"url": f"mqtt://127.0.0.1:{self.port}", "user": USER, "password_file": file}
        return MqttSettings.model_validate(given | others)

    async def start(self) -> None:
        """Return when it listens."""
        with (self.home / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - a moment
                [self._path, "-c", self.home / "mosquitto.conf"], stdout=log, stderr=log
            )
        for _ in range(PATIENCE):
            assert self._process.poll() is None, (self.home / "mosquitto.log").read_text()
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.05)
        raise AssertionError("mosquitto does not listen")

    def kill(self) -> None:
        """As kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def saved(self) -> None:
        """Return when it has saved once more; only of use when it does not save at once."""
        file = self.home / "mosquitto.db"
        before = file.stat().st_mtime_ns if file.exists() else 0
        for _ in range(PATIENCE):
            if file.exists() and file.stat().st_mtime_ns > before:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("mosquitto does not save")

    def freeze(self) -> None:
        """It keeps its connections and says nothing more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
