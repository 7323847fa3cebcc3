"""The six key numbers of a report, and what stands beside them."""

from dataclasses import dataclass

from collector.session import Session, Source
from dashboards.review import words
from dashboards.review.figures import INCOMPLETE_PCT, TOO_LITTLE_PCT, Figures
from dashboards.review.load import Record
from dashboards.review.words import Times, lasting, value

IMPLAUSIBLE_SPO2 = 50  # data all the same, but shown with "check the clip" (DESIGN 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One of the six key numbers; `state` is whole, incomplete or unknown."""

    number: str
    unit: str = ""
    words: str
    state: str = "whole"


def key_numbers(record: Record, figures: Figures, session: Session, times: Times) -> list[Tile]:
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
        _pulse_tile(figures, times, state, timed=record.samples.timed),
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


def _pulse_tile(figures: Figures, times: Times, state: str, *, timed: bool) -> Tile:
    what = "highest pulse (median of 30 s)" if timed else "highest pulse"
    if figures.peak is None:
        return Tile(number=words.DASH, words=what, state="unknown")
    peak, t = figures.peak
    if figures.resting is None:
        return Tile(
            number=f"{peak:.0f}",
            unit="/min",
            words=f"{what}, at {times.clock(t)}; resting pulse not known",
            state=state,
        )
    return Tile(
        number=f"{figures.resting:.0f} → {peak:.0f}",
        words=f"pulse, resting to highest ({words.signed(peak - figures.resting)}), "
        f"at {times.clock(t)}",
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


def missing_words(record: Record, figures: Figures) -> str:
    """What the heading of the completeness bar says beside the share."""
    parts = [f"without a reading {lasting(figures.missing_s)}"]
    doubted = int(figures.marks.sum())
    if doubted:
        parts.append(f"doubted {lasting(doubted)}")
    later = int(record.samples.backfill.sum())
    if later:
        parts.append(f"{later} readings fetched later from the clip")
    return " · ".join(parts)


def unmarked_words(figures: Figures) -> str:
    """What the figures would be without the doubted seconds; nothing when there are none."""
    if not figures.marks.any():
        return ""
    others = figures.unmarked
    return (
        f"Without the {lasting(int(figures.marks.sum()))} doubted: "
        f"lowest held {value(others['lowest_held_8s'])}, "
        f"below 94 for {lasting(others['below_94_s'])}, below 90 for {lasting(others['below_90_s'])}."
    )


def completeness_state(pct: float | None) -> str:
    """How a number over so much of the time is printed: whole, incomplete, or unknown (a dash)."""
    if pct is None or pct < TOO_LITTLE_PCT:
        return "unknown"
    return "incomplete" if pct < INCOMPLETE_PCT else "whole"
