"""A strict model of what Grafana's file provisioning takes: an unknown or missing key is an error.

The keys are those of the alerting provisioner of Grafana 13 (servers.md 4.1 and 4.2).
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _whole(text: str) -> str:
    if not re.fullmatch(r"\d+[smh]", text):
        raise ValueError("a time such as 10s")
    return text


Duration = Annotated[str, AfterValidator(_whole)]
Uid = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,40}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Source(Strict):
    type: Literal["influxdb", "__expr__"]
    uid: Uid


class Evaluator(Strict):
    type: Literal["gt", "lt"]
    params: Annotated[list[float | int], Field(min_length=1, max_length=1)]


class Condition(Strict):
    evaluator: Evaluator
    unloadEvaluator: Evaluator | None = None  # noqa: N815 - Grafana's spelling


class Settings(Strict):
    mode: Literal["dropNN"]


class Sql(Strict):
    refId: str  # noqa: N815 - Grafana's spelling
    datasource: Source
    rawQuery: Literal[True]  # noqa: N815 - Grafana's spelling
    query: str
    resultFormat: Literal["time_series"]  # noqa: N815 - Grafana's spelling
    intervalMs: int  # noqa: N815 - Grafana's spelling
    maxDataPoints: int  # noqa: N815 - Grafana's spelling


class Reduce(Strict):
    refId: str  # noqa: N815 - Grafana's spelling
    datasource: Source
    type: Literal["reduce"]
    expression: str
    reducer: Literal["last"]
    settings: Settings


class Math(Strict):
    refId: str  # noqa: N815 - Grafana's spelling
    datasource: Source
    type: Literal["math"]
    expression: str


class Threshold(Strict):
    refId: str  # noqa: N815 - Grafana's spelling
    datasource: Source
    type: Literal["threshold"]
    expression: str
    conditions: Annotated[list[Condition], Field(min_length=1, max_length=1)]


class Period(Strict):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)
    since: int = Field(alias="from", ge=0)
    to: Literal[0]


class Query(Strict):
    refId: Annotated[str, Field(pattern=r"^[A-Z]$")]  # noqa: N815 - Grafana's spelling
    datasourceUid: str  # noqa: N815 - Grafana's spelling
    relativeTimeRange: Period  # noqa: N815 - Grafana's spelling
    model: Sql | Reduce | Math | Threshold


class Rule(Strict):
    uid: Uid
    title: Annotated[str, Field(max_length=190)]
    condition: str
    data: list[Query]
    noDataState: Literal["NoData", "Alerting", "OK", "KeepLast"]  # noqa: N815 - Grafana's spelling
    execErrState: Literal["Error", "Alerting", "OK", "KeepLast"]  # noqa: N815 - Grafana's spelling
    for_: Duration = Field(alias="for")
    keepFiringFor: Duration  # noqa: N815 - Grafana's spelling
    missing_series_evals_to_resolve: Annotated[int, Field(gt=2)]
    dashboardUid: Uid  # noqa: N815 - Grafana's spelling
    panelId: int  # noqa: N815 - Grafana's spelling
    labels: dict[str, str]
    annotations: dict[str, str]
    isPaused: Literal[False]  # noqa: N815 - Grafana's spelling


class Group(Strict):
    orgId: int  # noqa: N815 - Grafana's spelling
    name: str
    folder: str
    interval: Duration
    rules: list[Rule]


class RuleFile(Strict):
    apiVersion: Literal[1]  # noqa: N815 - Grafana's spelling
    groups: list[Group]


class Receiver(Strict):
    uid: Uid
    type: Literal["webhook"]
    settings: dict[str, Any]
    disableResolveMessage: bool  # noqa: N815 - Grafana's spelling


class ContactPoint(Strict):
    orgId: int  # noqa: N815 - Grafana's spelling
    name: str
    receivers: list[Receiver]


class Policy(Strict):
    orgId: int  # noqa: N815 - Grafana's spelling
    receiver: str
    group_by: list[str]
    group_wait: Duration
    group_interval: Duration
    repeat_interval: Duration


class Template(Strict):
    orgId: int  # noqa: N815 - Grafana's spelling
    name: str
    template: str


class ContactFile(Strict):
    apiVersion: Literal[1]  # noqa: N815 - Grafana's spelling
    contactPoints: list[ContactPoint]  # noqa: N815 - Grafana's spelling
    templates: list[Template]
    policies: list[Policy]
