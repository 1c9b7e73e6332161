"""Custom fields of a person or a project, in either of the two forms the API gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from runn_pandas.catalog import Field
from runn_pandas.frame.encode import Unfit, encode_cell, is_missing

CUSTOM_VALUES = {
    "checkbox": Field("value", "boolean"),
    "date": Field("value", "string", format="date"),
    "text": Field("value", "string"),
}


class CustomField(NamedTuple):
    """A custom field's identity: its kind, its id, and the name people know it by."""

    kind: str
    id: Any
    name: str

    @property
    def mark(self) -> str:
        """The suffix that sets it apart from others of the same name, as in ``Region#text1``."""
        return f"#{self.kind}{self.id}"


def custom_values(value: Any) -> dict[CustomField, Any]:
    """Return the values of a record's custom fields; of a select the names of its options.

    Parameters
    ----------
    value
        Either an object with a list for each kind, or one list whose entries name their kind.

    Raises
    ------
    Unfit
        If it is neither.

    Examples
    --------
    >>> custom_values({"text": [{"id": 1, "name": "Cost centre", "value": "007"}]})
    {CustomField(kind='text', id=1, name='Cost centre'): '007'}
    """
    found: dict[CustomField, Any] = {}
    for kind, entry in [] if is_missing(value) else _entries(value):
        own = _id(kind, entry)
        content = _content(entry)
        if kind == "select":
            content = option_names(content)
        if not isinstance(own, (int, str, type(None))):
            raise Unfit("has a custom field whose id is no id")
        found[CustomField(kind, own, str(entry.get("name")))] = content
    return found


def option_names(options: Any) -> list[Any]:
    """Return the names of the options that a select field has, given by object or by name."""
    if is_missing(options) or (isinstance(options, str) and not options):
        return []
    one = isinstance(options, (str, Mapping)) or not isinstance(options, Iterable)
    items = [options] if one else options
    names = (item.get("name") if isinstance(item, Mapping) else item for item in items)
    return [None if name is None else str(name) for name in names]


def as_held(field: CustomField, held: Iterable[CustomField]) -> CustomField:
    """Return a custom field as a record has it; its name may be another since it was read."""
    part = slice(0, None, 2) if field.id is None else slice(0, 2)
    return next((one for one in held if one[part] == field[part]), field)


def meant_options(
    field: CustomField, value: Any, held: Any, ids: Callable[[CustomField], Mapping[str, Any]]
) -> list[Any]:
    """Return the names of a select field's options; one whose id alone is another goes by its id.

    Parameters
    ----------
    field, value, held
        The field, and the custom fields of a record as they shall be and as they are.
    ids
        Returns the ids of all options of a field, by name.
    """
    pairs, had = _options(value, field), dict(_options(held, field))
    others = {
        own
        for name, own in pairs
        if own not in (None, had.get(name)) and (name in had or own not in had.values())
    }
    names = {own: name for name, own in ids(field).items()} if others else {}
    for own in others - names.keys():
        raise Unfit(f"has {field.name!r}, which has no option with id {own}")
    return [names[own] if own in others else name for name, own in pairs]


def _options(value: Any, field: CustomField) -> list[tuple[Any, Any]]:
    """Return the names and ids of the options that a record has of a select field."""
    own = [one for kind, one in _entries(value) if (kind, _id(kind, one)) == field[:2]]
    contents = map(_content, own)
    items = [one for part in contents for one in (part if isinstance(part, list) else [])]
    named = [one if isinstance(one, Mapping) else {"name": one} for one in items]
    return [(one.get("name"), one.get("id")) for one in named]


def encode_custom(value: Any, kind: str) -> Any:
    """Return a custom field's cell in the form of its kind."""
    if kind == "select":
        return option_names(value)
    if value in (None, ""):
        return "" if kind == "text" else None
    return encode_cell(value, CUSTOM_VALUES[kind])


def objects(value: Any) -> list[Mapping[str, Any]] | None:
    """Return the objects of a list; None where the field itself is missing.

    Raises
    ------
    Unfit
        If it is anything else.
    """
    if isinstance(value, Iterable) and not isinstance(value, (str, Mapping)):
        items = list(value)
        if all(isinstance(item, Mapping) for item in items):
            return items
    elif is_missing(value):
        return None
    raise Unfit("is not the list of objects that the API gives")


def _entries(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if not isinstance(value, Mapping):
        return [(str(entry.get("type")).lower(), entry) for entry in objects(value) or ()]
    return [
        (str(kind).lower(), entry) for kind, part in value.items() for entry in objects(part) or ()
    ]


def _id(kind: str, entry: Mapping[str, Any]) -> Any:
    return entry.get("id", entry.get(f"custom{kind.capitalize()}Id"))


def _content(entry: Mapping[str, Any]) -> Any:
    return entry.get("values") if "values" in entry else entry.get("value")
