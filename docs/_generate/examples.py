"""The examples of the resources' pages, run on the demo account while the pages are made."""

from __future__ import annotations

import ast
import html
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

import runn_pandas as rp
from docs._generate.push_examples import PUSHES
from runn_pandas.catalog import Resource
from runn_pandas.catalog.writes import Writable
from runn_pandas.demo.legacy_ids import legacy_id
from runn_pandas.errors import RunnError

ROWS = 3
TRIES = 60  # records that are asked for one with rows
# The list, and its columns, that has the ids of a path.
PLACES: dict[tuple[str, ...], tuple[str, dict[str, str]]] = {
    ("clientId",): ("clients", {"clientId": "id"}),
    ("holidayGroupId",): ("holiday-groups", {"holidayGroupId": "id"}),
    ("peopleTagId",): ("people-tags", {"peopleTagId": "id"}),
    ("personId",): ("people", {"personId": "id"}),
    ("projectId",): ("projects", {"projectId": "id"}),
    ("projectTagId",): ("project-tags", {"projectTagId": "id"}),
    ("rateCardId",): ("rate-cards", {"rateCardId": "id"}),
    ("roleId",): ("roles", {"roleId": "id"}),
    ("skillId",): ("skills", {"skillId": "id"}),
    ("teamId",): ("teams", {"teamId": "id"}),
    ("timeOffId",): ("time-offs/leave", {"timeOffId": "id"}),
    ("userId",): ("users", {"userId": "id"}),
    ("workstreamId",): ("workstreams", {"workstreamId": "id"}),
    ("projectId", "roleId"): ("budget-roles", {"projectId": "projectId", "roleId": "roleId"}),
    ("projectId", "personRequestId"): (
        "person-requests",
        {"projectId": "projectId", "personRequestId": "id"},
    ),
    ("projectId", "phaseId"): ("phases", {"projectId": "projectId", "phaseId": "id"}),
    ("projectId", "workstreamId"): (
        "project-workstreams",
        {"projectId": "projectId", "workstreamId": "workstreamId"},
    ),
}
JUNE = ("2026-06-01", "2026-06-30")


class Example(NamedTuple):
    """Lines that ran, and the HTML of what the last one shows."""

    code: str
    output: str


def run(code: str, space: dict[str, Any]) -> Any:
    """Run lines and return the value of the last."""
    tree = ast.parse(code.strip())
    *before, last = tree.body
    exec(compile(ast.Module(before, []), "example", "exec"), space)  # noqa: S102
    if not isinstance(last, ast.Expr):
        raise ValueError(f"an example ends with what it shows: {code}")
    return eval(compile(ast.Expression(last.value), "example", "eval"), space)  # noqa: S307


def shown(value: Any, rows: int | None = None) -> str:
    """Return the HTML of a value as a page shows it."""
    if not isinstance(value, pd.DataFrame):
        return f"<pre>{html.escape(str(value))}</pre>"
    with pd.option_context("display.max_colwidth", 60, "display.max_columns", None):
        table = value.to_html(border=0, na_rep="NA", notebook=False)
    count = len(value) if rows is None else rows
    said = f"{_count(count, 'row')} x {_count(value.shape[1], 'column')}"
    return f'<div class="example-output"><div>{table}</div><p>{said}</p></div>'


@cache
def demo() -> rp.Account:
    """Return the demo account of all examples: none of them writes."""
    return rp.connect("demo", limit=None)


def fresh() -> dict[str, Any]:
    """Return the names that an example begins with."""
    rp.use(demo())
    return {"pd": pd, "rp": rp}


def ways(resource: Resource) -> Iterator[dict[str, Any]]:
    """Return filters for a first read, the likeliest to have rows first."""
    span = dict(zip(resource.span_filters, JUNE, strict=False))
    names = tuple(p.name for p in resource.path_parameters)
    if not names:
        yield from ([span] if span else [])
        yield {}
        return
    if names == ("model", "legacyId"):
        yield {"model": "people", "legacyId": _legacy_id()}
        return
    source, columns = PLACES[names]
    for row in rp.read_runn(source).head(TRIES).to_dict("records"):
        yield {name: _plain(row[column]) for name, column in columns.items()}


def read(resource: Resource) -> tuple[Example, pd.DataFrame]:
    """Run the read of a resource and return it with its frame, which has rows if any has."""
    space = fresh()
    code, frame = "", pd.DataFrame()
    for filters in ways(resource):
        line = f'pd.read_runn("{resource.name}"{_given(filters)})'
        try:
            value = run(line, space)
        except RunnError:
            continue
        if not code or len(value):
            code, frame = line, value
        if len(value):
            break
    if not code:
        raise ValueError(f"no example of a read of {resource.name!r} ran")
    return Example(code, shown(frame.head(ROWS), len(frame))), frame


def push(writable: Writable) -> Example | None:
    """Run a plan of a change of a resource, or of a deletion; None where a read says all."""
    if writable.name in PUSHES:
        code = PUSHES[writable.name].strip()
        return Example(code, shown(run(code, fresh())))
    for code in _pushes(writable):
        try:
            value = run(code, fresh())
        except RunnError:
            continue
        if len(value):
            return Example(code.strip(), shown(value))
    return None


def _pushes(writable: Writable) -> Iterator[str]:
    if writable.source is None or "{" in writable.name:
        return
    name = writable.name.replace("-", "_").replace("/", "_")
    span = dict(zip(writable.source.span_filters, JUNE, strict=False))
    read = f'{name} = pd.read_runn("{writable.name}"{_given(span)})\n'
    for column, value in _changeable(writable):
        change = f'{name}.loc[0, "{column}"] = {value}\n'
        yield f"{read}{change}{name}.runn.plan().changes"
    if writable.delete is not None and writable.has_id:
        yield f'{read}{name}.runn.plan(delete={name}["id"].head(2)).summary'


def _changeable(writable: Writable) -> Iterator[tuple[str, str]]:
    examples = {"text": '"Changed"', "number": "12.5", "integer": "60", "flag": "True"}
    for kind, value in examples.items():
        for name, spec in writable.update_fields.items():
            own = name in writable.read_fields and name not in {"id", *writable.key}
            if spec.kind == kind and own and not spec.enum and not name.endswith("Id"):
                yield name, value


def _legacy_id() -> str:
    """Return what the first of the demo's people was in the old API."""
    return legacy_id("people", int(rp.read_runn("people")["id"].iloc[0]))


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


def _given(filters: dict[str, Any]) -> str:
    said = {n: f'"{value}"' if isinstance(value, str) else value for n, value in filters.items()}
    return "".join(f", {name}={value}" for name, value in said.items())


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, (int, float)) else value
