"""Would notifications reach anybody? With `send_test` one is really sent to each target."""

from random import Random

from alerts.condition import Level
from alerts.notifications import Occasion
from alerts.settings import AlertsSettings
from alerts.watchdog.postman import Postman
from alerts.watchdog.wire import Message
from collector.checkup import Finding, Ground, Verdict
from collector.clock import LiveClock
from collector.config import read_section
from collector.errors import ConfigError

NAME = "notifications"
NOBODY = "Nobody is notified: only the page shows alerts; name somebody in [[alerts.targets]]."


async def check(ground: Ground) -> list[Finding]:
    """Look at each target of the configuration."""
    settings = (
        read_section(ground.config, "alerts", AlertsSettings) if ground.config else AlertsSettings()
    )
    if not settings.targets:
        return [Finding(check=NAME, verdict=Verdict.ADVICE, says=NOBODY)]
    try:
        settings.check_secrets()
    except ConfigError as error:
        return [Finding(check=NAME, verdict=Verdict.FAULT, says=str(error))]
    addresses = {target.name: target.address() for target in settings.targets}
    postman = Postman(addresses, LiveClock(), Random())  # noqa: S311 - jitter of pauses
    return [await _ask(postman, name, settings.room, ground) for name in addresses]


async def _ask(postman: Postman, name: str, room: str, ground: Ground) -> Finding:
    if name in postman.problems:
        says = f"The target {name!r}: {postman.problems[name]}."
        return Finding(check=NAME, verdict=Verdict.FAULT, says=says)
    if not ground.send_test:
        says = f"The address of {name!r} is understood; `holdspace doctor --send-test` sends one there."
        return Finding(check=NAME, verdict=Verdict.NOTED, says=says)
    told = await postman.deliver(
        Message(
            key="doctor",
            target=name,
            text=f"{room} · test",
            level=Level.URGENT.word,
            occasion=Occasion.TEST.value,
        )
    )
    if told.state == "delivered":
        says = f"The service of {name!r} took a test; look whether it arrived, with sound."
        return Finding(check=NAME, verdict=Verdict.NOTED, says=says)
    says = f"A test to {name!r} was not delivered ({told.reason.value}); check its address and the network."
    return Finding(check=NAME, verdict=Verdict.FAULT, says=says)
