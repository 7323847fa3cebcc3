"""The report: one self-contained HTML page per participant, and one for the group."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from alerts.rules import Rules
from collector.session import Session, Source
from dashboards.review import plots, words
from dashboards.review.figures import (
    INCOMPLETE_PCT,
    TOO_LITTLE_PCT,
    Around,
    Figures,
    around,
    marked_runs,
    measure,
)
from dashboards.review.load import Mark, Record, Recorded
from dashboards.review.plots import Axis
from dashboards.review.words import Times, lasting, percent, value

MOST_EPISODES = 6
GROUP = "index.html"
SMALL_WIDTH, SMALL_HEIGHT = 250.0, 30.0
IMPLAUSIBLE_SPO2 = 50  # data all the same, but shown with "check the clip" (DESIGN 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One file of the report."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One of the six key numbers; `state` is whole, incomplete or unknown."""

    number: str
    unit: str = ""
    words: str
    state: str = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerRow:
    """One line of the table of markers."""

    number: int
    mark: Mark
    since_dose: str
    around: Around


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One line of the group's page."""

    record: Record
    figures: Figures
    state: str
    file: str
    trace: Markup


def report(recorded: Recorded, *, rules: Rules, times: Times, version: str) -> list[Page]:
    """All pages of a session: one per participant, and `index.html` for two or more of them."""
    files = file_names([record.participant for record in recorded.records])
    measured = [measure(record, resting_before=recorded.started) for record in recorded.records]
    frame = {
        "session": recorded.session,
        "source": words.source_words(recorded.session),
        "rules": rules,
        "limits": words.limit_words(rules),
        "confirmed": words.confirmed_words(rules),
        "version": version,
        "times": times,
        "several": len(files) > 1,
        "imported": recorded.session.source is Source.IMPORT,
        "group_file": GROUP,
    }
    pages = [
        Page(name=file, text=_participant(record, figures, recorded, rules, times, frame))
        for file, record, figures in zip(files, recorded.records, measured, strict=True)
    ]
    if len(pages) > 1:
        pages.append(Page(name=GROUP, text=_group(recorded, measured, files, times, frame)))
    return pages


def file_names(participants: Sequence[str]) -> list[str]:
    """A file name for each participant code: plain characters only, each name once, never the index."""
    names: list[str] = []
    taken = {GROUP}
    for code in participants:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", code)[:60] or "_"
        tries = (f"{plain}{'' if n == 1 else f'-{n}'}.html" for n in range(1, len(participants) + 2))
        names.append(next(name for name in tries if name.casefold() not in taken))
        taken.add(names[-1].casefold())
    return names


def completeness_state(pct: float | None) -> str:
    """How a number over so much of the time is printed: whole, incomplete (grey) or unknown (a dash)."""
    if pct is None or pct < TOO_LITTLE_PCT:
        return "unknown"
    return "incomplete" if pct < INCOMPLETE_PCT else "whole"


def _participant(  # noqa: PLR0913 - the parts of one page, each used once
    record: Record,
    figures: Figures,
    recorded: Recorded,
    rules: Rules,
    times: Times,
    frame: dict[str, object],
) -> str:
    axis = Axis(first=record.first, last=max(record.last, record.first + 1))
    step = record.samples.step
    markers = [mark for mark in record.markers if axis.first <= mark.t <= axis.last]
    return (
        _environment()
        .get_template("participant.html")
        .render(
            **frame,
            record=record,
            figures=figures,
            step=step,
            bin_s=plots.bin_seconds(axis.last - axis.first, step),
            tiles=_tiles(record, figures, recorded.session, times),
            missing=_missing_words(record, figures),
            unmarked=_unmarked_words(figures),
            markers=[_marker(number, mark, record, figures) for number, mark in enumerate(markers, 1)],
            left_out_markers=len(record.markers) - len(markers),
            episodes=figures.episodes[:MOST_EPISODES],
            more_episodes=len(figures.episodes) - MOST_EPISODES,
            bar=plots.completeness_bar(figures, axis, step),
            bubbles=plots.marker_bubbles(markers, axis) if markers else "",
            spo2=plots.spo2_plot(figures, axis, rules, markers, step),
            pulse=plots.pulse_plot(figures, axis, rules, markers, step),
            ribbon=plots.alert_ribbon(record.alerts, axis),
            clock=plots.clock_axis(axis, times),
            marked_runs=marked_runs(figures),
            ended=recorded.ended,
        )
    )


def _tiles(record: Record, figures: Figures, session: Session, times: Times) -> list[Tile]:
    """The six key numbers."""
    state = completeness_state(figures.complete_pct)
    below = figures.below
    tiles = [
        _lowest_tile(record, figures, times, state),
        Tile(
            number=lasting(below["below_94_s"]),
            words="below 94; "
            + ", ".join(f"{limit}: {lasting(below[f'below_{limit}_s'])}" for limit in (92, 90, 88, 85)),
            state=state,
        ),
        Tile(
            number=lasting(below["longest_below_90_s"]),
            words=f"longest stretch below 90; area {below['area_below_90_pct_min'] or 0:.1f} %·min",
            state=state,
        ),
        _pulse_tile(record, figures, times, state),
        _alerts_tile(record, session),
        _missing_tile(figures),
    ]
    return [tile if tile.state != "unknown" else _unknown(tile) for tile in tiles]


def _unknown(tile: Tile) -> Tile:
    return Tile(
        number=words.DASH, words=f"{tile.words.split(';')[0]}: too little measured", state="unknown"
    )


def _lowest_tile(record: Record, figures: Figures, times: Times, state: str) -> Tile:
    found, what = (
        (figures.held, "lowest SpO₂ held for 8 s")
        if record.samples.timed
        else (figures.lowest, "lowest SpO₂")
    )
    if found is None:
        return Tile(number=words.DASH, words=what, state="unknown")
    level, t = found
    single = figures.lowest
    extra = f"; single lowest {value(single[0])}" if single and single[0] < level else ""
    extra += "; check the clip" if single and single[0] < IMPLAUSIBLE_SPO2 else ""
    return Tile(number=value(level), unit="%", words=f"{what}, at {times.clock(t)}{extra}", state=state)


def _pulse_tile(record: Record, figures: Figures, times: Times, state: str) -> Tile:
    if figures.peak is None:
        return Tile(number=words.DASH, words="highest pulse (median of 30 s)", state="unknown")
    peak, t = figures.peak
    if figures.resting is None:
        return Tile(
            number=f"{peak:.0f}",
            unit="/min",
            words=f"highest pulse (median of 30 s), at {times.clock(t)}; resting pulse not known",
            state=state,
        )
    return Tile(
        number=f"{figures.resting:.0f} → {peak:.0f}",
        words=f"pulse, resting to highest ({words.signed(peak - figures.resting)}), at {times.clock(t)}",
        state=state,
    )


def _missing_tile(figures: Figures) -> Tile:
    lengths = [gap.length for gap in figures.gaps]
    if not lengths:
        return Tile(number=lasting(0), words="without a reading")
    gaps = (
        "in 1 gap" if len(lengths) == 1 else f"in {len(lengths)} gaps; longest {lasting(max(lengths))}"
    )
    return Tile(number=lasting(sum(lengths)), words=f"without a reading, {gaps}")


def _alerts_tile(record: Record, session: Session) -> Tile:
    if session.source is Source.IMPORT:
        return Tile(number=words.DASH, words="alerts: an import raises none")
    seen = [
        alert.acknowledged - alert.raised for alert in record.alerts if alert.acknowledged is not None
    ]
    if not record.alerts:
        return Tile(number="0", words="alerts raised")
    slowest = f"; slowest {lasting(max(seen))}" if seen else ""
    return Tile(
        number=str(len(seen)), unit=f"of {len(record.alerts)}", words=f"alerts acknowledged{slowest}"
    )


def _missing_words(record: Record, figures: Figures) -> str:
    """What the heading of the completeness bar says beside the share."""
    parts = [f"without a reading {lasting(figures.missing_s)}"]
    doubted = int(figures.marks.sum())
    if doubted:
        parts.append(f"doubted {lasting(doubted)}")
    later = int(record.samples.backfill.sum())
    if later:
        parts.append(f"{later} readings fetched later from the clip")
    return " · ".join(parts)


def _unmarked_words(figures: Figures) -> str:
    """What the figures would be without the doubted seconds; nothing when there are none."""
    if not figures.marks.any():
        return ""
    held = figures.unmarked["lowest_held_8s"]
    return (
        f"Without the {lasting(int(figures.marks.sum()))} doubted: lowest held {value(held)}, below 94 for "
        f"{lasting(figures.unmarked['below_94_s'])}, below 90 for {lasting(figures.unmarked['below_90_s'])}."
    )


def _marker(number: int, mark: Mark, record: Record, figures: Figures) -> MarkerRow:
    since = "" if record.dose is None else words.signed((mark.t - record.dose) / 60)
    return MarkerRow(number=number, mark=mark, since_dose=since, around=around(figures.grid, mark.t))


def _group(
    recorded: Recorded,
    measured: Sequence[Figures],
    files: Sequence[str],
    times: Times,
    frame: dict[str, object],
) -> str:
    first = min(record.first for record in recorded.records)
    last = max(record.last for record in recorded.records)
    axis = Axis(first=first, last=max(last, first + 1), left=0, width=SMALL_WIDTH)
    rows = [
        GroupRow(
            record=record,
            figures=figures,
            state=completeness_state(figures.complete_pct),
            file=file,
            trace=plots.small_trace(figures.grid, axis, SMALL_HEIGHT, record.samples.step),
        )
        for record, figures, file in zip(recorded.records, measured, files, strict=True)
    ]
    return _environment().get_template("group.html").render(**frame, rows=rows, first=first, last=last)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dashboards.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "lasting": lasting,
        "value": value,
        "whole": words.whole,
        "beats": words.beats,
        "percent": percent,
        "length": words.length,
        "alert": words.alert_words,
        "state": completeness_state,
    }
    return environment
