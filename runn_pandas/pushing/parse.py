"""The cells of a frame as JSON values by row, before the account is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.catalog import Resource
from runn_pandas.catalog.writes import Writable, find_writable
from runn_pandas.errors import PlanError
from runn_pandas.frame.encode import Unfit, as_python, encode_cell
from runn_pandas.frame.expanded import Target, encode_target, nested_target
from runn_pandas.frame.words import near_name
from runn_pandas.pushing.checks import refuse
from runn_pandas.pushing.kinds import kind_of
from runn_pandas.pushing.model import Key, Problem, Row, longer_index
from runn_pandas.pushing.sheet import Sheet


def parse_frame(
    frame: pd.DataFrame,
    resource: str | None,
    *,
    fingerprint: str,
    on: str | Sequence[str] | None = None,
    na: str | None = None,
    delete: Any = None,
    new: bool | None = None,
    repeat: bool = False,
) -> Sheet:
    """Return the cells of a frame; those that cannot be encoded are listed in ``problems``.

    Raises
    ------
    PlanError
        If the frame as a whole cannot be rows of the resource.
    """
    if na not in (None, "unset", "omit"):
        raise PlanError(f"na must be 'unset' or 'omit', not {na!r:.40}.")
    hint = _hint(frame)
    writable, places, read_as = find_writable(_name(hint, resource))
    own = _is_own(hint, writable)
    elsewhere = str(hint.get("account", "")) if hint.get("account") != fingerprint else ""
    from_runn = own and not elsewhere
    keys = _listed(on)
    flat = _flat(frame, {*writable.fields, *keys})
    _refuse_lost_ids(flat, writable, keys, own, new)
    targets = _targets(flat, keys, writable, read_as)
    given = _given(places, writable)
    rows: dict[int, Row] = {n: dict(given) for n in range(len(flat))}
    labels = [*map(as_python, frame.index)]
    mode = na or ("unset" if from_runn else "omit")
    problems = _read_cells(flat, targets, writable, mode, rows, labels)
    deletes, extra = _deletes(delete, frame, rows, writable)
    more = ["delete " + ", ".join(map(str, key)) for key in extra]
    rows |= enumerate((dict(zip(writable.key, key, strict=True)) for key in extra), len(flat))
    return Sheet(
        writable=writable,
        rows=rows,
        labels=(*labels, *more),
        count=len(flat),
        index=longer_index(frame.index, more),
        targets={**{place: Target(place) for place in given}, **targets},
        deletes=frozenset(deletes) | frozenset(range(len(flat), len(rows))),
        on=keys or kind_of(writable).natural_key,
        na=mode,
        na_given=na is not None,
        from_runn=from_runn,
        read_from=elsewhere if own else "",
        new=new is None or new,
        repeat=repeat,
        problems=tuple(problems),
    )


# -- what the frame is


def _hint(frame: Any) -> Mapping[str, Any]:
    """Return the resource and the account that a frame was read from."""
    if not isinstance(frame, pd.DataFrame):
        raise PlanError(f"A push needs a pandas DataFrame, got {type(frame).__name__}.")
    hint = frame.attrs.get("runn")
    return hint if isinstance(hint, dict) else {}


def _name(hint: Mapping[str, Any], resource: str | None) -> str:
    name = hint.get("resource") if resource is None else resource
    if not isinstance(name, str):
        raise PlanError(
            "The frame was not read from Runn, so name its resource, for example"
            ' df.runn.push("people").'
        )
    return name


def _is_own(hint: Mapping[str, Any], writable: Writable) -> bool:
    """Whether a frame was read from Runn as the resource that it is pushed to."""
    name = hint.get("resource")
    try:
        return isinstance(name, str) and find_writable(name)[0] is writable
    except ValueError:
        return False


def _refuse_lost_ids(
    frame: pd.DataFrame, writable: Writable, on: Sequence[str], own: bool, new: bool | None
) -> None:
    """Refuse a frame that was read with ids and has none: its rows would be created again."""
    lost = [name for name in writable.key if name not in frame.columns]
    natural = kind_of(writable).natural_key
    found = on or (natural and all(name in frame.columns for name in natural[:-1]))
    if own and lost and not found and not new and len(frame) and writable.create:
        raise PlanError(
            f"The frame was read from {writable.name!r} and has lost its column {lost[0]!r}, so"
            " every row would be created again. Read it again and keep the column, or pass"
            " new=True to create the rows."
        )


def _listed(on: str | Sequence[str] | None) -> tuple[str, ...]:
    if on is None:
        return ()
    names = (on,) if isinstance(on, str) else tuple(on) if hasattr(on, "__iter__") else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise PlanError(f"on= must be a column name or a list of them, not {on!r:.60}.")
    return names


def _flat(frame: pd.DataFrame, wanted: set[str]) -> pd.DataFrame:
    """Return the frame with those levels of its index as columns that the resource has."""
    if isinstance(frame.columns, pd.MultiIndex):
        raise PlanError(
            "The frame has several levels of columns. Flatten them and name the columns as the"
            " API does."
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise PlanError(f"The frame has two columns named {twice!r}. Drop or rename one.")
    flat = frame
    for number, name in enumerate(frame.index.names):
        if name in wanted and name not in frame.columns:
            flat = flat.assign(**{str(name): frame.index.get_level_values(number)})
    return flat


# -- what its columns are


def _targets(
    frame: pd.DataFrame, on: Sequence[str], writable: Writable, read_as: Resource | None
) -> dict[str, Target]:
    """Return what each column stands for."""
    places = {p.name for p in read_as.path_parameters} if read_as else set()
    problems: list[Problem] = []
    found: dict[str, Target] = {}
    for label in frame.columns:
        if isinstance(label, str):
            found[label] = _target(label, writable, places)
        else:
            problems.append(Problem(None, label, None, "is a column name that is not text"))
    for name in (name for name in on if name not in found):
        meant = near_name(name, found)
        hint = f"; did you mean {meant!r}?" if meant else ""
        problems.append(Problem(None, name, None, f"is in on= but not in the frame{hint}"))
    if problems:
        raise refuse(repr(writable.name), problems)
    return found


def _target(label: str, writable: Writable, places: Collection[str]) -> Target:
    if label in writable.fields:
        return Target(label)
    if label in places:
        return Target(label, "place")
    return nested_target(label, writable.fields) or Target(label, "unknown")


# -- what its cells say


def _given(places: Mapping[str, str], writable: Writable) -> Row:
    """Return the values that a name has in place, as in ``projects/12/phases``."""
    fields = writable.fields
    return {name: encode_cell(places[name], fields[name]) for name in places if name in fields}


def _read_cells(
    frame: pd.DataFrame,
    targets: Mapping[str, Target],
    writable: Writable,
    na: str,
    rows: Mapping[int, Row],
    labels: Sequence[Any],
) -> list[Problem]:
    """Add every cell that says something to its row."""
    problems: list[Problem] = []
    for label, target in targets.items():
        if target.kind == "place":
            continue
        values, bad = encode_target(frame[label], target, writable.fields)
        for position, reason in bad.items():
            cell = as_python(frame[label].iloc[position])
            reason += _hint_for(cell, label, writable)
            problems.append(Problem(labels[position], label, cell, reason))
        for position, value in enumerate(values):
            if value is not None or na == "unset":
                rows[position][label] = value
    return problems


def _hint_for(cell: Any, label: str, writable: Writable) -> str:
    """Return how a cell that cannot be encoded may be written, or ""."""
    if isinstance(cell, float) and label in writable.minutes:
        return f'; if these are hours, in minutes they are df["{label}"] * 60'
    if isinstance(cell, str) and label == "tags":
        return f'; each tag has a column: df["tags.{cell.split(",")[0].strip()}"] = True'
    return ""


# -- which rows are to be deleted


def _deletes(
    delete: Any, frame: pd.DataFrame, rows: Mapping[int, Row], writable: Writable
) -> tuple[list[int], list[Key]]:
    """Return the positions that ``delete=`` names, and its keys that the frame does not have."""
    if delete is None:
        return [], []
    _refuse_frame(delete, writable)
    if isinstance(delete, (str, bytes)) or not hasattr(delete, "__iter__"):
        delete = [delete]
    flags = _flags(delete, frame)
    if flags is not None:
        return list(compress(rows, flags)), []
    keys = {_key(one, writable): None for one in dict.fromkeys(delete)}
    by_key = {tuple(map(row.get, writable.key)): position for position, row in rows.items()}
    found = [by_key[key] for key in by_key.keys() & keys]
    return found, [key for key in keys if key not in by_key]


def _refuse_frame(delete: Any, writable: Writable) -> None:
    if isinstance(delete, pd.DataFrame):
        shown = 'delete=frame["id"]' if writable.has_id else "a Series of flags over the frame"
        raise PlanError(f"delete= takes ids or flags, not a whole frame: pass {shown}.")


def _key(one: Any, writable: Writable) -> Key:
    one = as_python(one)
    parts = writable.in_key(one)
    if parts is None:
        raise PlanError(
            f"A row of {writable.name!r} is identified by"
            f" {', '.join(writable.key) or 'nothing'}: delete= takes a boolean Series over"
            f" the frame, or tuples of them, not {one!r:.40}."
        )
    try:
        key = tuple(encode_cell(part, writable.fields[name]) for name, part in parts.items())
    except Unfit as unfit:
        raise PlanError(f"delete= takes ids; {one!r:.40} {unfit}.") from None
    if None in key:
        raise PlanError("delete= has a missing id. Drop it first: .dropna().")
    return key


def _flags(delete: Any, frame: pd.DataFrame) -> list[bool] | None:
    """Return a flag for each row of the frame; None if ``delete=`` holds ids."""
    values = list(delete)
    if not _is_boolean(values, getattr(delete, "dtype", object)):
        return None
    if isinstance(delete, pd.Series) and not delete.index.equals(frame.index):
        raise PlanError("delete= must have the index of the frame.")
    if len(values) != len(frame):
        raise PlanError(f"delete= has {len(values)} flags, but the frame has {len(frame)} rows.")
    if any(value is pd.NA or value is None for value in values):
        raise PlanError("delete= has missing flags. Pass True or False for each row.")
    return [bool(value) for value in values]


def _is_boolean(values: list[Any], dtype: Any) -> bool:
    if pd.api.types.is_bool_dtype(dtype):
        return True
    flags = [isinstance(value, (bool, np.bool_)) or value is pd.NA for value in values]
    return bool(flags) and all(flags)
