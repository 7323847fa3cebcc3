"""The same dashboards, rules and data source to a Grafana that exists already, through its HTTP API.

The only module that imports grafana-client, which replaces urllib3 for a whole environment: it lives in an
environment of its own (`python3 start.py grafana push`) and never in the station's. What belongs to others
is left alone: the tree of notification policies is not touched, each rule names its contact point instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException, GrafanaUnauthorizedError

from alerts.rules import Rules
from collector.errors import ConfigError, Unavailable
from dashboards.grafana import contacts, provisioning
from dashboards.grafana.build import BOARDS
from dashboards.grafana.panels import SOURCE, Json
from dashboards.grafana.rules import EVERY_S, FOLDER, GROUP, group

TIMEOUT_S = 10.0
NOT_FOUND, FORBIDDEN = 404, 403
# Spelling of a rule in files -> in the API.
API_KEYS = {
    "keepFiringFor": "keep_firing_for",
    "missing_series_evals_to_resolve": "missingSeriesEvalsToResolve",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where Grafana finds InfluxDB, and the token with which it may read there."""

    url: str
    token: str


class Api(Protocol):
    """What is used of grafana-client; it brings no types of its own."""

    folder: Any
    dashboard: Any
    datasource: Any
    alertingprovisioning: Any


def push(
    url: str,
    token: str,
    rules: Rules,
    *,
    database: Database | None = None,
    webhook: str = "",
) -> Iterator[str]:
    """Send everything; gives one line per thing that is in place. Sending again changes nothing.

    Without `database` the data source has to be there already; without `webhook` the rules are routed by the
    policies of that Grafana. Raises `ConfigError` for a token without the rights, else `Unavailable`.
    """
    api: Api = GrafanaApi.from_url(url, credential=token, timeout=TIMEOUT_S)
    try:
        yield _source(api, database)
        yield _folder(api)
        for board in BOARDS.values():
            yield _board(api, board(rules))
        if webhook:
            yield _contact(api, webhook)
        yield _rules(api, rules, told=bool(webhook))
    except GrafanaUnauthorizedError as error:
        raise ConfigError(f"{url} refuses the token: make one of a service account.") from error
    except GrafanaClientError as error:
        if error.status_code == FORBIDDEN:
            raise ConfigError(
                f"{url}: the token needs the role Admin for data sources and rules."
            ) from error
        raise Unavailable(f"{url} refuses what was sent: {error.message}.") from error
    except (GrafanaException, OSError) as error:
        raise Unavailable(f"{url} does not answer as a Grafana does: {error}.") from error


def rule_group(rules: Rules, *, told: bool) -> Json:
    """The rule group in the spelling of the API; `told`: each rule names the contact point itself."""
    made = group(rules)
    return {
        "title": GROUP,
        "folderUid": provisioning.FOLDER_UID,
        "interval": EVERY_S,
        "rules": [_api_rule(rule, told=told) for rule in made["rules"]],
    }


def _api_rule(rule: Json, *, told: bool) -> Json:
    renamed = {API_KEYS.get(key, key): value for key, value in rule.items()}
    dashboard, panel = renamed.pop("dashboardUid"), renamed.pop("panelId")
    shown = {"__dashboardUid__": dashboard, "__panelId__": str(panel)}
    return {
        **renamed,
        "annotations": {**renamed["annotations"], **shown},
        "orgID": 1,
        "folderUID": provisioning.FOLDER_UID,
        "ruleGroup": GROUP,
        **({"notification_settings": _settings()} if told else {}),
    }


def _settings() -> Json:
    return {
        "receiver": contacts.CONTACT,
        "group_by": ["grafana_folder", *contacts.GROUPED],
        "group_wait": contacts.WAIT,
        "group_interval": contacts.INTERVAL,
        "repeat_interval": contacts.REPEAT,
    }


def _source(api: Api, database: Database | None) -> str:
    uid = SOURCE["uid"]
    there = _found(lambda: api.datasource.get_datasource_by_uid(uid))
    if database is None:
        if not there:
            raise ConfigError(
                f"That Grafana has no data source {uid}: name the database with --influxdb and "
                "--influxdb-token-file."
            )
        return f"data source {uid}: left as it is"
    wanted = provisioning.data_source(url=database.url, token=database.token)
    if there:
        api.datasource.update_datasource_by_uid(uid, wanted)
    else:
        api.datasource.create_datasource(wanted)
    return f"data source {uid}"


def _folder(api: Api) -> str:
    if not _found(lambda: api.folder.get_folder(provisioning.FOLDER_UID)):
        api.folder.create_folder(FOLDER, uid=provisioning.FOLDER_UID)
    return f"folder {FOLDER}"


def _board(api: Api, board: Json) -> str:
    wanted = {**board, "id": None, "version": 0}
    order = {"dashboard": wanted, "folderUid": provisioning.FOLDER_UID, "overwrite": True}
    api.dashboard.update_dashboard({**order, "message": "holdspace grafana push"})
    return f"dashboard {board['title']}"


def _contact(api: Api, address: str) -> str:
    alerting = api.alertingprovisioning
    alerting.create_or_update_template(contacts.TEMPLATE, {"template": contacts.LOCK})
    wanted = {"name": contacts.CONTACT, **contacts.webhook(address)}
    present = {point["uid"] for point in alerting.get_contactpoints(contacts.CONTACT)}
    if wanted["uid"] in present:
        alerting.update_contactpoint(wanted["uid"], wanted)
    else:
        alerting.create_contactpoint(wanted)
    return f"contact point {contacts.CONTACT}"


def _rules(api: Api, rules: Rules, *, told: bool) -> str:
    wanted = rule_group(rules, told=told)
    api.alertingprovisioning.update_rule_group(provisioning.FOLDER_UID, GROUP, wanted)
    return f"{len(wanted['rules'])} alert rules from the rules file {rules.digest}"


def _found(ask: Any) -> bool:
    try:
        ask()
    except GrafanaClientError as error:
        if error.status_code != NOT_FOUND:
            raise
        return False
    return True
