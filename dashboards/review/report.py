"""The report: one self-contained HTML page per participant, and one for the group."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from alerts.rules import Rules
from collector.session import Source
from dashboards.review import plots, words
from dashboards.review.axis import Axis, bin_seconds
from dashboards.review.figures import (
    Around,
    Figures,
    around,
    marked_runs,
    measure,
)
from dashboards.review.load import Record, Recorded
from dashboards.review.moments import Mark
from dashboards.review.notices import notices
from dashboards.review.plots import Sheet
from dashboards.review.tiles import completeness_state, key_numbers, missing_words, unmarked_words
from dashboards.review.words import Times, lasting, percent, value

MOST_EPISODES = 6
GROUP = "index.html"
# The traces of a group share the height that a sheet of A4 has for its rows; a row's numbers need the rest.
GROUP_HEIGHT, ROW_HEIGHT, NOTICE_HEIGHT = 770.0, 30.0, 34.0
LEAST_TRACE, MOST_TRACE = 24.0, 96.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One file of the report."""

    name: str
    text: str


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """What all pages of one session share."""

    recorded: Recorded
    rules: Rules
    times: Times
    version: str

    def words(self) -> dict[str, object]:
        """The values every template uses."""
        session = self.recorded.session
        return {
            "session": session,
            "station": self.recorded.alerts,
            "source": words.source_words(session),
            "notices": notices(self.recorded, self.times),
            "imported": session.source is Source.IMPORT,
            "several": len(self.recorded.records) > 1,
            "group_file": GROUP,
            "rules": self.rules,
            "limits": words.limit_words(self.rules),
            "confirmed": words.confirmed_words(self.rules),
            "times": self.times,
            "version": self.version,
        }


def report(recorded: Recorded, *, rules: Rules, times: Times, version: str) -> list[Page]:
    """All pages of a session: one per participant, and `index.html` for two or more of them."""
    frame = Frame(recorded=recorded, rules=rules, times=times, version=version)
    files = file_names([record.participant for record in recorded.records])
    measured = [measure(record, resting_before=recorded.started) for record in recorded.records]
    pages = [
        Page(name=file, text=_participant(frame, record, figures))
        for file, record, figures in zip(files, recorded.records, measured, strict=True)
    ]
    if len(pages) > 1:
        pages.append(Page(name=GROUP, text=_group(frame, measured, files)))
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


def _participant(frame: Frame, record: Record, figures: Figures) -> str:
    axis = Axis(first=record.first, last=max(record.last, record.first + 1))
    step = record.samples.step
    markers = [mark for mark in record.markers if axis.first <= mark.t <= axis.last]
    sheet = Sheet(figures=figures, axis=axis, step=step, rules=frame.rules, markers=markers)
    return _render(
        "participant.html",
        frame,
        record=record,
        figures=figures,
        step=step,
        bin_s=bin_seconds(axis.last - axis.first, step),
        tiles=key_numbers(record, figures, frame.recorded.session, frame.times),
        missing=missing_words(record, figures),
        unmarked=unmarked_words(figures),
        markers=[_marker(number, mark, record, figures) for number, mark in enumerate(markers, 1)],
        left_out_markers=len(record.markers) - len(markers),
        episodes=figures.episodes[:MOST_EPISODES],
        more_episodes=len(figures.episodes) - MOST_EPISODES,
        bar=plots.completeness_bar(sheet),
        bubbles=plots.marker_bubbles(sheet) if markers else "",
        spo2=plots.spo2_plot(sheet),
        pulse=plots.pulse_plot(sheet),
        ribbon=plots.alert_ribbon(record.alerts, axis),
        clock=plots.clock_axis(axis, frame.times),
        marked_runs=marked_runs(figures),
    )


def _marker(number: int, mark: Mark, record: Record, figures: Figures) -> MarkerRow:
    since = "" if record.dose is None else words.signed((mark.t - record.dose) / 60)
    return MarkerRow(number=number, mark=mark, since_dose=since, around=around(figures.grid, mark.t))


def _group(frame: Frame, measured: Sequence[Figures], files: Sequence[str]) -> str:
    records = frame.recorded.records
    first = min(record.first for record in records)
    last = max(record.last for record in records)
    axis = Axis(first=first, last=max(last, first + 1))
    room = GROUP_HEIGHT - NOTICE_HEIGHT * len(notices(frame.recorded, frame.times))
    height = min(MOST_TRACE, max(LEAST_TRACE, room / len(records) - ROW_HEIGHT))
    scale = plots.group_scale([figures.grid for figures in measured], height)
    rows = [
        GroupRow(
            record=record,
            figures=figures,
            state=completeness_state(figures.complete_pct),
            file=file,
            trace=plots.small_trace(figures.grid, axis, scale, record.samples.step),
        )
        for record, figures, file in zip(records, measured, files, strict=True)
    ]
    clock = plots.clock_axis(axis, frame.times)
    return _render("group.html", frame, rows=rows, first=first, last=last, clock=clock)


def _render(template: str, frame: Frame, **values: object) -> str:
    return _environment().get_template(template).render(**frame.words(), **values)


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
        "told": words.told_words,
        "state": completeness_state,
    }
    return environment
