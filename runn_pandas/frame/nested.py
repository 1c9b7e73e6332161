"""Nested fields to columns: references, tags, custom fields, skills, managers, plain objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from runn_pandas.catalog import Field, Resource
from runn_pandas.errors import FrameError
from runn_pandas.frame.custom_fields import CustomField, custom_values, objects
from runn_pandas.frame.encode import Unfit, is_missing
from runn_pandas.frame.expanded import NamedT, Tag
from runn_pandas.frame.types import Backend, typed

Columns = dict[str, "pd.Series[Any]"]
# By nested field what has a column though no row may hold it: names, tags, custom fields.
Known = Mapping[str, Collection[Any]]
# Where the fields stand that a list of people or projects does not have.
ELSEWHERE = {
    "customFields": "'people/custom-fields', 'projects/custom-fields' or 'people/{personId}'",
    "skills": "'people/skills' or 'people/{personId}'",
}


def expand(
    frame: pd.DataFrame,
    *names: str,
    resource: Resource | None = None,
    tags: Literal["columns", "list"] = "columns",
    known: Known | None = None,
) -> pd.DataFrame:
    """Turn nested fields into columns of their own, in the place of the nested one.

    Parameters
    ----------
    frame : DataFrame
        A frame as read.
    *names : str
        The nested fields; without any, all that the frame has.
    resource : Resource, optional
        What the rows are, so that plain objects get the catalogue's types.
    tags : {"columns", "list"}
        One boolean column for each tag, or one column of lists of tag names.
    known : mapping, optional
        What gets columns beside what the rows hold: names of references, the account's tags, its
        custom fields.

    Returns
    -------
    DataFrame
        A new frame; its other columns and its ``attrs`` are those of ``frame``.

    Raises
    ------
    FrameError
        If the frame has no such nested field, or it is a list of rows (then explode it).
    """
    if tags not in ("columns", "list"):
        raise FrameError(f"tags is 'columns' or 'list', not {tags!r}.")
    if not frame.columns.is_unique:
        raise FrameError("Two columns of the frame have one name; rename one before expanding.")
    fields = {f.name: f for f in resource.fields} if resource else {}
    backend = backend_of(frame)
    made: dict[Any, Columns] = {}
    for name in names or _nested_columns(frame, fields):
        _check(frame, name)
        cells, others = frame[name].tolist(), (known or {}).get(name, ())
        made[name] = _expanded(name, cells, fields.get(name), backend, tags, others)
        _refuse_taken(frame, name, made[name])
    columns: dict[Any, Any] = {}
    for label, column in frame.items():
        parts = made.get(label, {label: column})
        columns |= {name: part.set_axis(frame.index) for name, part in parts.items()}
    result = pd.DataFrame(columns, index=frame.index)
    result.attrs = dict(frame.attrs)
    return result


def _nested_columns(frame: pd.DataFrame, fields: Mapping[Any, Field]) -> list[str]:
    return [n for n in frame.columns if n in HANDLERS or expandable(fields.get(n))]


def _expanded(
    name: str,
    values: list[Any],
    field: Field | None,
    backend: Backend,
    tags: str,
    known: Collection[Any],
) -> Columns:
    if name not in HANDLERS:
        return _object(name, values, field, backend)
    try:
        if name == "tags" and tags == "list":
            return {"tags": _column([_names(value) for value in values], "object", backend)}
        return HANDLERS[name](values, backend, known)
    except Unfit:
        raise FrameError(
            f"Column {name!r} does not hold the lists of objects that the API gives, so it cannot"
            " be expanded; if it comes from a file, read the resource again."
        ) from None


def _refuse_taken(frame: pd.DataFrame, name: str, made: Columns) -> None:
    taken = [part for part in made if part in frame.columns and part != name]
    if taken:
        raise FrameError(f"The frame has a column {taken[0]!r} already; drop or rename it first.")


def expandable(field: Field | None) -> bool:
    """Whether a field of the catalogue can be turned into columns."""
    if field is None or field.kind != "nested":
        return False
    return field.name in HANDLERS or field.type == "object"


def where(name: str) -> str:
    """Return the words that say where a nested field stands that a list does not have."""
    return f" {name} is in {ELSEWHERE[name]}." if name in ELSEWHERE else ""


def _check(frame: pd.DataFrame, name: str) -> None:
    if not isinstance(name, str):
        raise FrameError(f"expand takes names of columns one by one, not {name!r:.40}.")
    if name in frame.columns:
        return
    if any(str(column).startswith(f"{name}.") for column in frame.columns):
        raise FrameError(f"{name!r} is expanded already.")
    raise FrameError(f"The frame has no column {name!r} to expand.{where(name)}")


def backend_of(frame: pd.DataFrame) -> Backend:
    """Return which pandas types a frame uses, so that new columns match."""
    if any(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes):
        return "pyarrow"
    texts = [dtype for dtype in frame.dtypes if isinstance(dtype, pd.StringDtype)]
    return "numpy_nullable" if any(dtype.na_value is pd.NA for dtype in texts) else "default"


def _column(values: list[Any], kind: str, backend: Backend) -> pd.Series[Any]:
    if kind != "object":
        try:
            return typed(values, kind, backend)
        except (pa.ArrowException, OverflowError, UnicodeError, TypeError):
            pass
    return pd.Series(values, dtype=object)


def _names(value: Any) -> list[Any] | None:
    items = objects(value)
    return None if items is None else [item.get("name") for item in items]


def _numbered(
    prefix: str,
    rows: list[list[tuple[str, Any]] | None],
    kind: str,
    backend: Backend,
    known: Collection[str] = (),
) -> Columns:
    """Return a column for each name, and ``name#2`` and so on where a row has it often."""
    cells: dict[tuple[str, int], list[Any]] = {}
    for position, row in enumerate(rows):
        met: Counter[str] = Counter()
        for name, value in row or ():
            column = cells.setdefault((name, met[name]), [None] * len(rows))
            column[position] = value
            met[name] += 1
    labels = {_nth(*key) for key in cells}
    cells |= {(name, 0): [None] * len(rows) for name in known if name not in labels}
    return {
        f"{prefix}.{_nth(*key)}": _column(column, kind, backend)
        for key, column in sorted(cells.items())
    }


def _nth(name: str, number: int) -> str:
    return f"{name}#{number + 1}" if number else name


def _references(values: list[Any], backend: Backend, known: Collection[str]) -> Columns:
    rows = [
        None
        if items is None
        else [(str(i.get("referenceName")), i.get("externalId")) for i in items]
        for items in map(objects, values)
    ]
    return _numbered("references", rows, "text", backend, known)


def _managers(values: list[Any], backend: Backend, known: Collection[str]) -> Columns:
    rows = [
        None if items is None else [("id", item.get("id")) for item in items]
        for items in map(objects, values)
    ]
    return _numbered("managers", rows, "integer", backend)


def _tags(values: list[Any], backend: Backend, known: Collection[Tag]) -> Columns:
    rows = list(map(objects, values))
    none = [None if items is None else False for items in rows]
    held: dict[Tag, list[bool | None]] = {}
    for position, items in enumerate(rows):
        for item in items or ():
            tag = Tag(item.get("id"), str(item.get("name")))
            held.setdefault(tag, list(none))[position] = True
    held |= {tag: list(none) for tag in _not_met(known, held)}
    return {label: _column(held[tag], "flag", backend) for label, tag in _labelled("tags", held)}


def _labelled(prefix: str, things: Collection[NamedT]) -> list[tuple[str, NamedT]]:
    """Return things with their labels: the name, and where several share it the mark."""
    shared = Counter(one.name for one in things)
    labels = [f"{prefix}.{one.name}{one.mark * (shared[one.name] > 1)}" for one in things]
    return sorted(zip(labels, things, strict=True), key=lambda pair: pair[0])


def _not_met(known: Iterable[NamedT], met: Collection[NamedT]) -> list[NamedT]:
    """Return what is known and no row holds, under whatever name the rows have it."""
    marks = {one.mark for one in met}
    return [one for one in known if one.mark not in marks]


def _skills(values: list[Any], backend: Backend, known: Collection[Any]) -> Columns:
    rows = [
        None if items is None else {item.get("id"): item.get("level") for item in items}
        for items in map(objects, values)
    ]
    columns: Columns = {}
    for skill in sorted(set().union(*filter(None, rows)), key=str):
        held = [None if row is None else skill in row for row in rows]
        columns[f"skills.{skill}"] = _column(held, "flag", backend)
        levels = [row.get(skill) if row else None for row in rows]
        columns[f"skills.{skill}.level"] = _column(levels, "integer", backend)
    return columns


def _custom_fields(values: list[Any], backend: Backend, known: Collection[CustomField]) -> Columns:
    """Return a column for each field; `known` may say of each whether several can be chosen."""
    rows = [custom_values(value) for value in values]
    met = dict.fromkeys(field for row in rows for field in row)
    several = {f.mark for f in known if isinstance(known, Mapping) and known[f]}
    fields = [*met, *_not_met(known, met)]
    return {
        label: _custom_column(
            field.kind, [row.get(field) for row in rows], backend, field.mark in several
        )
        for label, field in _labelled("customFields", fields)
    }


def _custom_column(kind: str, cells: list[Any], backend: Backend, several: bool) -> pd.Series[Any]:
    """Return a column in its field's type; of a select text, unless several may be chosen."""
    several = several or any(kind == "select" and len(cell or ()) > 1 for cell in cells)
    if kind == "select" and not several:
        return _column([cell[0] if cell else None for cell in cells], "text", backend)
    kinds = {"text": "text", "checkbox": "flag", "date": "date"}
    return _column(cells, kinds.get(kind, "object"), backend)


def _object(name: str, values: list[Any], field: Field | None, backend: Backend) -> Columns:
    """Return a plain object as one column for each of its fields."""
    _refuse_lists(name, values, field)
    kinds = {f.name: f.kind for f in field.fields} if field is not None else {}
    rows = [value if isinstance(value, Mapping) else {} for value in values]
    parts = list(dict.fromkeys([*kinds, *(part for row in rows for part in row)]))
    return {
        f"{name}.{part}": _column(
            [row.get(part) for row in rows],
            kinds.get(part, "object").replace("nested", "object"),
            backend,
        )
        for part in parts
    }


def _refuse_lists(name: str, values: list[Any], field: Field | None) -> None:
    form, kind = (field.type, field.kind) if field is not None else ("object", "nested")
    odd = [value for value in values if not (isinstance(value, Mapping) or is_missing(value))]
    if form == "array" or any(isinstance(value, list) for value in odd):
        raise FrameError(
            f"{name!r} holds lists, which are rows rather than columns: df.explode({name!r}) gives"
            " one row for each."
        )
    if odd or kind != "nested":
        raise FrameError(f"{name!r} holds no objects, so there is nothing to expand.")


HANDLERS: dict[str, Callable[[list[Any], Backend, Collection[Any]], Columns]] = {
    "references": _references,
    "tags": _tags,
    "customFields": _custom_fields,
    "skills": _skills,
    "managers": _managers,
}
# Their columns depend on what the rows hold.
BY_VALUE = frozenset(HANDLERS)
# Those of which no list of the API says what there is, so that names can be given.
NAMED = ("references",)
