"""The plots of the report, one drawing each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from alerts.condition import Family, Level
from alerts.limits import OF_THE_CLIP, FamilyRule
from alerts.rules import Rules
from dashboards.review.axis import WIDTH, Axis, Scale, apart, bin_seconds, bins, ticks
from dashboards.review.episodes import Run, gaps, runs
from dashboards.review.figures import Figures, Phase, marked_runs
from dashboards.review.grid import Floats, Grid
from dashboards.review.history import AlertEpisode
from dashboards.review.moments import Mark
from dashboards.review.svg import Drawing, Point, area, line, polyline
from dashboards.review.words import Times

SPO2_HEIGHT, PULSE_HEIGHT, BAR_HEIGHT, LANE_HEIGHT = 152.0, 74.0, 11.0, 12.0
BUBBLE, BUBBLES_HEIGHT = 14.0, 20.0
# A gap that the bedside page would show as dashes is seen in print however long the session is.
SEEN_GAP_S, SEEN_GAP_PX = 5, 2.0
LANES = (
    (Family.SPO2_LOW, "SpO₂"),
    (Family.SPO2_DROP, "drop"),
    (Family.SPO2_FAST, "fall"),
    (Family.HR_HIGH, "fast"),
    (Family.HR_LOW, "slow"),
    (Family.HR_SHIFT, "shift"),
)
LANES_OF_THE_CLIP = (
    (Family.LOW_PERFUSION, "weak"),
    (Family.UNMONITORED, "signal"),
    (Family.BATTERY, "battery"),
)
LABEL_PX = 9.5  # labels of the y axis nearer than this would overlap
RESTING_BAND = 10  # beats around the resting pulse


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """What the plots of one participant share. `step` = seconds that a reading stands for."""

    figures: Figures
    axis: Axis
    step: float
    rules: Rules
    markers: Sequence[Mark]


def completeness_bar(sheet: Sheet) -> Markup:
    """Where there is a value, on the axis of the plots below."""
    figures, axis = sheet.figures, sheet.axis
    drawing = Drawing(WIDTH, BAR_HEIGHT, label="when there was a reading")
    for run in runs(~np.isnan(figures.grid.spo2)):
        first, last = _seconds(figures.grid, run)
        drawing.rect("there", axis.x(first), 0, axis.x(last) - axis.x(first), BAR_HEIGHT)
    _gaps(drawing, sheet, BAR_HEIGHT, figures.gaps)
    _marks(drawing, sheet, BAR_HEIGHT)
    drawing.path("edge", _box(axis, BAR_HEIGHT))
    return drawing.markup()


def marker_bubbles(sheet: Sheet) -> Markup:
    """The numbers of the markers above the plot, moved apart where they would overlap."""
    drawing = Drawing(WIDTH, BUBBLES_HEIGHT, label="markers")
    exact = [sheet.axis.x(mark.t) for mark in sheet.markers]
    for number, (x, moved) in enumerate(zip(exact, apart(exact, BUBBLE), strict=True), start=1):
        drawing.path("marker", line(x, BUBBLES_HEIGHT, moved, 13))
        drawing.circle("bubble", moved, 7, 6.5)
        drawing.text("number", moved, 10.2, str(number))
    return drawing.markup()


def spo2_plot(sheet: Sheet) -> Markup:
    """SpO2 from 70 (or lower where it went lower) to 100 %."""
    figures, axis = sheet.figures, sheet.axis
    lowest = figures.lowest[0] if figures.lowest else 100.0
    scale = Scale(low=min(70.0, np.floor(lowest / 10) * 10), high=100.0, height=SPO2_HEIGHT)
    drawing = Drawing(WIDTH, SPO2_HEIGHT + 5, label="SpO2 over time")
    limits = _limits(sheet.rules, (Family.SPO2_LOW,), scale)
    _grid_lines(drawing, axis, scale, np.arange(scale.low, 101, 10), limits)
    _gaps(drawing, sheet, SPO2_HEIGHT, figures.gaps)
    _marks(drawing, sheet, SPO2_HEIGHT)
    _moments(drawing, sheet, SPO2_HEIGHT)
    place = Place(axis=axis, scale=scale, start=figures.grid.start, step=sheet.step)
    _trace(drawing, figures.grid.spo2, place, "spo2")
    _limit_lines(drawing, axis, scale, limits)
    _phase_names(drawing, axis, SPO2_HEIGHT, figures.phases)
    return drawing.markup()


def pulse_plot(sheet: Sheet) -> Markup:
    """Pulse rate with the resting band."""
    figures, axis = sheet.figures, sheet.axis
    pulse = figures.grid.pulse_rate
    valid = pulse[~np.isnan(pulse)]
    low, high = (float(valid.min()), float(valid.max())) if valid.size else (60.0, 100.0)
    scale = Scale(
        low=min(50.0, np.floor(low / 10) * 10),
        high=max(110.0, np.ceil(high / 10) * 10),
        height=PULSE_HEIGHT,
    )
    drawing = Drawing(WIDTH, PULSE_HEIGHT + 5, label="pulse rate over time")
    limits = _limits(sheet.rules, (Family.HR_LOW, Family.HR_HIGH), scale)
    if figures.resting is not None:
        top, bottom = (scale.y(figures.resting + side) for side in (RESTING_BAND, -RESTING_BAND))
        drawing.rect("resting", axis.left, top, axis.width, bottom - top)
    stride = 25 if scale.high - scale.low <= 125 else 50
    _grid_lines(
        drawing, axis, scale, np.arange(-(-scale.low // 25) * 25, scale.high + 1, stride), limits
    )
    _gaps(drawing, sheet, PULSE_HEIGHT, gaps(pulse))
    _marks(drawing, sheet, PULSE_HEIGHT)
    _moments(drawing, sheet, PULSE_HEIGHT)
    place = Place(axis=axis, scale=scale, start=figures.grid.start, step=sheet.step)
    _trace(drawing, pulse, place, "pulse")
    _limit_lines(drawing, axis, scale, limits)
    return drawing.markup()


def alert_ribbon(alerts: Sequence[AlertEpisode], axis: Axis) -> Markup:
    """One lane per family that raised, solid for the person and broken for the measurement."""
    families = {alert.family for alert in alerts}
    lanes = [*LANES, *LANES_OF_THE_CLIP]
    lanes = [(family, name) for family, name in lanes if family in families]
    height = LANE_HEIGHT * max(1, len(lanes))
    drawing = Drawing(WIDTH, height, label="alerts over time")
    for lane, (family, name) in enumerate(lanes):
        drawing.text("y", axis.left - 5, lane * LANE_HEIGHT + 10, name)
        for alert in alerts:
            if alert.family is family:
                _ribbon(drawing, alert, axis, lane * LANE_HEIGHT + 1.5)
    drawing.path("grid", line(axis.left, height, axis.left + axis.width, height))
    return drawing.markup()


def clock_axis(axis: Axis, times: Times) -> Markup:
    """Clock times in the local zone, and in UTC underneath where that differs."""
    two = times.offset(axis.first) != "UTC"
    drawing = Drawing(WIDTH, 27 if two else 16, label="clock time")
    for tick in ticks(axis, times):
        x = min(max(axis.x(tick), axis.left + 12), axis.left + axis.width - 12)
        drawing.path("tick", line(axis.x(tick), 0, axis.x(tick), 4))
        drawing.text("x", x, 14, f"{times.local(tick):%H:%M}")
        if two:
            drawing.text("x faint", x, 25, f"{times.utc(tick):%H:%M}")
    if two:
        drawing.text("y faint", axis.left - 5, 25, "UTC")
    return drawing.markup()


def group_scale(grids: Sequence[Grid], height: float) -> Scale:
    """One scale for the traces of a group: 84 to 100 %, further down where somebody's SpO2 went lower."""
    valid = [grid.spo2[~np.isnan(grid.spo2)] for grid in grids]
    lowest = min((float(values.min()) for values in valid if values.size), default=100.0)
    return Scale(low=min(84.0, np.floor(lowest / 2) * 2 - 2), high=100.0, height=height)


def small_trace(grid: Grid, axis: Axis, scale: Scale, step: float) -> Markup:
    """The SpO2 trace of one participant under its line of the group's table."""
    height = scale.height
    drawing = Drawing(axis.left + axis.width, height, label="SpO2 over time")
    drawing.text("y", axis.left - 5, 8, "100")
    if scale.y(90) > 4.7 + LABEL_PX:
        drawing.text("y", axis.left - 5, scale.y(90) + 3.3, "90")
    for gap in gaps(grid.spo2):
        if gap.length >= SEEN_GAP_S:
            first, last = _seconds(grid, gap)
            drawing.rect("gap", axis.x(first), 0, max(1.0, axis.x(last) - axis.x(first)), height)
    drawing.path("edge", _box(axis, height))
    drawing.path("small-limit", line(axis.left, scale.y(90), axis.left + axis.width, scale.y(90)))
    place = Place(axis=axis, scale=scale, start=grid.start, step=step)
    _trace(drawing, grid.spo2, place, "spo2")
    return drawing.markup()


def _seconds(grid: Grid, run: Run) -> tuple[float, float]:
    return grid.start + run.first, grid.start + run.last


def _box(axis: Axis, height: float) -> str:
    left, right = axis.left, axis.left + axis.width
    return f"M{left:g} 0H{right:g}V{height:g}H{left:g}z"


def _gaps(drawing: Drawing, sheet: Sheet, height: float, missing: Sequence[Run]) -> None:
    axis = sheet.axis
    for gap in missing:
        first, last = _seconds(sheet.figures.grid, gap)
        least = SEEN_GAP_PX if gap.length >= max(SEEN_GAP_S, sheet.step) else 0.0
        width = max(least, axis.x(last) - axis.x(first))
        left = min(axis.x(first), axis.left + axis.width - width)
        drawing.rect("gap", left, 0, width, height, title=f"no reading for {gap.length} s")


def _marks(drawing: Drawing, sheet: Sheet, height: float) -> None:
    figures, axis = sheet.figures, sheet.axis
    later = [("later", "fetched later", run) for run in runs(figures.grid.backfill)]
    doubted = [("artefact", "doubted", run) for run in marked_runs(figures)]
    for kind, said, run in [*later, *doubted]:
        first, last = _seconds(figures.grid, run)
        width = max(SEEN_GAP_PX, axis.x(last) - axis.x(first))
        drawing.rect(kind, axis.x(first), 0, width, height, title=f"{said} for {run.length} s")


def _moments(drawing: Drawing, sheet: Sheet, height: float) -> None:
    axis = sheet.axis
    for phase in sheet.figures.phases[2:]:  # the dose itself has its marker
        drawing.path("phase", line(axis.x(phase.first), 0, axis.x(phase.first), height))
    for mark in sheet.markers:
        drawing.path("marker", line(axis.x(mark.t), 0, axis.x(mark.t), height))


def _phase_names(drawing: Drawing, axis: Axis, height: float, phases: Sequence[Phase]) -> None:
    for phase in phases:
        left, right = axis.x(phase.first), axis.x(phase.last)
        if right - left > 6 * len(phase.name):
            drawing.text("phase-name", (left + right) / 2, height - 5, phase.name)


def _limits(rules: Rules, families: Sequence[Family], scale: Scale) -> list[tuple[float, Level]]:
    chosen: list[FamilyRule] = [rule for rule in rules.vitals if rule.family in families]
    levels = [(level.limit, level.level) for rule in chosen for level in rule.levels]
    return [(limit, level) for limit, level in levels if scale.low < limit < scale.high]


def _grid_lines(
    drawing: Drawing, axis: Axis, scale: Scale, at: Floats, limits: Sequence[tuple[float, Level]]
) -> None:
    taken = [scale.y(limit) for limit, _ in limits]
    for value in at:
        y = scale.y(float(value))
        drawing.path("grid", line(axis.left, y, axis.left + axis.width, y))
        if all(abs(y - other) > LABEL_PX for other in taken):
            drawing.text("y", axis.left - 5, y + 3.3, f"{value:g}")


def _limit_lines(
    drawing: Drawing, axis: Axis, scale: Scale, limits: Sequence[tuple[float, Level]]
) -> None:
    labelled: list[float] = []
    for limit, level in sorted(limits, key=lambda one: -one[1]):  # urgent first: its label stays
        look = "urgent" if level is Level.URGENT else "caution"
        y = scale.y(limit)
        drawing.path(f"limit {look}", line(axis.left, y, axis.left + axis.width, y))
        if all(abs(y - other) > LABEL_PX for other in labelled):
            drawing.text(f"y {look}-text", axis.left - 5, y + 3.3, f"{limit:g}")
            labelled.append(y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a trace is drawn; its first second is `start`."""

    axis: Axis
    scale: Scale
    start: float
    step: float

    def points(self, pairs: Iterable[tuple[float, float]]) -> list[Point]:
        """Pairs of seconds of the trace and values, in px."""
        return [(self.axis.x(self.start + at), self.scale.y(value)) for at, value in pairs]


def _trace(drawing: Drawing, values: Floats, place: Place, look: str) -> None:
    """Line and band of each unbroken run; nothing is drawn across a missing second."""
    width = bin_seconds(place.axis.last - place.axis.first, place.step)
    bands, lines = [], []
    for run in runs(~np.isnan(values)):
        points = bins(values, run, width)
        bands.append(
            area(
                place.points((one.at, one.highest) for one in points),
                place.points((one.at, one.lowest) for one in points),
            )
        )
        lines.append(polyline(place.points((one.at, one.median) for one in points)))
    drawing.path(f"{look}-band", "".join(bands))
    drawing.path(f"{look}-trace", "".join(lines))


def _ribbon(drawing: Drawing, alert: AlertEpisode, axis: Axis, y: float) -> None:
    """One episode: its box, filled while it was urgent; broken when the measurement was the trouble."""
    height = LANE_HEIGHT - 4
    end = axis.last if alert.ended is None else alert.ended
    broken = " broken" if alert.family in OF_THE_CLIP else ""
    edges = [*(at for at, _ in alert.steps[1:]), end]
    for (at, level), until in zip(alert.steps, edges, strict=True):
        if level is Level.URGENT and not broken:
            drawing.rect("filled", axis.x(at), y, max(3.0, axis.x(until) - axis.x(at)), height)
    look = "urgent-box" if alert.level is Level.URGENT else "caution-box"
    left = axis.x(alert.raised)
    width = max(3.0, axis.x(end) - left)
    drawing.rect(look + broken, left, y, width, height, title=alert.family.value)
