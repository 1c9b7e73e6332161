"""The control that fits a filter: a date picker, a menu, a list of names, a text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runn_pandas.catalog import Parameter, Resource, load
from runn_pandas.catalog.filters import check_value
from runn_pandas.errors import FilterError
from runn_pandas.extras import command
from runn_pandas.html import cut
from runn_pandas.jupyter.app import ipywidgets
from runn_pandas.lookup.name_columns import LISTS

MISSING = f"The app needs ipywidgets, which is not installed: {command('ipywidgets')}."
UNSET = ""
EMPTY: dict[str, Any] = {"date": None, "moment": None}  # all others UNSET
# A menu shows this much of a name.
NAME_WIDTH = 80
INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
FORMATS = {"date": "date", "date or date-time": "date", "date-time": "moment"}


def kind_of(parameter: Parameter) -> str:
    """Return what a filter is chosen by: one of the kinds that `control` makes."""
    if parameter.items is not None:
        return "choices"
    if parameter.enum is not None:
        return "menu"
    if parameter.type == "boolean":
        return "flag"
    if parameter.type in ("integer", "number"):
        return "name" if list_of(parameter) else "number"
    return FORMATS.get(parameter.format or "", "text")


def list_of(parameter: Parameter) -> str | None:
    """Return the resource that has the names of a filter's ids; one that needs no other id."""
    found = LISTS.get(parameter.name.removesuffix("Id"))
    return found if found and not load().resources[found].path_parameters else None


@dataclass
class Control:
    """The control of one filter of a resource, and what it says; made by `control`."""

    parameter: Parameter
    resource: Resource
    widget: Any
    # By the names that the control offers, once they are looked up.
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def names_from(self) -> str | None:
        """The resource with the names to choose from, if there is one."""
        return list_of(self.parameter) if kind_of(self.parameter) == "name" else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen or typed, not even half a name."""
        return self.widget.value in (None, UNSET)

    def offer(self, names: Mapping[int, str | None]) -> None:
        """Offer names for the ids; a name that several have is told apart by its id."""
        self.ids = labels(names)
        self.widget.options = tuple(self.ids)
        self.widget.placeholder = f"{len(self.ids)} names, or an id"

    def put(self, value: Any) -> None:
        """Set the control to a value as `read_runn` takes it, None for nothing, or raise."""
        kind = kind_of(self.parameter)
        if value is None:
            self.widget.value = EMPTY.get(kind, UNSET)
            return
        sent = check_value(self.resource, self.parameter, value)
        if kind == "choices":
            sent = ", ".join(sent)
        elif kind in ("name", "number"):
            sent = str(sent)
        elif kind in ("menu", "flag"):
            sent = next(word for word, one in _words(self.parameter).items() if one == sent)
        elif kind == "moment":
            sent = dt.datetime.fromisoformat(sent.removesuffix("Z"))
        elif kind == "date":
            if len(sent) > len("2026-01-31"):
                raise FilterError(f"{self.parameter.name} takes a day here, not {sent}.")
            sent = dt.date.fromisoformat(sent)
        self.widget.value = sent

    def value(self) -> Any:
        """Return what was chosen as `read_runn` takes it, None if nothing was, or raise."""
        value = self.widget.value
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == UNSET:
            return None
        kind = kind_of(self.parameter)
        if kind in ("name", "number"):
            return self._id(value)
        if kind in ("menu", "flag"):
            return self._word(value)
        if isinstance(value, dt.datetime):
            return f"{value.replace(tzinfo=None, microsecond=0).isoformat()}Z"
        if isinstance(value, dt.date):
            return value.isoformat()
        if kind == "choices":
            parts = [part.strip() for part in value.split(",")]
            return [self._word(part) for part in parts if part] or None
        return value

    def _word(self, text: str) -> Any:
        known = _words(self.parameter)
        if text.casefold() in known:
            return known[text.casefold()]
        if text not in known:
            raise FilterError(
                f"{self.parameter.name} of {self.resource.name!r} is one of {', '.join(known)},"
                f" not {cut(text, 40)!r}."
            )
        return known[text]

    def _id(self, text: str) -> int:
        if text in self.ids:
            return self.ids[text]
        if re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        near = [label for label in self.ids if text.casefold() in label.casefold()]
        if len(near) == 1:
            return self.ids[near[0]]
        what, shown = f"{self.parameter.name} of {self.resource.name!r}", repr(cut(text, 40))
        if near:
            raise FilterError(
                f"{what}: {shown} fits {len(near)} names; choose one of them or give its id."
            )
        if self.names_from and not self.ids:
            raise FilterError(f"{what}: look up the names to choose {shown}, or give an id.")
        raise FilterError(f"{what}: {shown} is no name of the list and no id.")


def labels(names: Mapping[int, str | None]) -> dict[str, int]:
    """Return each id under a text to choose it by, sorted, as one line without surprises."""
    shown = {
        id: cut(INVISIBLE.sub(" ", name or "").strip(), NAME_WIDTH) for id, name in names.items()
    }
    pairs = sorted(shown.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
    return {f"{name} ({id})" if name else f"({id})": id for id, name in pairs}


def control(parameter: Parameter, resource: Resource) -> Control:
    """Make the control for a filter."""
    w = ipywidgets()
    # JupyterLab takes the arrows and letters that are typed on a menu for its own shortcuts, so
    # that the keyboard could not choose: these are fields that offer what there is.
    choices = {"options": tuple(_words(parameter)), "placeholder": _unset(parameter)}
    place = "" if parameter.location == "path" else "any"
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "choices": (w.Combobox, {**choices, "placeholder": "any; several with commas"}),
        "menu": (w.Combobox, choices),
        "flag": (w.Combobox, choices),
        "date": (w.DatePicker, {}),
        "moment": (w.NaiveDatetimePicker, {}),
        "name": (w.Combobox, {"placeholder": "an id", "ensure_option": False}),
        "number": (w.Text, {"placeholder": "an id"}),
        "text": (w.Text, {"placeholder": place}),
    }
    make, options = kinds[kind_of(parameter)]
    layout = w.Layout(width="auto", min_width="0")
    made = make(
        layout=layout, description=caption(parameter), tooltip=caption(parameter), **options
    )
    made.add_class("runn-over")
    made.add_class("runn-filter")
    made.add_class(f"runn-filter-{parameter.name}")
    return Control(parameter, resource, made)


# What one asks for seldom, as the table can be sorted: these are folded away.
SELDOM = ("modifiedAfter", "sortBy", "order", "orderBy")


def is_seldom(parameter: Parameter) -> bool:
    """Whether a filter is one of those that are seldom asked for."""
    return parameter.name in SELDOM


def by_use(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Return filters in the order in which they are asked for: dates first, ordering last."""
    return sorted(parameters, key=lambda p: (is_seldom(p), kind_of(p) != "date"))


def _words(parameter: Parameter) -> dict[str, Any]:
    """Return what a menu offers, and the value of each."""
    several = parameter.items.enum if parameter.items else None
    enum = several if several is not None else parameter.enum
    if enum is not None:
        return {str(value): value for value in enum}
    return {"yes": True, "no": False}


def _unset(parameter: Parameter) -> str:
    """Return what the API does if the filter is not given."""
    default = parameter.default
    if parameter.location == "path":
        return "choose"
    if default is None:
        return "any"
    shown = ("yes" if default else "no") if isinstance(default, bool) else default
    return f"as usual ({shown})"


def caption(parameter: Parameter) -> str:
    """Return what stands before the control."""
    if parameter.location == "path":
        return f"{parameter.name} (required)"
    return f"{parameter.name} (UTC)" if parameter.format == "date-time" else parameter.name
