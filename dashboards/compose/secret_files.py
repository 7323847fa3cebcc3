"""The secret files that docker compose asks for: random, made once, never overwritten.

A container's user is not the user who owns the checkout, and compose hands a file over as it is. So the
folder `secrets` is closed (0700: nobody else on this machine gets through it) and the files in it are
readable (0444: whichever user of a container may read the one that is mounted into it).
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

FOLDER, ENVIRONMENT = "secrets", ".env"
VARIABLE = "HOLDSPACE_SECRETS"
# 32 bytes: more than any of the servers asks for.
RANDOM = (
    "influxdb_password",
    "influxdb_admin_token",
    "grafana_admin_password",
    "grafana_secret_key",
)
BYTES = 32
# Users of the broker -> the file with their password.
BROKER = {"station": "mqtt_station", "viewer": "mqtt_viewer", "health": "mqtt_health"}
PASSWORDS = "mosquitto_passwd"
# An address where nothing listens: until it is changed Grafana says itself that it cannot deliver.
WEBHOOK, NOWHERE = "grafana_webhook", "http://127.0.0.1:9/nobody-is-told\n"
# Written by the database's first start: who mounts which is decided in docker-compose.yml.
TOKENS = ("read", "write", "erase")
# What compose mounts from the checkout; a strict umask at the clone closes it to the users of containers.
MOUNTED = "dashboards"
# Mosquitto 2: PBKDF2 with SHA-512, this many rounds, 12 bytes of salt (its password_mosq.h).
ROUNDS, SALT_BYTES, KEY_BYTES = 101, 12, 64


def make(home: Path) -> Iterator[str]:
    """Make what is missing below `home`; gives a line for each thing made, and what is left to do."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    made = [name for name in RANDOM if _write(folder / name, _random())]
    made += [name for name in BROKER.values() if _write(folder / name, _random())]
    if _write(folder / PASSWORDS, _hashed(folder)):
        made.append(PASSWORDS)
    elif set(made) & set(BROKER.values()):
        yield f"{FOLDER}/{PASSWORDS} is older than a password beside it: delete it and start again."
    if _write(folder / WEBHOOK, NOWHERE, mode=0o644):
        made.append(WEBHOOK)
        yield f"Grafana tells nobody yet: write the address of a web hook into {FOLDER}/{WEBHOOK}."
    _places(folder)
    _name(home)
    if _closed(home):
        yield f"Containers cannot read {MOUNTED} of this checkout: run chmod -R a+rX {MOUNTED}"
    count = f"{len(made)} secrets made" if made else "nothing was missing"
    yield f"{count} in {FOLDER}/, which only you can enter. Next: docker compose --profile demo up"


def entry(user: str, password: str, salt: bytes) -> str:
    """A line of Mosquitto's password file."""
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, KEY_BYTES)
    parts = (base64.b64encode(part).decode() for part in (salt, key))
    return f"{user}:$7${ROUNDS}${'$'.join(parts)}\n"


def _random() -> str:
    return secrets.token_urlsafe(BYTES)


def _hashed(folder: Path) -> str:
    return "".join(
        entry(user, (folder / name).read_text("utf-8").strip(), secrets.token_bytes(SALT_BYTES))
        for user, name in BROKER.items()
    )


def _write(path: Path, text: str, *, mode: int = 0o444) -> bool:
    """Write a file that is not there yet, whole or not at all; whether it was made now."""
    if path.exists():
        return False
    half = path.with_suffix(".half")
    half.write_text(text, encoding="utf-8")
    half.chmod(mode)
    half.rename(path)
    return True


def _places(folder: Path) -> None:
    """Folders into which the database, a user of its container, may write the tokens it makes."""
    for name in TOKENS:
        place = folder / "tokens" / name
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o777)


def _closed(home: Path) -> bool:
    """Whether a file that is to be mounted cannot be read by others."""
    return any(not path.stat().st_mode & 0o004 for path in (home / MOUNTED).rglob("*.*"))


def _name(home: Path) -> None:
    """Tell compose where the secrets are; without this line it refuses to start and says why."""
    path = home / ENVIRONMENT
    known = path.read_text("utf-8") if path.exists() else ""
    if any(line.startswith(f"{VARIABLE}=") for line in known.splitlines()):
        return
    gap = "\n" if known and not known.endswith("\n") else ""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{gap}{VARIABLE}=.{os.sep}{FOLDER}\n".replace("\\", "/"))
