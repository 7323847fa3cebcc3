"""An acknowledgement that is a watch: "tell me below 91, or worse, or after 30 minutes". Pure.

Somebody steady at 93 would announce every five minutes for hours. Only for a caution, only once it has been
steady, and never past the limit of the level behind it, which announces itself anyway.
"""

from alerts.alert import Alert
from alerts.condition import Level
from alerts.state import State
from collector.clock import SECOND

STEADY_NS = 60 * SECOND


def refusal(alert: Alert | None, watch: float, now: int) -> str:
    """Why that alert cannot be watched down (or up) to `watch`, in one sentence; empty = it can be."""
    if alert is None or alert.state is not State.ACTIVE or alert.since is None:
        return "Already over or seen; nothing changed."
    if alert.level is not Level.CAUTION or alert.unseen is not Level.CAUTION:
        return "Only a caution can be watched."
    if alert.rung + 1 >= len(alert.rule.levels):
        return "This alert has no more urgent level behind it; acknowledge it instead."
    if now - alert.since.running_ns < STEADY_NS:
        return (
            "It is too fresh to be called steady; acknowledge it, or watch it a minute after it began."
        )
    return _outside(alert, watch)


def _outside(alert: Alert, watch: float) -> str:
    """Whether `watch` lies beyond the caution's own limit, not past the urgent one, nor behind the worst."""
    rule, rung = alert.rule, alert.rung
    mild, urgent = rule.levels[rung].limit, rule.levels[rung + 1].limit
    if not rule.severity(mild) < rule.severity(watch) <= rule.severity(urgent):
        return f"Watch between {mild:g} and {urgent:g}; beyond that it is urgent."
    if alert.worst is not None and rule.severity(alert.worst) > rule.severity(watch):
        return f"It has been at {alert.worst:g} already, which is beyond {watch:g}."
    return ""


def waiting_cautions(alerts: list[Alert]) -> list[str]:
    """The cautions that wait for somebody: nothing that rests, nothing that is or has been urgent unseen."""
    return [
        alert.episode
        for alert in alerts
        if alert.explained is None
        and not (alert.paused and alert.pausable)
        and alert.state is State.ACTIVE
        and alert.level is alert.unseen is Level.CAUTION
    ]
