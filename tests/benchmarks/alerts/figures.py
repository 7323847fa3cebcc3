"""The tables of `bench alerts` as one page, docs/figures.md."""

import platform
import subprocess
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from alerts.condition import Family, Level
from tests.alerts.book import Limit
from tests.benchmarks.alerts.campaign import OURS, Campaign, Measured
from tests.benchmarks.alerts.own import Own
from tests.benchmarks.alerts.rivals import RIVALS
from tests.benchmarks.alerts.score import Score
from tests.benchmarks.alerts.watch import SEEN_AFTER_MS
from tests.benchmarks.table import Row, grid, quantile, table

HOME = Path(__file__).resolve().parents[3]
WIDTH = 110
PAGE = HOME / "docs" / "figures.md"
WAYS = (OURS, *(rival.name for rival in RIVALS))
Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def write(rows: Sequence[Row], found: Campaign, *, short: bool) -> str:
    """The page as text; written to its file unless the run was `short`."""
    text = "\n\n".join(map(_wrapped, _page(rows, found, short=short))) + "\n"
    if not short:
        PAGE.write_text(text, encoding="utf-8")
    return text


def _wrapped(block: str) -> str:
    """A paragraph in lines of the house's width; headings and tables as they are."""
    return block if block[0] in "#|" else textwrap.fill(block, WIDTH, break_long_words=False)


def commit() -> str:
    """The commit that is measured, and whether the checkout differs from it."""
    line = _git("log", "-1", "--format=%h of %cs") or "an unknown commit"
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return line + (", with changes that are not committed" if changed else "")


def _git(*words: str) -> str:
    told = subprocess.run(["git", *words], cwd=HOME, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def _page(rows: Sequence[Row], found: Campaign, *, short: bool) -> Iterator[str]:
    yield "# Figures of the alerts"
    yield (
        f"Written by `python3 start.py bench alerts{' --short' if short else ''}` at commit {commit()},"
        f" Python {platform.python_version()} on {platform.system()} {platform.machine()}."
        " Default rules, the real engine, whole-number readings once a second. All sessions are seeded and"
        " come out alike on every machine; only CPU times differ. Somebody acknowledges each announcement"
        f" after {SEEN_AFTER_MS // 1000} s. No figure here is of a person in a real session."
    )
    yield table(rows)
    yield "## Crossings: told, and how late"
    yield (
        "Every run of valid readings beyond a limit that lasts the delay and a second. `told` = raised"
        " at that level by then. Delay in s from the first such reading, median / 95 % / longest, of the"
        " runs that found nothing raised (shorter where a deeper level came first, or evidence from just"
        " before counted); `given out` = by a shell that looks once a second. The rest of the way to the"
        " page is measured by `bench page`."
    )
    for one in (*found.falling, *([found.recordings] if found.recordings else [])):
        yield f"### {one.name} ({one.burden.hours:.1f} h)"
        yield grid(*_crossings(one))
    yield found.left_out
    yield f"### Own baseline, fast fall, perfusion ({found.own.burden.hours:.1f} h, noise sd 1)"
    yield (
        "Own SpO2 99 and pulse 75. A fast fall is told when its early word or the alert on low SpO2 stands;"
        " weak perfusion is an advisory, which gives no signal."
    )
    yield grid(*_own(found.own))
    yield "## The same signals under what others do"
    yield (
        "Falls with noise. Each cell: told within delay + 1 s of all such runs; median / 95 % / longest delay"
        " in s; raises, and in brackets those within 60 s of an end. None of the others repeats."
    )
    yield grid(*_ways(found.falling[-1]))
    yield "### A true SpO2 just below 90, for five minutes"
    yield (
        "Limit 90, noise with a standard deviation of 1. Each cell: delay in s from the fall of the true"
        " value, median / 95 %; share missed in five minutes. A timer that one reading resets has no bound."
    )
    yield grid(*_nearby(found))
    yield "## When nothing is wrong"
    yield (
        "True SpO2 as named, pulse 70, AR(1) noise (0.7, sd 1), four dropouts an hour of 2 to 90 s. Motion"
        " takes 4 to 15 points away, for the lengths of Tobin 2002 (62 % under 10 s, 5 % over a minute); most"
        " oximeters would flag it or lose the number, so that the rows without a mark are the worst case."
        " Announcements per participant-hour, repeats included; episodes raised again within 60 s of an"
        " end, of all; then what was raised, per hour. A dropout of 15 s or more is rightly told."
    )
    yield grid(*_quiet(found))
    yield (
        "Raises per participant-hour at < 94 / < 90 / < 85, beside the others, who do not look at what a"
        " clip says of its signal:"
    )
    yield grid(*_quiet_ways(found))
    yield "## Readings that stop"
    yield grid(*_silences(found))


def _crossings(one: Measured) -> Table:
    head = ("level", "runs", "told", "delay", "promised", "given out", "promised")
    lines = []
    for (who, limit), score in one.scores.items():
        if who == OURS and score.runs:
            onset, screen = limit.delay / 1000 + 1, limit.delay / 1000 + 2
            given = f"{max(score.shown):.1f}" if score.shown else ""
            cells = (_level(limit), str(score.runs), _share(score), _delays(score))
            lines.append((*cells, f"{onset:g}", given, f"{screen:g}"))
    return head, lines


def _own(found: Own) -> Table:
    head = ("family", "crossing", "runs", "told", "delay", "promised", "given out", "promised")
    lines = []
    for crossing, score in found.scores.items():
        bound = crossing.delay / 1000
        given = f"{max(score.shown):.1f}" if score.shown else ""
        cells = (crossing.family.value, crossing.words, str(score.runs), _share(score), _delays(score))
        lines.append((*cells, f"{bound + 1:g}", given, f"{bound + 2:g}"))
    return head, lines


def _ways(one: Measured) -> Table:
    limits = dict.fromkeys(limit for _, limit in one.scores)
    lines = [(_level(limit), *(_way(one.scores.get((who, limit))) for who in WAYS)) for limit in limits]
    return ("level", *WAYS), lines


def _way(score: Score | None) -> str:
    if score is None:
        return ""
    return f"{_share(score)}; {_delays(score)}; {score.episodes} ({score.flaps})"


def _nearby(found: Campaign) -> Table:
    lines = [
        (near.name, *(_near(near.delays[who], near.missed[who]) for who in WAYS))
        for near in found.nearby
    ]
    return ("true value and noise", *WAYS), lines


def _near(delays: Sequence[float], missed: int) -> str:
    return f"{_pair(delays)}; {100 * missed / (missed + len(delays)):.0f} %"


def _quiet(found: Campaign) -> Table:
    families = sorted({family for one in _calm(found) for family in one.burden.raised}, key=str)
    raises = (f"{family.value} raised" for family in families)
    head = ("set", "h", "urgent", "caution", "caution for no reading", "flap", *raises)
    lines = []
    for one in _calm(found):
        burden = one.burden
        hourly = (
            f"{burden.hourly(Level.URGENT):.2f}",
            f"{burden.hourly(Level.CAUTION, set(Family) - {Family.UNMONITORED}):.2f}",
            f"{burden.hourly(Level.CAUTION, [Family.UNMONITORED]):.2f}",
        )
        raised = (f"{burden.raised[family] / burden.hours:.2f}" for family in families)
        cells = (one.name, f"{burden.hours:.0f}", *hourly, f"{100 * burden.flap():.0f} %", *raised)
        lines.append(cells)
    return head, lines


def _quiet_ways(found: Campaign) -> Table:
    limits = [
        limit for who, limit in found.quiet[0].scores if who == OURS and limit.family is Family.SPO2_LOW
    ]
    lines = [(one.name, *(_rates(one, who, limits) for who in WAYS)) for one in _calm(found)]
    return ("set", *WAYS), lines


def _rates(one: Measured, who: str, limits: Sequence[Limit]) -> str:
    return " / ".join(f"{one.scores[who, limit].episodes / one.burden.hours:.2f}" for limit in limits)


def _calm(found: Campaign) -> list[Measured]:
    return [*found.quiet, *found.moving]


def _silences(found: Campaign) -> Table:
    head = ("set", "silent, min/h", "silences over 17 s", "told in 17 s", "delay", "urgent in 122 s")
    lines = []
    for one in (found.silences, *found.quiet[-1:]):
        told = one.silence
        urgent = f"{told.urgent_told} of {told.urgent}"
        silent = f"{told.silent_s / 60 / told.hours:.1f}"
        lines.append(
            (one.name, silent, str(told.silences), str(told.told), _three(told.delays), urgent)
        )
    return head, lines


def _level(limit: Limit) -> str:
    side = ">" if limit.family is Family.HR_HIGH else "<"
    return f"{limit.family.value} {side} {limit.limit:g}"


def _share(score: Score) -> str:
    return f"{100 * score.told / score.runs:.4g} %" if score.runs else "-"


def _delays(score: Score) -> str:
    return _three(score.delays)


def _three(values: Sequence[float]) -> str:
    return f"{_pair(values)} / {max(values):.1f}" if values else "-"


def _pair(values: Sequence[float]) -> str:
    return f"{quantile(values, 0.5):.1f} / {quantile(values, 0.95):.1f}" if values else "-"
