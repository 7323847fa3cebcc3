"""The part of Grafana that judges a rule: reduce, math and threshold over what the database answers.

A small stand-in of our own, made after the documented behaviour of server-side expressions: `last` without
null, math over matching labels (one label set contains the other), thresholds with their own way back. It
says what one evaluation finds; that Grafana keeps missing series is a setting, and tested as such.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.dashboards.grafana.boards import filled
from tests.dashboards.grafana.database import Database
from tests.dashboards.grafana.told import STATION

Labels = frozenset[tuple[str, str]]
Values = dict[Labels, float]
OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Lt: lambda one, other: float(one < other),
}


@dataclass(slots=True)
class Evaluation:
    """One rule as it is evaluated again and again; it remembers who is firing, for the way back."""

    rule: dict[str, Any]
    database: Database
    station: str = STATION
    firing: frozenset[Labels] = frozenset()

    def at(self, now_ns: int) -> dict[str, bool]:
        """Participant (or station) -> whether the condition holds; a missing one has no series."""
        found: dict[str, Values] = {}
        for query in self.rule["data"]:
            found[query["refId"]] = self._one(query, found, now_ns)
        beyond = found[self.rule["condition"]]
        self.firing = frozenset(labels for labels, value in beyond.items() if value)
        return {_who(labels): bool(value) for labels, value in beyond.items()}

    def _one(self, query: dict[str, Any], found: Mapping[str, Values], now_ns: int) -> Values:
        model = query["model"]
        match model.get("type", "query"):
            case "query":
                return self._asked(query, now_ns)
            case "reduce":
                return found[model["expression"]]
            case "math":
                return _math(model["expression"], found)
            case "threshold":
                return self._beyond(model["conditions"][0], found[model["expression"]])
        raise AssertionError(model)

    def _asked(self, query: dict[str, Any], now_ns: int) -> Values:
        since_ns = now_ns - query["relativeTimeRange"]["from"] * 1_000_000_000
        text = filled(query["model"]["query"], {}, since_ns=since_ns, until_ns=now_ns)
        values: Values = {}
        for series in self.database.ask(text):
            numbers = [row[1] for row in series.rows if row[1] is not None]
            if numbers and series.tags["station"] == self.station:
                values[frozenset(series.tags.items())] = float(numbers[-1])
        return values

    def _beyond(self, condition: dict[str, Any], values: Values) -> Values:
        back = condition.get("unloadEvaluator")
        return {
            labels: float(
                not _holds(back, value)
                if back and labels in self.firing
                else _holds(condition["evaluator"], value)
            )
            for labels, value in values.items()
        }


def _holds(evaluator: dict[str, Any], value: float) -> bool:
    limit = evaluator["params"][0]
    return bool(value < limit if evaluator["type"] == "lt" else value > limit)


def _math(expression: str, found: Mapping[str, Values]) -> Values:
    tree = ast.parse(expression.replace("$", ""), mode="eval").body
    result = _walk(tree, found)
    assert isinstance(result, dict)
    return result


def _walk(node: ast.expr, found: Mapping[str, Values]) -> Values | float:
    match node:
        case ast.Name(id=name):
            return found[name]
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(_walk(left, found), OPERATORS[type(op)], _walk(right, found))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _joined(_walk(left, found), OPERATORS[type(op)], _walk(right, found))
    raise AssertionError(ast.dump(node))


def _joined(
    one: Values | float, operate: Callable[[float, float], float], other: Values | float
) -> Values | float:
    if isinstance(one, float) and isinstance(other, float):
        return operate(one, other)
    if isinstance(one, float):
        assert isinstance(other, dict)
        return {labels: operate(one, value) for labels, value in other.items()}
    if isinstance(other, float):
        return {labels: operate(value, other) for labels, value in one.items()}
    return {
        max(mine, yours, key=len): operate(value, another)
        for mine, value in one.items()
        for yours, another in other.items()
        if mine <= yours or yours <= mine
    }


def _who(labels: Labels) -> str:
    tags = dict(labels)
    return tags.get("participant", tags.get("station", ""))
