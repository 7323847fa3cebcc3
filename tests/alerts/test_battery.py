"""The battery of a clip: a minute low raises, five points more end it, from the preparation on."""

import json

from alerts.engine import Engine
from collector.device import DEVICE, DeviceStatus, LinkState, status_body
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT, Script, instant, seconds


def test_low_then_lower_then_charged() -> None:
    """Advisory at 20 %, caution at 10 %, milder at 15 %, over at 25 %; a rebound changes nothing."""
    timeline("""
        0..10    spo2 97
        10       battery 20
        11..40   spo2 97
        40       battery 22
        41..80   spo2 97
        80       battery 10
        81..150  spo2 97
        150      battery 14
        151      battery 15
        152      battery 24
        153      battery 25
        =>  70   raise advisory battery
        => 140   escalate caution battery
        => 151   deescalate advisory battery
        => 153   close advisory battery over
    """)


def test_what_is_charged_within_the_minute_raises_nothing() -> None:
    """A clip that is put on its charger at once is not worth a word."""
    timeline("""
        0..10    spo2 97
        10       battery 9
        11..69   spo2 97
        69       battery 25
        70..90   spo2 97
    """)


def test_silence_does_not_charge_a_battery() -> None:
    """The newest word holds while nothing comes."""
    timeline("""
        0..10    spo2 97
        10       battery 9
        80       tick
        =>  25   raise caution unmonitored stale
        =>  70   raise caution battery
    """)


def test_a_clip_without_percent_says_that_it_is_low() -> None:
    """How low is not known: advisory, over when it says so no more."""
    timeline("""
        0..10    spo2 97
        10..80   spo2 97 low_battery
        80..82   spo2 97
        =>  70   raise advisory battery
        =>  80   close advisory battery over
    """)


def test_another_clip_has_another_battery() -> None:
    """Changing the clip ends the alert of the old one."""
    timeline("""
        0..10    spo2 97
        10       battery 9
        11..75   spo2 97
        75       bind d9
        76..80   spo2 97
        =>  70   raise caution battery
        =>  75   close caution battery released
    """)


def test_a_pause_rests_it_too() -> None:
    """The caution is recorded without a signal and announced afterwards; an advisory gives none."""
    timeline("""
        0..10    spo2 97
        10       battery 9
        11..131  spo2 97
        65       pause cuff 1
        =>  70   raise caution battery silently
        => 125   reannounce caution battery resumed
    """)


def _preparing() -> tuple[Script, Engine]:
    script, engine = Script(), Engine(DEFAULT)
    for entry in script.opening(["A"], instant(0))[:-1]:
        assert engine.take(entry) == []
    return script, engine


def test_it_is_watched_from_the_preparation_on() -> None:
    """Nothing else is; the episode goes on under its id when the session starts, over a restart too."""
    script, engine = _preparing()
    events = engine.take(script.reading(instant(1), spo2=70, battery=9))
    events += engine.take(script.reading(instant(50), spo2=70))
    engine = Engine(DEFAULT, json.loads(json.dumps(engine.save())))
    events += engine.advance(instant(90))
    events += engine.take(script.start(instant(100)))
    events += engine.take(script.reading(instant(101), battery=40))

    told = [(seconds(e.at), e.episode, e.happening.value, e.level.word) for e in events]
    assert told == [
        (61, "s-A-battery-1", "raise", "caution"),
        (101, "s-A-battery-1", "close", "caution"),
    ]
    assert engine.refuses_pause("A") == ""


def test_before_the_start_there_is_nothing_to_pause() -> None:
    """No rule that a pause could rest runs yet."""
    _, engine = _preparing()

    assert engine.refuses_pause("A").startswith("Nobody is watched")


def test_the_link_tells_a_battery_as_well() -> None:
    """Clips that have it in a characteristic of their own say it apart from the readings."""
    script, engine = _preparing()
    status = DeviceStatus(at=instant(5), device="dA", link=LinkState.CONNECTED, battery=18)
    engine.take(script.entry(instant(5), DEVICE, status_body(status), subject="dA", seat="A"))
    events = engine.advance(instant(80))

    assert [(seconds(e.at), e.level.word, e.value) for e in events] == [(65, "advisory", 18)]
    assert not events[0].announce
