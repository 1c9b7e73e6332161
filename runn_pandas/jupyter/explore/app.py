"""The explorer: a resource and filters are chosen and read, and the code for it is given."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.account import Account, current
from runn_pandas.analysis.inputs import Source
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import FilterError, ResourceError
from runn_pandas.jupyter.app import App
from runn_pandas.jupyter.explore import markup, state
from runn_pandas.jupyter.explore.charts import chart_of
from runn_pandas.jupyter.explore.controls import MISSING, Control, control
from runn_pandas.jupyter.explore.descriptions import about
from runn_pandas.jupyter.table import page_of
from runn_pandas.lookup.name_columns import label
from runn_pandas.reader.progress import progress_shown_by
from runn_pandas.reader.read import read_runn

PICTURE = 1  # the tab of the picture
# Seldom needed, as the table can be sorted: these come last.
ORDERING = ("sortBy", "order", "orderBy")


class Static:
    """What there is to see without ipywidgets: the resources, and how to get the app."""

    frame: pd.DataFrame | None = None

    def __repr__(self) -> str:
        return f"{MISSING} rp.resources() lists what can be read."

    def _repr_html_(self) -> str:
        return markup.resource_table(MISSING)


class Explorer(App):
    """The app of `explore`.

    Attributes
    ----------
    frame : DataFrame or None
        What was read last.
    resource : Resource or None
        What is chosen.
    controls : list of Control
        Its filters.
    error : Exception or None
        What went wrong last; the app shows it as a sentence.
    """

    public = ("account", "choose", "code", "filters", "frame", "read", "resource", "set")

    interrupted = "Stopped: nothing new was read."

    def __init__(self, account: Account | None = None) -> None:
        super().__init__()
        self._given = account
        self.frame: pd.DataFrame | None = None
        self.resource: Resource | None = None
        self.controls: list[Control] = []
        self.headline = "Explore"
        self.typed = ""  # in the menu of resources
        self.description = ""  # of the resource, or what the typed text could become
        self.line_text = ""  # the code as shown: nothing while a filter is half a name
        self.is_current = False  # whether the frame has rows, and is of what is chosen
        self._read, self._drawn = "", False
        self._known: dict[tuple[str, str], dict[int, str | None]] = {}
        view = self.open_view()
        # The widgets by name, to drive the app from code.
        self.menu, self.about, self.grid = view.menu, view.about, view.grid
        self.button, self.line, self.status = view.button, view.line, view.status
        self.tabs, self.table, self.drawing = view.tabs, view.table, view.drawing
        self.act(self._greet)

    @property
    def account(self) -> Account:
        """The account that is read."""
        return self._given if self._given is not None else current()

    def _greet(self) -> None:
        account = self.account
        what = "the demo account" if account.is_demo else account.base_url
        self.headline = f"Explore {what}"
        self.refresh()

    # -- what is chosen

    def search(self, typed: str) -> None:
        """Choose as soon as what is typed is a name; until then, say what it could become."""
        self.typed, self.message = typed, ("", "")
        name, names = typed.strip().strip("/"), load().resources
        if name in names:
            self.choose(name)
            return
        self.resource, self.controls, self.line_text = None, [], ""
        self.description = state.matches(name, names) if name else ""
        self.refresh()
        if name and not self.description:
            load().find(name)  # raises with the nearest names, unless it is a path in full
            self.description = "Read it, or go on typing."
            self.refresh()

    def choose(self, name: str) -> None:
        """Choose a resource, and show its filters.

        Raises
        ------
        ResourceError
            If there is none of this name.
        """
        found, in_place = load().find(name)
        if self.resource is not found:
            self.is_current = False
            filters = sorted(found.filters, key=lambda p: p.name in ORDERING)
            self.controls = [control(p, found) for p in (*found.path_parameters, *filters)]
            for one in self.controls:
                self._offer_known(one)
                one.widget.observe(lambda _: self.act(self._show_code), "value")
            self.resource, self.description = found, about(found)
        self.typed = found.name
        self.set(**in_place)
        self._show_code()

    def set(self, **filters: Any) -> None:
        """Set filters of the resource by name, as `read_runn` takes them; None unsets one."""
        known = {one.parameter.name: one for one in self.controls}
        unknown = next((name for name in filters if name not in known), None)
        if unknown is not None:
            what = f"Its filters are {', '.join(known)}." if known else "It has none."
            raise FilterError(f"There is no filter {unknown!r} to set. {what}")
        for name, value in filters.items():
            known[name].put(value)

    @property
    def filters(self) -> dict[str, Any]:
        """The filters that are set, as `read_runn` takes it.

        Raises
        ------
        FilterError
            If a control says nothing that the filter could be.
        """
        values = {one.parameter.name: one.value() for one in self.controls}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def code(self) -> str:
        """The line that reads what is chosen; empty before a resource is."""
        if self.resource is None:
            return ""
        named = self._given is not None
        return state.code_of(self.resource.name, self.filters, names_account=named)

    def _show_code(self) -> None:
        try:
            self.line_text = self.code
            if self.message[0] == "hint":
                self.message = ("", "")
        except FilterError as error:
            # Half a name, still being typed; reading it would be an error.
            self.line_text, self.message = "", ("hint", str(error))
        self.refresh()

    # -- what is done

    def read(self) -> None:
        """Read what is chosen, and show it.

        Raises
        ------
        RunnError
            As `read_runn` does; the button says it in the app instead.
        """
        if self.resource is None:
            if not self.typed.strip():
                raise ResourceError("Choose a resource first.")
            self.choose(self.typed)
        self.is_current = False
        self.refresh()
        filters = self.filters
        with warnings.catch_warnings(record=True) as caught, progress_shown_by(self._show_progress):
            warnings.simplefilter("always")
            frame = read_runn(self.typed, account=self.account, **filters)
        self.frame, self._read = frame, self.code
        self._drawn = False
        self.table.show(frame, self.account)
        self.is_current = len(frame) > 0
        self.say(*state.read_message(self.typed, frame, [str(one.message) for one in caught]))
        self.draw()

    def look_up(self) -> None:
        """Read the names that the filters offer, from the cache if they are there."""
        account = self.account
        source = Source(None, account)
        with progress_shown_by(self._show_progress):
            for one in self.controls:
                if one.names_from:
                    names = label(source.table(one.names_from))
                    known = dict(zip(names.index.tolist(), names, strict=True))
                    self._known[account.fingerprint, one.names_from] = known
                    self._offer_known(one)
        self.say("note", "Type a part of a name, or choose from the menu.")

    def _offer_known(self, one: Control) -> None:
        if one.names_from and self._known:
            names = self._known.get((self.account.fingerprint, one.names_from))
            if names is not None:
                one.offer(names)

    def _show_progress(self, text: str) -> None:
        if text:
            self.say("note", text)

    def draw(self) -> None:
        """Draw the picture that fits the frame, if its tab is open and it is not there yet."""
        if self.frame is None or self._drawn or self.tabs.selected_index != PICTURE:
            return
        self._drawn = True
        self.drawing.children = [chart_of(self.frame, self.account)]

    # -- what is seen without the widgets

    def _text(self) -> str:
        if self.frame is None:
            return "<Explorer: nothing read yet>"
        return f"<Explorer: {self._read}, {len(self.frame):,} rows>"

    def _static(self) -> str:
        if self.frame is None:
            return markup.resource_table("Run this cell to explore the account.")
        return html.block(self._read, page_of(self.frame, 0))
