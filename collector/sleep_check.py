"""Will this computer go to sleep, or its screen go dark, in the middle of a session?"""

import configparser
import sys

from collector.checkup import Finding, Ground, Verdict

NAME = "sleep"
# logind.conf(5): what is read, later files win.
LOGIND = "etc/systemd/logind.conf"
SLEEPS = frozenset({"suspend", "hibernate", "hybrid-sleep", "suspend-then-hibernate", "sleep"})
# A masked unit is a link to /dev/null (systemctl(1)): the system cannot sleep at all then.
MASKED = ("etc/systemd/system/sleep.target", "etc/systemd/system/suspend.target")
# A session asks for it by itself (awake.py), which not everybody may.
NO_SLEEP = "hold it awake: systemd-inhibit --what=idle:sleep:handle-lid-switch holdspace run"


async def check(ground: Ground) -> list[Finding]:
    """Read how the system is configured."""
    if sys.platform != "linux":
        says = "Set this computer so that neither it nor its screen sleeps during a session."
        return [Finding(check=NAME, verdict=Verdict.UNKNOWN, says=says)]
    return judge(ground)


def judge(ground: Ground) -> list[Finding]:
    """What would put it to sleep, and what cannot be seen from here."""
    if any((ground.root / unit).readlink().name == "null" for unit in MASKED if _is_link(ground, unit)):
        return [Finding(check=NAME, verdict=Verdict.NOTED, says="This computer never sleeps (masked).")]
    login = logind(ground)
    found = []
    if login.get("idleaction", "ignore") in SLEEPS:
        says = f"This computer sleeps when nobody touches it (logind.conf); {NO_SLEEP}"
        found.append(Finding(check=NAME, verdict=Verdict.FAULT, says=says))
    if any((ground.root / "proc/acpi/button/lid").glob("*")) and _lid(login) in SLEEPS:
        says = f"This computer sleeps when its lid is closed; leave it open, or {NO_SLEEP}"
        found.append(Finding(check=NAME, verdict=Verdict.ADVICE, says=says))
    if any((ground.root / "usr/share/xsessions").glob("*")):
        says = "A desktop may darken the screen or sleep by itself; set both to never before a session."
        found.append(Finding(check=NAME, verdict=Verdict.UNKNOWN, says=says))
    quiet = Finding(check=NAME, verdict=Verdict.NOTED, says="Nothing was found that puts it to sleep.")
    return found or [quiet]


def logind(ground: Ground) -> dict[str, str]:
    """The section [Login], keys in lower case; a file that cannot be read counts as empty."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    beside = sorted((ground.root / f"{LOGIND}.d").glob("*.conf"))
    for file in (ground.root / LOGIND, *beside):
        try:
            parser.read_string(ground.text(str(file.relative_to(ground.root))))
        except configparser.Error:
            continue
    return dict(parser["Login"]) if parser.has_section("Login") else {}


def _lid(login: dict[str, str]) -> str:
    return login.get("handlelidswitch", "suspend")  # logind's own default


def _is_link(ground: Ground, unit: str) -> bool:
    return (ground.root / unit).is_symlink()
