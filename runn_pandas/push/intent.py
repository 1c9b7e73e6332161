"""What a frame asks for: its cells as JSON, by row, before the account is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from runn_pandas.catalog import Field, Resource
from runn_pandas.catalog.writes import ACTUAL_KEY, Writable, find_writable
from runn_pandas.errors import PlanError
from runn_pandas.frame.encode import Unfit, encode_cell, encode_column, jsonable
from runn_pandas.push.deletes import deletes_of
from runn_pandas.push.model import NA, SHOWN, Intent, Part, Problem, Target, longer_index

if TYPE_CHECKING:
    pass

EXPANDED: dict[str, Part] = {
    "references": "reference",
    "tags": "tag",
    "customFields": "custom",
    "skills": "skill",
    "managers": "manager",
}
TYPES = {
    "reference": Field("externalId", "string"),
    "tag": Field("tag", "boolean"),
    "skill": Field("skill", "boolean"),
    "level": Field("level", "integer"),
    "manager": Field("id", "integer"),
}


def refuse(what: str, problems: Sequence[Problem]) -> PlanError:
    """Give the error that lists problems: the first in its text, all as a frame."""
    said = []
    for problem in problems[:SHOWN]:
        where = f"column {problem.column!r}"
        if problem.row is not None:
            shown = "" if problem.value is None else f" {problem.value!r:.40}"
            where = f"row {problem.row!r}, {where}:{shown}"
        said.append(f"{where} {problem.reason}")
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    return PlanError(
        f"{what} cannot be pushed, nothing was sent: {count}. {'; '.join(said)}{more}."
        " The error's .problems lists them all.",
        pd.DataFrame(problems, columns=["row", "column", "value", "reason"], dtype=object),
    )


def read_intent(
    frame: pd.DataFrame,
    resource: str | None,
    *,
    fingerprint: str,
    on: str | Sequence[str] | None = None,
    na: str | None = None,
    delete: Any = None,
) -> Intent:
    """Give what a frame asks for; cells that cannot be encoded are listed in it.

    Raises
    ------
    PlanError
        If the frame as a whole is not of this resource.
    """
    if not isinstance(frame, pd.DataFrame):
        raise PlanError(f"A push takes a DataFrame, not {type(frame).__name__}.")
    hint = frame.attrs.get("runn")
    hint = hint if isinstance(hint, dict) else {}
    writable, places, read_as = _target(resource, hint, fingerprint)
    if na not in (None, "unset", "omit"):
        raise PlanError(f"na is 'unset' or 'omit', not {na!r}.")
    mine = hint.get("account") in (None, fingerprint)
    from_runn = mine and _same(hint.get("resource"), writable)
    mode = cast(NA, na or ("unset" if from_runn else "omit"))
    flat = _flat(frame, writable, on)
    problems: list[Problem] = []
    targets = _targets(flat, writable, read_as, problems)
    keys = _listed(on)
    for name in keys:
        if name not in targets:
            problems.append(Problem(None, name, None, "is in on= but not in the frame"))
    if problems:
        raise refuse(repr(writable.name), problems)
    given = {
        name: encode_cell(value, writable.fields[name])
        for name, value in places.items()
        if name in writable.fields
    }
    rows: dict[int, dict[str, Any]] = {n: dict(given) for n in range(len(flat))}
    targets = {**{name: Target(name) for name in given}, **targets}
    labels = list(frame.index)
    for label, target in targets.items():
        if target.kind == "place" or label not in flat.columns:
            continue
        values, bad = _encoded(flat[label], target, writable)
        for position, reason in bad.items():
            problems.append(Problem(labels[position], label, flat[label].iloc[position], reason))
        for position, value in enumerate(values):
            if value is not None or mode == "unset":
                rows[position][label] = value
    deletes, extra = deletes_of(delete, frame, rows, writable)
    labels += ["delete " + ", ".join(map(str, key)) for key in extra]
    for number, key in enumerate(extra):
        rows[len(flat) + number] = dict(zip(writable.key, key, strict=True))
    return Intent(
        writable=writable,
        labels=tuple(labels),
        count=len(flat),
        targets=targets,
        rows=rows,
        deletes=frozenset(deletes) | frozenset(range(len(flat), len(labels))),
        on=keys or _natural(writable, targets),
        na=mode,
        from_runn=from_runn,
        problems=tuple(problems),
        index=longer_index(frame.index, labels[len(flat) :]),
    )


def _target(
    resource: str | None, hint: dict[str, Any], fingerprint: str
) -> tuple[Writable, dict[str, str], Resource | None]:
    if resource is None:
        name = hint.get("resource")
        if not isinstance(name, str):
            raise PlanError(
                "The frame does not say what it is: name the resource, as in"
                " df.runn.push('people'). pd.DataFrame(...), pivot and merge lose it."
            )
        if hint.get("account") not in (None, fingerprint):
            raise PlanError(
                f"The frame was read from another account ({hint.get('account')}) than the one it"
                f" would be pushed to ({fingerprint}). If that is meant, name the resource:"
                f" df.runn.push({name!r})."
            )
        resource = name
    return find_writable(resource)


def _same(name: Any, writable: Writable) -> bool:
    try:
        return isinstance(name, str) and find_writable(name)[0] is writable
    except ValueError:
        return False


def _natural(writable: Writable, targets: Mapping[str, Target]) -> tuple[str, ...]:
    """The key that a resource has without being told: that of actuals."""
    if writable.kind != "actuals":
        return ()
    return tuple(ACTUAL_KEY)


def _listed(on: str | Sequence[str] | None) -> tuple[str, ...]:
    if on is None:
        return ()
    names = (on,) if isinstance(on, str) else tuple(on) if hasattr(on, "__iter__") else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise PlanError(f"on= takes the name of a column, or a list of them, not {on!r:.60}.")
    return names


def _flat(frame: pd.DataFrame, writable: Writable, on: Any) -> pd.DataFrame:
    """The frame with the parts of its index that are columns of the resource as columns."""
    if isinstance(frame.columns, pd.MultiIndex):
        raise PlanError(
            "The frame has several levels of columns, as pivot or agg make them, so its rows are"
            " no longer the account's; flatten it and name the columns as the API does."
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise PlanError(f"The frame has two columns {twice!r}; drop or rename one.")
    wanted = {*writable.fields, *_listed(on)}
    flat = frame
    for number, name in enumerate(frame.index.names):
        if name in wanted and name not in frame.columns:
            flat = flat.assign(**{str(name): frame.index.get_level_values(number)})
    return flat


def _targets(
    frame: pd.DataFrame,
    writable: Writable,
    read_as: Resource | None,
    problems: list[Problem],
) -> dict[str, Target]:
    """What each column stands for."""
    targets: dict[str, Target] = {}
    places = {p.name for p in read_as.path_parameters} if read_as else set()
    for label in frame.columns:
        if not isinstance(label, str):
            problems.append(Problem(None, label, None, "is a column whose name is no text"))
        elif label in writable.fields:
            targets[label] = Target(label)
        elif label in places:
            targets[label] = Target(label, "place")
        else:
            targets[label] = expanded(label, writable) or Target(label, "unknown")
    return targets


def expanded(label: str, writable: Writable) -> Target | None:
    """What an expanded column such as ``references.Harvest`` stands for, or None."""
    name, dot, part = label.partition(".")
    if not dot:
        return None
    if name in EXPANDED and (name in writable.fields or name in writable.parts):
        if name == "skills" and part.endswith(".level"):
            return Target(name, "level", part.removesuffix(".level"))
        return Target(name, EXPANDED[name], part)
    if name in writable.fields and part in {f.name for f in writable.fields[name].fields}:
        return Target(name, "part", part)
    return None


def no_such_column(label: str, writable: Writable, *, key: bool = False) -> str:
    """Say that a column (of ``on=``: a key) is none of the resource's, and what may be meant."""
    near = get_close_matches(label.lower(), {n.lower(): n for n in writable.fields}, 1, 0.75)
    meant = next((n for n in writable.fields if near and n.lower() == near[0]), None)
    hint = "; drop it before the push"
    if meant:
        hint = f"; did you mean {meant!r}?"
    elif key:
        hint = ", so on= finds no rows by it; merge the ids in before the push, and drop it"
    return f"is no column of {writable.name!r}{hint}"


def _encoded(
    column: pd.Series[Any], target: Target, writable: Writable
) -> tuple[list[Any], dict[int, str]]:
    if target.kind == "plain":
        return encode_column(column, writable.fields[target.field])
    if target.kind == "part":
        parts = {f.name: f for f in writable.fields[target.field].fields}
        return encode_column(column, parts[target.part])
    if target.kind in TYPES:
        return encode_column(column, TYPES[target.kind])
    values: list[Any] = []
    bad: dict[int, str] = {}
    for position, cell in enumerate(column.tolist()):
        try:
            values.append(jsonable(cell))
        except Unfit as unfit:
            values.append(None)
            bad[position] = str(unfit)
    return values, bad
