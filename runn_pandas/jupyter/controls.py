"""The control that fits a filter: a date picker, a menu, a list of names, a text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from runn_pandas.analysis.name_columns import LISTS
from runn_pandas.catalog import Parameter, Resource
from runn_pandas.catalog.filters import check_value
from runn_pandas.errors import FilterError
from runn_pandas.html import cut

INSTALL = "pip install 'runn-pandas[notebook]'"
MISSING = f"The app needs ipywidgets, which is not installed: {INSTALL}."
# A menu shows nothing for None, but a text for this.
UNSET = ""
# A menu shows this much of a name.
NAME_WIDTH = 80
INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def ipywidgets() -> Any:
    """Give ipywidgets, or None where it is not installed."""
    try:
        return import_module("ipywidgets")
    except ImportError:
        return None


def kind_of(parameter: Parameter) -> str:
    """What a filter is chosen by: choices, menu, flag, date, moment, name, number or text."""
    if parameter.items is not None:
        return "choices"
    if parameter.enum is not None:
        return "menu"
    if parameter.type == "boolean":
        return "flag"
    if parameter.format in ("date", "date or date-time"):
        return "date"
    if parameter.format == "date-time":
        return "moment"
    if parameter.type in ("integer", "number"):
        return "name" if list_of(parameter) else "number"
    return "text"


def list_of(parameter: Parameter) -> str | None:
    """The resource that has the names of a filter's ids; one that can be read as it is."""
    found = LISTS.get(parameter.name.removesuffix("Id"))
    return found if found and "{" not in found else None


@dataclass
class Control:
    """One filter's control and what it says.

    Parameters
    ----------
    parameter : Parameter
        The filter.
    resource : Resource
        Whose filter it is.
    widget : ipywidgets.Widget
        Made by `control`.
    ids : dict
        The ids by the names that the control offers, once they are looked up.
    """

    parameter: Parameter
    resource: Resource
    widget: Any
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def names_from(self) -> str | None:
        """The resource with the names to choose from, if there is one."""
        return list_of(self.parameter) if kind_of(self.parameter) == "name" else None

    def offer(self, names: Mapping[int, str | None]) -> None:
        """Offer names for the ids; a name that several have is told apart by its id."""
        self.ids = labels(names)
        self.widget.options = tuple(self.ids)
        self.widget.placeholder = f"{len(self.ids)} names, or an id"

    def put(self, value: Any) -> None:
        """Set the control to a value as `read_runn` takes it; None for nothing.

        Raises
        ------
        FilterError
            If the filter does not take the value.
        """
        kind = kind_of(self.parameter)
        if value is None:
            empty: dict[str, Any] = {"choices": (), "date": None, "moment": None}
            self.widget.value = empty.get(kind, UNSET)
            return
        sent = check_value(self.resource, self.parameter, value)
        if kind == "choices":
            self.widget.value = tuple(sent)
        elif kind in ("name", "number"):
            self.widget.value = str(sent)
        elif kind == "moment":
            self.widget.value = dt.datetime.fromisoformat(sent.removesuffix("Z"))
        elif kind == "date":
            if len(sent) > len("2026-01-31"):
                raise FilterError(f"{self.parameter.name} takes a day here, not {sent}.")
            self.widget.value = dt.date.fromisoformat(sent)
        else:
            self.widget.value = sent

    def value(self) -> Any:
        """Give what was chosen as `read_runn` takes it; None if nothing was.

        Raises
        ------
        FilterError
            If a text is no name of the list and no id.
        """
        value = self.widget.value
        if isinstance(value, str):
            value = value.strip()
        if value is None or value in (UNSET, ()):
            return None
        kind = kind_of(self.parameter)
        if kind in ("name", "number"):
            return self._id(value)
        if isinstance(value, dt.datetime):
            return f"{value.replace(tzinfo=None, microsecond=0).isoformat()}Z"
        if isinstance(value, dt.date):
            return value.isoformat()
        return list(value) if kind == "choices" else value

    def _id(self, text: str) -> int:
        if text in self.ids:
            return self.ids[text]
        if re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        near = [label for label in self.ids if text.casefold() in label.casefold()]
        if len(near) == 1:
            return self.ids[near[0]]
        what = f"{self.parameter.name} of {self.resource.name!r}"
        if near:
            raise FilterError(
                f"{what}: {cut(text, 40)!r} fits {len(near)} names; choose one of them or give"
                " its id."
            )
        if self.names_from and not self.ids:
            raise FilterError(
                f"{what}: look up the names to choose {cut(text, 40)!r}, or give an id."
            )
        raise FilterError(f"{what}: {cut(text, 40)!r} is no name of the list and no id.")


def labels(names: Mapping[int, str | None]) -> dict[str, int]:
    """Give each id a text of its own to choose it by, sorted, as one line without surprises."""
    shown = {
        id: cut(INVISIBLE.sub(" ", name or "").strip(), NAME_WIDTH) for id, name in names.items()
    }
    pairs = sorted(shown.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
    return {f"{name} ({id})" if name else f"({id})": id for id, name in pairs}


def control(parameter: Parameter, resource: Resource) -> Control:
    """Make the control for a filter."""
    w = ipywidgets()
    layout = w.Layout(width="auto", min_width="0")
    make: dict[str, Callable[[], Any]] = {
        "choices": lambda: w.SelectMultiple(
            options=parameter.items.enum if parameter.items else (), rows=4, layout=layout
        ),
        "menu": lambda: w.Dropdown(
            options=[(_unset(parameter), UNSET), *((str(v), v) for v in parameter.enum or ())],
            layout=layout,
        ),
        "flag": lambda: w.Dropdown(
            options=[(_unset(parameter), UNSET), ("yes", True), ("no", False)], layout=layout
        ),
        "date": lambda: w.DatePicker(layout=layout),
        "moment": lambda: w.NaiveDatetimePicker(layout=layout),
        "name": lambda: w.Combobox(placeholder="an id", ensure_option=False, layout=layout),
        "number": lambda: w.Text(placeholder="an id", layout=layout),
        "text": lambda: w.Text(
            placeholder="any" if not _is_place(parameter) else "", layout=layout
        ),
    }
    made = make[kind_of(parameter)]()
    made.add_class("runn-filter")
    made.add_class(f"runn-filter-{parameter.name}")
    return Control(parameter, resource, made)


def _is_place(parameter: Parameter) -> bool:
    return parameter.location == "path"


def _unset(parameter: Parameter) -> str:
    """What the API does if the filter is not given."""
    if _is_place(parameter):
        return "choose"
    default = parameter.default
    if default is None:
        return "any"
    told = (
        {True: "yes", False: "no"}.get(default, default) if isinstance(default, bool) else default
    )
    return f"as usual ({told})"


def caption(parameter: Parameter) -> str:
    """What stands before the control."""
    if _is_place(parameter):
        return f"{parameter.name} (required)"
    return f"{parameter.name} (UTC)" if parameter.format == "date-time" else parameter.name
