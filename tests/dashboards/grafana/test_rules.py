"""The second net: same limits as the engine, slower, and silence never ends an alert."""

from collections.abc import Callable

import pytest

from alerts.condition import Level
from alerts.rules import load_rules
from collector.clock import SECOND
from dashboards.grafana.rules import EVERY_S, FAR, LONGEST_S, group, nets
from tests.dashboards.grafana.boards import ALERTING, provisioned, rules
from tests.dashboards.grafana.database import Database
from tests.dashboards.grafana.net import Evaluation
from tests.dashboards.grafana.provisioned import ContactFile, RuleFile
from tests.dashboards.grafana.told import NOW_NS, STATION, Told

pytestmark = pytest.mark.influx
Judge = Callable[[str], Evaluation]


@pytest.fixture
def judged(influxdb: Database) -> Judge:
    """A generated rule, by its uid, over what the test writes."""
    by_uid = {rule["uid"]: rule for rule in rules()}
    return lambda uid: Evaluation(rule=by_uid[uid], database=influxdb)


def begun() -> Told:
    """A session that has run for two minutes with one clip on."""
    return Told().phase(0, "prepare").bound(1, "P1").phase(2, "start")


def test_rule_file_is_what_grafana_takes() -> None:
    """The rule file and the contact file hold exactly the keys that the provisioner knows."""
    assert RuleFile.model_validate(provisioned(ALERTING / "rules.yaml")).groups
    assert ContactFile.model_validate(provisioned(ALERTING / "contacts.yaml")).policies


def test_every_limit_that_asks_for_attention_has_its_rule() -> None:
    """Each caution and urgent level of the rules file has a rule; an advisory has none."""
    limits = load_rules()
    families = (*limits.vitals, limits.unmonitored, *((limits.battery,) if limits.battery else ()))
    wanted = [
        (family.family, level.level)
        for family in families
        for level in family.levels
        if level.level is not Level.ADVISORY
    ]

    assert [(net.family, net.level) for net in nets(limits)] == wanted
    assert len(rules()) == len(wanted) + 1  # and the one for a silent station


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["uid"])
def test_silence_never_ends_an_alert(rule: dict[str, object]) -> None:
    """A missing series is kept for a whole session, and no data at all keeps the last state."""
    assert rule["missing_series_evals_to_resolve"] == LONGEST_S // EVERY_S
    assert rule["noDataState"] == "KeepLast"


def test_only_one_rule_speaks_of_the_database() -> None:
    """A database that cannot be asked is said once, and resolves nothing."""
    states = [rule["execErrState"] for rule in rules()]

    assert sorted(set(states)) == ["Error", "KeepLast"]
    assert states.count("Error") == 1


def test_net_is_slower_than_the_engine() -> None:
    """Every rule of a vital sign waits at least as long as the engine does."""
    made = {rule["uid"]: rule for rule in group(load_rules())["rules"]}
    waits = {net.uid: net.wait_s for net in nets(load_rules()) if net.wait_s}

    assert waits
    assert all(int(made[uid]["for"].removesuffix("s")) >= wait for uid, wait in waits.items())
    assert all(int(made[uid]["for"].removesuffix("s")) % EVERY_S == 0 for uid in waits)


def test_lock_screen_shows_no_code() -> None:
    """What is posted carries room and level: no participant, no number, no kind of trouble."""
    contacts = provisioned(ALERTING / "contacts.yaml")
    text = contacts["templates"][0]["template"]

    assert "participant" not in text
    assert "Values" not in text
    assert "alertname" not in text
    assert contacts["contactPoints"][0]["receivers"][0]["settings"]["payload"] == {
        "template": '{{ template "holdspace.lock" . }}'
    }


@pytest.mark.parametrize(
    ("uid", "spo2", "pulse", "beyond"),
    [
        ("holdspace-spo2-low-1", 93.0, 70.0, True),
        ("holdspace-spo2-low-1", 94.0, 70.0, False),
        ("holdspace-spo2-low-2", 89.0, 70.0, True),
        ("holdspace-spo2-low-2", 93.0, 70.0, False),
        ("holdspace-spo2-low-3", 84.0, 70.0, True),
        ("holdspace-hr-high-1", 97.0, 121.0, True),
        ("holdspace-hr-high-2", 97.0, 121.0, False),
        ("holdspace-hr-low-2", 97.0, 39.0, True),
        ("holdspace-hr-low-2", 97.0, 40.0, False),
    ],
)
def test_vital_beyond_its_limit(
    *,
    uid: str,
    spo2: float,
    pulse: float,
    beyond: bool,
    influxdb: Database,
    judged: Judge,
) -> None:
    """A value beyond the limit fires the rule of that level, one at the limit does not."""
    influxdb.write(begun().read(60, 120, "P1", spo2=spo2, pulse=pulse).text)

    assert judged(uid).at(NOW_NS) == {"P1": beyond}


def test_alert_stays_until_the_way_back_is_done(influxdb: Database, judged: Judge) -> None:
    """One point above the limit is not enough: the value has to pass the clear line of the file."""
    rule = judged("holdspace-spo2-low-1")
    told = begun().read(60, 90, "P1", spo2=92.0).read(90, 105, "P1", spo2=94.5)
    influxdb.write(told.read(105, 120, "P1", spo2=96.0).text)

    assert [rule.at(NOW_NS - left * SECOND)["P1"] for left in (35, 18, 2)] == [True, True, False]


def test_alert_holds_when_the_readings_stop(influxdb: Database, judged: Judge) -> None:
    """A clip that falls silent while its alert fires leaves the rule firing, 25 min later still."""
    rule = judged("holdspace-spo2-low-2")
    influxdb.write(begun().read(60, 90, "P1", spo2=86.0).text)

    assert rule.at(NOW_NS - 30 * SECOND) == {"P1": True}
    assert rule.at(NOW_NS + 1500 * SECOND) == {"P1": True}


def test_alert_ends_with_the_session(influxdb: Database, judged: Judge) -> None:
    """The end of the session is a statement, so it does end the alert."""
    rule = judged("holdspace-spo2-low-2")
    influxdb.write(begun().read(60, 115, "P1", spo2=86.0).phase(116, "end").text)

    assert rule.at(NOW_NS - 6 * SECOND) == {"P1": True}
    assert rule.at(NOW_NS) == {"P1": False}


def test_alert_ends_when_the_clip_is_given_back(influxdb: Database, judged: Judge) -> None:
    """Who has left is not missed: the seat was given up in words."""
    rule = judged("holdspace-unmonitored-1")
    told = begun().bound(1, "P2").looked(60, 100, "P1", age_s=16).looked(60, 120, "P2")
    influxdb.write(told.bound(101, "P1", released=True).text)

    assert rule.at(NOW_NS - 25 * SECOND) == {"P1": True, "P2": False}
    assert rule.at(NOW_NS) == {"P1": False, "P2": False}


@pytest.mark.parametrize(
    ("age_s", "beyond"), [(14, [False, False]), (16, [True, False]), (121, [True, True])]
)
def test_seat_without_reading(
    age_s: float, beyond: list[bool], influxdb: Database, judged: Judge
) -> None:
    """The age that the station states is judged, so a clip that says nothing is seen."""
    influxdb.write(begun().looked(119, 120, "P1", age_s=age_s).text)

    found = [judged(f"holdspace-unmonitored-{level}").at(NOW_NS)["P1"] for level in (1, 2)]

    assert found == beyond


@pytest.mark.parametrize(("battery", "beyond"), [(11.0, False), (10.0, True)])
def test_battery(battery: float, beyond: bool, influxdb: Database, judged: Judge) -> None:  # noqa: FBT001
    """At most the limit of the rules file is low."""
    influxdb.write(begun().looked(100, 120, "P1", battery=battery).text)

    assert judged("holdspace-battery-2").at(NOW_NS) == {"P1": beyond}


def test_station_that_falls_silent(influxdb: Database, judged: Judge) -> None:
    """A session runs and half a minute passes without a report: the station is gone."""
    rule = judged("holdspace-station-silent")
    influxdb.write(begun().looked(0, 120, "P1").text)

    assert rule.at(NOW_NS) == {STATION: False}
    assert rule.at(NOW_NS + 40 * SECOND) == {STATION: True}
    assert rule.at(NOW_NS + 1500 * SECOND) == {STATION: True}


def test_station_that_has_ended_its_session_may_be_silent(influxdb: Database, judged: Judge) -> None:
    """After the end nobody waits for reports."""
    influxdb.write(begun().looked(0, 110, "P1").phase(112, "end").text)

    assert judged("holdspace-station-silent").at(NOW_NS + 60 * SECOND) == {STATION: False}


def test_late_readings_raise_nothing(influxdb: Database, judged: Judge) -> None:
    """What a clip had stored and sent later is recorded, never alerted on."""
    told = begun().read(60, 110, "P1", spo2=97.0)
    influxdb.write(told.read(110, 120, "P1", spo2=80.0, backfill=1.0).text)

    assert judged("holdspace-spo2-low-3").at(NOW_NS) == {"P1": False}


def test_out_of_reach_is_out_of_reach() -> None:
    """The step that takes a value out of reach is larger than any value that can be stored."""
    longest_age_s = LONGEST_S * 2

    assert longest_age_s < FAR
