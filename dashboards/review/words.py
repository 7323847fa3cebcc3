"""How values, times and alerts are written in the report."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from alerts.condition import SYSTEM, Cause, Family
from alerts.limits import FamilyRule
from alerts.rules import Rules
from collector.clock import SECOND
from collector.session import Session, Source
from dashboards.review.history import AlertEpisode
from dashboards.troubles import trouble_words

DASH = "–"
MINUS = "−"  # noqa: RUF001 - typographic minus
HOUR, MINUTE = 3600, 60
WHAT = {
    Family.SPO2_LOW: ("SpO₂", "<"),
    Family.SPO2_DROP: ("SpO₂", "own"),
    Family.SPO2_FAST: ("SpO₂", "was"),
    Family.HR_SHIFT: ("Pulse", "own"),
    Family.HR_LOW: ("Pulse", "<"),
    Family.HR_HIGH: ("Pulse", ">"),
}
# How an alert is called that explains another (the words of the bedside page).
EXPLAINS = {
    Family.SPO2_LOW: "low SpO₂",
    Family.UNMONITORED: "no reading",
    Family.RADIO: "the radio",
    Family.IDENTITY: "a doubt whose clip it was",
}
COMPARED = frozenset(
    {Family.SPO2_DROP, Family.SPO2_FAST, Family.HR_SHIFT}
)  # with a number of the person's own
# The words for why nobody is measured are those of the bedside page (looks.md, words).
CAUSES = {
    Cause.HOST_DOWN: "station off",
    Cause.ADAPTER_DOWN: "station radio off",
    Cause.LINK_LOST: "out of range",
    Cause.STALE: "clip silent",
    Cause.FINGER_OFF: "finger off",
    Cause.NO_SIGNAL: "searching for pulse",
    Cause.DEVICE_PAUSED: "paused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Writes seconds of the session as clock times in one zone, and in UTC."""

    zero_utc_ns: int
    zone: tzinfo | None = None  # None = the zone of this machine

    def local(self, t: float) -> datetime:
        """The moment `t` in the zone."""
        return self.utc(t).astimezone(self.zone)

    def utc(self, t: float) -> datetime:
        """The moment `t` in UTC, to the second."""
        moment = datetime.fromtimestamp(self.zero_utc_ns // SECOND, UTC)
        return moment + timedelta(seconds=round(t + self.zero_utc_ns % SECOND / SECOND))

    def clock(self, t: float) -> str:
        """Such as 20:35:30."""
        return f"{self.local(t):%H:%M:%S}"

    def offset(self, t: float) -> str:
        """Such as UTC+1 or UTC+5:30; UTC for no offset."""
        minutes = round((self.local(t).utcoffset() or timedelta()).total_seconds() / MINUTE)
        if not minutes:
            return "UTC"
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'+' if minutes > 0 else MINUS}{hours}" + (f":{rest:02}" if rest else "")

    def span(self, first: float, last: float) -> str:
        """Such as "18 Nov 2026, 19:30:05 to 22:03:10 (UTC+1)"."""
        return f"{_span(self.local(first), self.local(last))} ({self.offset(first)})"

    def utc_span(self, first: float, last: float) -> str:
        """The same in UTC."""
        return f"{_span(self.utc(first), self.utc(last))} UTC"


def _span(first: datetime, last: datetime) -> str:
    day = f"{first.day} {first:%b %Y}"
    later = "" if first.date() == last.date() else f"{last.day} {last:%b}, "
    return f"{day}, {first:%H:%M:%S} to {later}{last:%H:%M:%S}"


def lasting(seconds: float | None) -> str:
    """Such as 2:05 or 1:02:05."""
    if seconds is None:
        return DASH
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, left = divmod(minutes, 60)
    return f"{hours}:{left:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def length(seconds: float) -> str:
    """Such as "2 h 33 min" or "40 s"."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def counted(number: int, one: str, several: str = "") -> str:
    """Such as "1 reading" or "41 readings"."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def value(number: float | None) -> str:
    """A value as the clip would say it: whole, or with one decimal when it has one."""
    if number is None:
        return DASH
    return f"{number:.0f}" if abs(number - round(number)) < 0.05 else f"{number:.1f}"


def whole(number: float | None) -> str:
    """A median or percentile of SpO2, rounded down: 89.5 is below 90."""
    return DASH if number is None else f"{math.floor(number)}"


def beats(number: float | None) -> str:
    """A median of the pulse rate, rounded."""
    return DASH if number is None else f"{number:.0f}"


def percent(share: float | None) -> str:
    """A share in whole percent; never rounded up to 100 or down to 0."""
    if share is None:
        return DASH
    shown = 99 if 99 < share < 100 else round(share)
    return "under 1 %" if shown == 0 and share > 0 else f"{shown} %"


def signed(number: float) -> str:
    """A difference with its sign."""
    whole = round(number)
    return f"+{whole}" if whole > 0 else f"{MINUS}{-whole}" if whole < 0 else "0"


def source_words(session: Session) -> str:
    """What is said of where the readings come from; nothing for a live session."""
    match session.source:
        case Source.DEMO:
            return "SIMULATION · nobody was measured, the oximeters were simulated"
        case Source.REPLAY:
            return f"REPLAY at {session.speed:g} times · an earlier recording, played as if live"
        case Source.IMPORT:
            return "IMPORT · read from a file, not measured by this station"
    return ""


def alert_words(episode: AlertEpisode) -> str:
    """What an alert was about, such as "SpO₂ 86 < 90", and what explained it, if anything did."""
    if episode.explained is None:
        return _about(episode)
    by = EXPLAINS.get(episode.explained, episode.explained.value)
    return f"{_about(episode)} (explained by {by})"


def _about(episode: AlertEpisode) -> str:
    if episode.family is Family.UNMONITORED:
        return f"No reading, {CAUSES[episode.cause]}" if episode.cause else "No reading"
    if episode.family is Family.BATTERY:
        return "Battery low" if episode.worst is None else f"Battery {value(episode.worst)} %"
    if episode.family is Family.LOW_PERFUSION:
        return (
            "Weak signal" if episode.worst is None else f"Weak signal, index {value(episode.worst)} %"
        )
    if episode.family in SYSTEM:
        return ", ".join(filter(None, trouble_words(episode.family, episode.about, episode.worst)))
    what, sign = WHAT[episode.family]
    if episode.family in COMPARED:
        return f"{what} {value(episode.worst)}, {sign} {value(episode.reference)}"
    return f"{what} {value(episode.worst)} {sign} {value(episode.limit)}"


def told_words(episode: AlertEpisode) -> str:
    """Who was notified, such as "M's phone after 0:01, K's phone not reached"."""
    return ", ".join(
        f"{one.target} not reached"
        if one.delivered is None
        else f"{one.target} after {lasting(one.delivered - episode.raised)}"
        for one in episode.told
    )


def limit_words(rules: Rules) -> str:
    """The limits in one line, such as "SpO₂ 94 · 90 · 85, pulse 50 · 40 to 120 · 140"."""
    by_family = {rule.family: _limits(rule) for rule in rules.vitals}
    spo2 = f"SpO₂ {by_family[Family.SPO2_LOW]}" if Family.SPO2_LOW in by_family else ""
    pulse = " to ".join(
        by_family[family] for family in (Family.HR_LOW, Family.HR_HIGH) if family in by_family
    )
    return ", ".join(part for part in (spo2, pulse and f"pulse {pulse}") if part)


def _limits(rule: FamilyRule) -> str:
    return " · ".join(value(level.limit) for level in rule.levels)


def confirmed_words(rules: Rules) -> str:
    """Who confirmed the limits."""
    if not rules.approved_by:
        return "not confirmed by a clinician"
    return f"confirmed by {rules.approved_by}" + (
        f" on {rules.approved_on}" if rules.approved_on else ""
    )
