"""The invariants of alerts.md 4.13 as checks on a signal; numbers as there.

`LOGS` look at one log with the oracle's eyes, `PLAYS` compare two plays of the same signal. Where each of
I1 to I26 is tested stands in docs/develop.md.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from alerts.condition import SYSTEM, AlertEvent, Family, Happening, Level, Reason
from alerts.limits import FamilyRule, LevelRule
from alerts.qualify import Law
from alerts.rules import Rules
from tests.alerts.book import VITALS, Book, Limit
from tests.alerts.oracle import (
    WEAK,
    Span,
    armed_at,
    gathered,
    monitored,
    ms,
    netted,
    of,
    points,
    runs,
    spans,
    standing,
    twice,
    value,
    verdict,
    weight,
)
from tests.alerts.signals import Act, Beat, Play, Signal, play, shape

FORGETTING = {Happening.END, Happening.CLOSE, Happening.DEESCALATE}
ENDS = {Happening.END, Happening.CLOSE}
OVER = {Reason.OVER}
SPEAKING = {Happening.RAISE, Happening.ESCALATE, Happening.REANNOUNCE}
PAUSE_MS = 60_000
RARELY_MS = 300_000  # a caution that was announced three times again


def complete_on_time(signal: Signal, events: list[AlertEvent]) -> None:
    """I1, I11: every uninterrupted run beyond a limit is covered from t0 + D on (or from arming)."""
    for seat in signal.seats:
        armed = armed_at(signal, seat)
        for limit in signal.book.on(seat):
            log = of(events, seat, limit.family)
            for start, end in runs(signal, seat, beyond(limit)):
                # One reading speaks for `hold` at most, and it takes two.
                due = max(start + limit.delay, start + signal.book.hold, armed)
                if due < end:
                    now = standing(log, due)
                    assert now is not None, f"I1: {limit} since {start}: nothing at {due}"
                    assert limit.at_least(now.limit), f"I1: {limit} since {start}: {now}"


def evidence_is_enough(signal: Signal, events: list[AlertEvent]) -> None:
    """I1, I8: D of leaky evidence, gaps or not, and three short breaches are covered at once."""
    for seat in signal.seats:
        armed = armed_at(signal, seat)
        for limit in signal.book.on(seat):
            log = of(events, seat, limit.family)
            forgotten = [ms(event) for event in log if event.happening in FORGETTING]
            for span, on, depth, net in gathered(signal, seat, limit, forgotten):
                spent = 0 < limit.budget <= depth and on > signal.book.hold
                enough = net or spent or on >= max(limit.delay, signal.book.hold + 1)
                if enough and armed <= span.end < signal.end:
                    now = standing(log, span.end)
                    assert now is not None, f"I1: {limit}: nothing at {span}"
                    assert limit.at_least(now.limit), f"I1: {limit}: {now} at {span}"


def beyond(limit: Limit) -> Callable[[Span], bool]:
    """Whether a stretch lies beyond the limit."""
    return lambda span: verdict(span, limit) is True


def sound(signal: Signal, events: list[AlertEvent]) -> None:
    """I2: each raise and escalation has its evidence; and comes neither before arming nor late."""
    for event in events:
        if event.happening not in {Happening.RAISE, Happening.ESCALATE} or event.family not in VITALS:
            continue
        limit, t = signal.book.of(event), ms(event)
        assert limit is not None, f"I2: {event} of a level that nobody wrote"
        assert t >= armed_at(signal, event.seat), f"I2: {event} before arming"
        enough = weight(signal, event.seat, limit, t) >= limit.delay
        enough |= 0 < limit.budget <= points(signal, event.seat, limit, t)
        assert enough or (limit.net and netted(signal, event.seat, limit, t)), f"I2: {event}"
        assert twice(signal, event.seat, limit, t), f"I2: {event} after one reading"


def no_end_without_good_data(signal: Signal, events: list[AlertEvent]) -> None:
    """I3: an end or a step down is preceded by C s of uninterrupted clean readings beyond clear_at."""
    for seat in signal.seats:
        for family in VITALS:
            held: AlertEvent | None = None
            for event in of(events, seat, family):
                stepping = event.happening is Happening.DEESCALATE
                ending = event.happening in ENDS and event.reason == Reason.OVER
                if (stepping or ending) and held is not None:
                    limit = signal.book.of(held)
                    assert limit is not None
                    assert _clear(signal, seat, limit, ms(event)), f"I3: {event}"
                if ending:
                    mildest = signal.book.mildest(seat, family)
                    assert _clear(signal, seat, mildest, ms(event)), f"I3: {event}"
                held = event


def _clear(signal: Signal, seat: str, limit: Limit, t: int) -> bool:
    def good(span: Span) -> bool:
        number = value(span.beat, limit.family)
        weak = span.beat is not None and bool(span.beat.flags & WEAK)
        return number is not None and not weak and limit.good(number)

    return any(start <= t - limit.clear and t <= end for start, end in runs(signal, seat, good))


def silence_is_told(signal: Signal, events: list[AlertEvent]) -> None:
    """I10, I25: 15 s after the last valid reading unmonitored stands; 5 s of valid readings end it."""
    patience = signal.book.unmonitored
    for seat in signal.seats:
        log = of(events, seat, Family.UNMONITORED)
        valid = monitored(signal, seat)
        heard = [span.start for span in valid]
        for last, following in pairwise([*heard, signal.end]):
            if following - last >= patience:
                assert standing(log, last + patience), f"I10: silent since {last} on {seat}"
        if not heard and signal.end > 60_000:
            assert standing(log, 60_000), f"I10: {seat} never spoke"
        for event in log:
            t = ms(event)
            if event.happening is Happening.RAISE:
                assert not any(t - patience < moment < t for moment in heard), f"I10: {event}"
            if event.reason == Reason.OVER:
                assert _back(signal, seat, valid, t), f"I3: {event}"


def _back(signal: Signal, seat: str, valid: list[Span], t: int) -> bool:
    """Whether valid readings have come without a break for 5 s at `t`."""
    stretches = runs(signal, seat, lambda span: span in valid)
    return any(start <= t - 5_000 and t <= end for start, end in stretches)


def worse_is_told(signal: Signal, events: list[AlertEvent]) -> None:
    """I7: three points (fifteen beats) beyond the acknowledged value are announced with the reading."""
    for seat in signal.seats:
        for family in VITALS:
            for event, following in pairwise([*of(events, seat, family), None]):
                if event is None or event.happening is not Happening.ACKNOWLEDGE:
                    continue
                limit = signal.book.of(event)
                assert limit is not None
                until = ms(following) if following else signal.end
                between = [s for s in spans(signal, seat) if ms(event) < s.start < until]
                for span in filter(beyond(limit), between):
                    assert not _worse(span, event), f"I7: {event}, then {span.beat}"


def _worse(span: Span, seen: AlertEvent) -> bool:
    number = value(span.beat, seen.family)
    if number is None or seen.value is None:
        return False
    change = number - seen.value if seen.family is Family.HR_HIGH else seen.value - number
    return change >= (3 if seen.family is Family.SPO2_LOW else 15)


def one_episode(signal: Signal, events: list[AlertEvent]) -> None:
    """I5, I12, I26: ids 1..n, one raise each, nothing after the close, none left open."""
    for seat in signal.seats:
        for family in Family:
            number, open_, latched = 0, False, False
            for event in of(events, seat, family):
                kind = event.happening
                if kind is Happening.RAISE:
                    assert not open_, f"I12: {event}"
                    assert not latched, f"I5: {event} while the former was never closed"
                    number, open_ = number + 1, True
                else:
                    assert open_ or (latched and kind is Happening.CLOSE), f"I5: {event}"
                assert event.episode == f"s-{seat}-{family.value}-{number}", f"I5: {event}"
                if kind is Happening.END:
                    open_, latched = False, True
                if kind is Happening.CLOSE:
                    open_ = latched = False
            assert not open_, f"I26: {seat} {family}"
            assert not latched, f"I26: {seat} {family}"


def announcements(signal: Signal, events: list[AlertEvent]) -> None:
    """I6, I7: repeats keep their distance, none while acknowledged, an acknowledgement ends in time."""
    for seat in signal.seats:
        for family in Family:
            log = of(events, seat, family)
            seen: AlertEvent | None = None
            last = -1_000_000
            for event in log:
                t, level = ms(event), event.level
                if event.reason == Reason.REPEAT:
                    assert seen is None, f"I6: {event} while acknowledged"
                    assert t - last >= signal.book.repeat(event), f"I6: {event}"
                if event.reason == Reason.EXPIRED:
                    assert seen is not None, f"I7: {event}"
                    assert t >= ms(seen) + signal.book.seen(seen), f"I7: {event}"
                if event.happening is Happening.ACKNOWLEDGE:
                    assert not event.announce, f"I6: {event}"
                    seen = event
                elif event.happening in SPEAKING or event.happening in ENDS:
                    seen = None
                speaks = event.happening in SPEAKING and level > Level.ADVISORY
                assert speaks or not event.announce, f"I6: {event}"
                if speaks and not event.announce and event.explained is None:
                    assert event.pausable, f"I21: {event}"
                    assert _pauses(signal, seat, t - PAUSE_MS, t), f"I21: {event}"
                last = t if event.announce else last


def told_again(signal: Signal, events: list[AlertEvent]) -> None:
    """I6, I7: what stands unseen is announced at its cadence, what was seen when its time is over."""
    for seat in signal.seats:
        silent = of(events, seat, Family.UNMONITORED)
        for family in Family:
            log = of(events, seat, family)
            for index, event in enumerate(log):
                if event.happening in ENDS or event.level is Level.ADVISORY:
                    continue
                wait = _longest(signal.book, event)
                if wait == 0:
                    continue
                following = next((e for e in log[index + 1 :] if _speaks(e)), None)
                until = ms(following) if following else signal.end
                due = ms(event) + wait
                if (
                    until > due
                    and event.explained is None
                    and not _pauses(signal, seat, ms(event) - PAUSE_MS, due)
                    and not (family is not Family.UNMONITORED and _hidden(silent, due, until))
                ):
                    raise AssertionError(f"I6: {event} was due again at {due}, came {following}")


def _pauses(signal: Signal, seat: str, first: int, last: int) -> bool:
    """Whether somebody paused the seat between two times."""
    return any(
        isinstance(step, Act) and step.what == "pause" and step.seat == seat and first <= step.t <= last
        for step in signal.steps
    )


def pauses_keep_nothing_for_long(signal: Signal, events: list[AlertEvent]) -> None:
    """I20, I21: the deepest level speaks in a pause; what was kept back is told within the minute."""
    for event in events:
        level = signal.book.of(event)
        if level is not None and not level.pausable and event.happening in SPEAKING:
            assert event.announce, f"I21: {event}"
        speaks = event.happening in SPEAKING and event.level > Level.ADVISORY
        if speaks and not event.announce and event.explained is None:
            log = of(events, event.seat, event.family)
            after = log[log.index(event) + 1 :]
            done = [ms(e) for e in after if e.announce or e.by or e.explained or e.happening in ENDS]
            again = [s.t for s in signal.steps if isinstance(s, Act) and s.what == "pause"]
            latest = max([t for t in again if t <= ms(event)], default=0) + PAUSE_MS
            if any(ms(event) < t <= latest for t in again) or latest >= signal.end:
                continue
            silent = of(events, event.seat, Family.UNMONITORED)
            if event.family is Family.UNMONITORED or standing(silent, latest) is None:
                assert done, f"I21: {event} was never told"
                assert done[0] <= latest, f"I21: {event} was told at {done[0]}"


def explained_is_not_lost(signal: Signal, events: list[AlertEvent]) -> None:
    """I13: what explains stands, what is explained is never urgent, and it speaks when that is over."""
    for seat in signal.seats:
        for family in Family:
            log = of(events, seat, family)
            seen = quiet = False
            for event, following in pairwise([*log, None]):
                if event is None:
                    continue
                t = ms(event)
                seen = event.happening is Happening.ACKNOWLEDGE or (
                    seen and event.happening in {Happening.CAUSE, Happening.DEESCALATE}
                )
                if event.happening in ENDS:
                    quiet = False
                elif event.explained is None:
                    still = quiet and not seen and event.level > Level.ADVISORY
                    paused = _pauses(signal, seat, t - PAUSE_MS, t)
                    assert not still or event.announce or paused, f"I13: {event} is lost"
                    quiet = False
                else:
                    quiet = True
                    assert not event.announce, f"I13: {event}"
                    assert event.level < Level.URGENT, f"I13: {event}"
                    written = signal.book.explains
                    known = (event.explained, family) in written
                    # Lost by the station's own trouble, or merged: by no table (alerts.md 4.3, 4.7).
                    fixed = event.explained is Family.RADIO or family is Family.SPO2_FAST
                    assert not written or known or fixed, f"I13: {event} by no row"
                    source = of(events, seat, event.explained)
                    # With the end of the session everything closes in one instant.
                    assert t == signal.end or standing(source, t), f"I13: {event} by nothing"
                    over = [ms(e) for e in source if e.happening in ENDS and ms(e) > t]
                    if over and over[0] < signal.end:
                        assert following is not None, f"I13: {event} for ever"
                        assert ms(following) <= over[0], f"I13: {event} beyond its reason"


def own_is_told(signal: Signal, events: list[AlertEvent]) -> None:
    """I1 for a drop from the own baseline: 20 s of clean readings four points below it are covered."""
    for seat in signal.seats if signal.book.rules.own else ():
        taken = [s for s in signal.steps if isinstance(s, Act) and s.what == "baseline"]
        taken = [step for step in taken if step.seat == seat]
        log = of(events, seat, Family.SPO2_DROP)
        for step, following in pairwise([*taken, None]):
            if step is None:
                continue
            own, until = float(step.text.split()[0]), following.t if following else signal.end

            def dropped(span: Span, own: float = own, since: int = step.t) -> bool:
                number = value(span.beat, Family.SPO2_LOW)
                weak = span.beat is not None and bool(span.beat.flags & WEAK)
                # Evidence begins with the first reading after the baseline, also one of the same instant.
                return number is not None and not weak and number <= own - 4 and span.start > since

            for start, end in runs(signal, seat, dropped):
                due = max(start + 20_000, armed_at(signal, seat))
                if due < min(end, until):
                    assert standing(log, due), f"I1: {own} since {start}: nothing at {due}"
        early = [e for e in log if e.happening is Happening.RAISE]
        first = min((step.t for step in taken), default=signal.end)
        assert all(ms(event) >= first + 20_000 for event in early), "I2: a drop from nothing"


def falls_are_told(signal: Signal, events: list[AlertEvent]) -> None:
    """I1 for the early word: 4 s after a clean step down of four points below 94 something stands."""
    for seat in signal.seats if signal.book.rules.fast else ():
        low, fast = of(events, seat, Family.SPO2_LOW), of(events, seat, Family.SPO2_FAST)
        clean = [span for span in spans(signal, seat) if _steady(span.beat)]
        for before, after in pairwise(clean):
            was, now = before.beat, after.beat
            if was is None or now is None or before.end != after.start:
                continue
            if (was.spo2 or 0) - (now.spo2 or 0) < 4 or (now.spo2 or 0) >= 94:
                continue
            lasts = [run for run in runs(signal, seat, _same(now)) if run[0] <= after.start < run[1]]
            due = max(after.start + 4_000, armed_at(signal, seat))
            if lasts and due < min(lasts[0][1], after.start + 19_000, signal.end):
                assert standing(fast, due) or standing(low, due), f"I1: {now} since {after.start}"


def _steady(beat: Beat | None) -> bool:
    """A clean reading of both numbers; the signals' usual pulse, so that nothing jumped."""
    return beat is not None and beat.spo2 is not None and beat.pulse == 70 and not beat.flags


def _same(beat: Beat) -> Callable[[Span], bool]:
    return lambda span: _steady(span.beat) and span.beat is not None and span.beat.spo2 == beat.spo2


def output_is_bounded(signal: Signal, events: list[AlertEvent]) -> None:
    """I22: in any minute a family announces its repeats, its levels, and what people asked for, no more."""
    asked = sum(isinstance(step, Act) for step in signal.steps)
    for seat in signal.seats:
        for family in Family:
            told = [event for event in of(events, seat, family) if event.announce]
            quickest = min(
                (signal.book.repeat(event) or RARELY_MS for event in told), default=RARELY_MS
            )
            most = 60_000 // quickest + len(Level) + 1 + asked
            for index, event in enumerate(told[most:]):
                assert ms(event) - ms(told[index]) > 60_000, f"I22: {event} is one too many"


def batteries_are_told(signal: Signal, events: list[AlertEvent]) -> None:
    """A minute at 20 or 10 % without 25 or 15 % between is told then, and never before."""
    for seat in signal.seats:
        log = of(events, seat, Family.BATTERY)
        for limit, back, level in ((20, 25, Level.ADVISORY), (10, 15, Level.CAUTION)):
            since: int | None = None
            for t, battery in _batteries(signal, seat):
                if since is not None and t > since + 60_000:
                    now = standing(log, since + 60_000)
                    assert now is not None, f"battery {limit} since {since} on {seat}"
                    assert now.level >= level, f"battery {limit} since {since}: {now}"
                if battery <= limit:
                    since = t if since is None else since
                elif battery >= back:
                    since = None
                early = [e for e in log if e.level >= level and ms(e) > t and e.happening in SPEAKING]
                if since is None and early:
                    assert ms(early[0]) >= t + 60_000, f"{early[0]} after {battery} at {t}"


def _batteries(signal: Signal, seat: str) -> list[tuple[int, int]]:
    told = [(beat.t, beat.battery) for beat in signal.beats(seat) if beat.battery is not None]
    return [*told, (signal.end, 50)]


def _speaks(event: AlertEvent) -> bool:
    return event.happening is not Happening.CAUSE or event.explained is not None


def _hidden(silent: list[AlertEvent], due: int, until: int) -> bool:
    """Whether the seat was unmonitored at `due` and still just before `until`."""
    now = standing(silent, due)
    if now is None:
        return False
    over = [ms(e) for e in silent if e.episode == now.episode and e.happening in ENDS]
    return not over or until <= over[0]


def _longest(book: Book, event: AlertEvent) -> int:
    """How long after `event` the next announcement may take, ms; 0 = for ever."""
    if event.happening is Happening.ACKNOWLEDGE:
        return book.seen(event)
    repeat = book.repeat(event)
    quick = event.level is Level.URGENT and event.happening in SPEAKING
    return repeat if quick or not repeat else RARELY_MS


def no_tick_matters(signal: Signal, events: list[AlertEvent]) -> None:
    """Splitting and moving ticks changes nothing."""
    ticks = range(0, signal.end, 333)
    assert shape(play(signal, Play(ticks=ticks))) == shape(events)


def no_restart_matters(signal: Signal, events: list[AlertEvent]) -> None:
    """I4, I19: save and restore between any two steps loses and repeats nothing."""
    assert shape(play(signal, Play(restarts=True))) == shape(events)


def time_is_relative(signal: Signal, events: list[AlertEvent]) -> None:
    """I15: a time shift changes nothing, a step of the wall clock changes nothing but UTC."""
    assert shape(play(signal, Play(shift_s=12_345)), shift_s=12_345) == shape(events)
    stepped = play(signal, Play(step_utc_at=signal.end // 2))
    assert shape(event for event in stepped if event.family not in SYSTEM) == shape(events)


def late_and_double_readings_matter_not(signal: Signal, events: list[AlertEvent]) -> None:
    """I18: duplicates, readings that come after newer ones, and backfill change no episode."""
    beats = [step for step in signal.steps if isinstance(step, Beat)]
    more = [replace(beat, spo2=60.0, backfill=True) for beat in beats[::3]]
    assert shape(play(signal.with_steps([*more, *beats[::4]]), Play())) == shape(events)


def seats_are_strangers(signal: Signal, events: list[AlertEvent]) -> None:
    """I14, I20: what happens on the other seats, acknowledgements included, changes nothing here."""
    for seat in signal.seats:
        alone = replace(
            signal, steps=tuple(step for step in signal.steps if step.seat == seat), seats=(seat,)
        )
        mine = [event for event in events if event.seat == seat]
        assert shape(play(alone)) == shape(mine), f"I14: {seat}"


def families_are_strangers(signal: Signal, events: list[AlertEvent]) -> None:
    """I20: acknowledging one family leaves the logs of the others as they are."""
    without = replace(
        signal,
        steps=tuple(s for s in signal.steps if not (isinstance(s, Act) and s.text == "spo2_low")),
    )
    others = {Family.HR_LOW, Family.HR_HIGH}
    log = [event for event in play(without) if event.family in others]
    assert shape(log) == shape(event for event in events if event.family in others)


def lower_is_never_later(signal: Signal, events: list[AlertEvent]) -> None:
    """I16: lowering readings never delays the first raise of a low rule (nor that of a level)."""
    lower = replace(signal, steps=tuple(_lowered(step) for step in signal.steps))
    how = Play(rules=_without_net(signal.book.rules))
    _not_later(play(signal, how), play(lower, how))


def _lowered(step: Act | Beat) -> Act | Beat:
    if isinstance(step, Beat) and step.spo2 is not None and (step.t // 1000) % 3:
        return replace(step, spo2=max(1.0, step.spo2 - 4))
    return step


def tighter_is_never_later(signal: Signal, events: list[AlertEvent]) -> None:
    """I17: a tighter limit never yields a later first onset."""
    rules = signal.book.rules
    _not_later(
        play(signal, Play(rules=_without_net(rules))),
        play(signal, Play(rules=_without_net(rules, by=1))),
    )


def nothing_known_is_unmonitored_alone(signal: Signal, events: list[AlertEvent]) -> None:
    """I25: the same frames without any number raise unmonitored, and nothing else."""
    empty = replace(signal, steps=tuple(map(_emptied, signal.steps)))
    told = {event.family for event in play(empty)}
    assert told == ({Family.UNMONITORED} if signal.end >= 60_000 else set()), f"I25: {told}"


def _emptied(step: Act | Beat) -> Act | Beat:
    if isinstance(step, Beat):
        return replace(step, spo2=None, pulse=None, index=None, battery=None)
    return step


def _not_later(before: list[AlertEvent], after: list[AlertEvent]) -> None:
    for level in (Level.CAUTION, Level.URGENT):
        first = _first(before, level)
        if first is not None:
            second = _first(after, level)
            assert second is not None, f"I16: {level} at {first} is gone"
            assert second <= first, f"I16: {level} at {first} came at {second}"


def _first(events: list[AlertEvent], level: Level) -> int | None:
    log = of(events, "A", Family.SPO2_LOW)
    reached = [ms(e) for e in log if e.happening in SPEAKING and e.level >= level]
    return reached[0] if reached else None


def _without_net(rules: Rules, *, by: float = 0.0) -> Rules:
    """The rules without the net (three short breaches that grow into one leave it: not monotone)."""
    return replace(rules, vitals=tuple(_family(vital, by) for vital in rules.vitals))


def _family(rule: FamilyRule, by: float) -> FamilyRule:
    more = by if rule.family is Family.SPO2_LOW else 0.0
    return replace(rule, levels=tuple(_level(level, more) for level in rule.levels))


def _level(level: LevelRule, by: float) -> LevelRule:
    old = level.law
    law = Law(delay=old.delay, clear=old.clear, expiry=old.expiry, rate=old.rate)
    return replace(level, law=law, limit=level.limit + by, clear_at=level.clear_at + by)


Check = Callable[[Signal, list[AlertEvent]], None]
LOGS: tuple[Check, ...] = (
    complete_on_time,
    evidence_is_enough,
    sound,
    no_end_without_good_data,
    silence_is_told,
    one_episode,
    announcements,
    told_again,
    worse_is_told,
    output_is_bounded,
    pauses_keep_nothing_for_long,
    batteries_are_told,
    explained_is_not_lost,
    own_is_told,
    falls_are_told,
)
PLAYS: tuple[Check, ...] = (
    no_tick_matters,
    no_restart_matters,
    time_is_relative,
    late_and_double_readings_matter_not,
    seats_are_strangers,
    families_are_strangers,
    nothing_known_is_unmonitored_alone,
    lower_is_never_later,
    tighter_is_never_later,
)
