"""The explorer: a resource and filters are chosen and read, and the code for it is given."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager
from threading import Thread
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.account import Account, current
from runn_pandas.analysis.inputs import Source
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import FilterError, ResourceError
from runn_pandas.jupyter.app import App, wait_of
from runn_pandas.jupyter.explore import markup, state
from runn_pandas.jupyter.explore.charts import chart_of, load_beside
from runn_pandas.jupyter.explore.controls import MISSING, Control, by_use, control, is_seldom
from runn_pandas.jupyter.explore.descriptions import about
from runn_pandas.jupyter.table import page_of
from runn_pandas.lookup.name_columns import label
from runn_pandas.reader.progress import progress_shown_by
from runn_pandas.reader.read import read_runn

PICTURE = 1  # the tab of the picture


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
        self.typed = ""  # to search the resources
        self.found = state.found("", load().resources.values())  # what fits it
        self.description = ""  # of the resource, or what the typed text could become
        self.line_text = ""  # the code as shown: nothing while a filter is half a name
        self.has_rows = False  # whether there are rows to show
        self.shows_all = False  # whether the filters that are seldom needed are unfolded
        self.read_line, self._drawn = "", False
        self._loading: Thread | None = None  # of what draws, from when the app is shown
        self._known: dict[tuple[str, str], dict[int, str | None]] = {}
        view = self.open_view()
        # The widgets by name, to drive the app from code.
        self.menu, self.list, self.about, self.grid = view.menu, view.list, view.about, view.grid
        self.button, self.line, self.status = view.button, view.line, view.status
        self.more, self.origin = view.more, view.origin
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
        self.found = state.found(name, names.values())
        if name in names:
            self.choose(name)
            return
        self.resource, self.controls, self.line_text = None, [], ""
        self.description = state.fitting(self.found) if name else ""
        self.refresh()
        if not self.found:
            self.description = ""
            load().find(name)  # raises with the nearest names, unless it is a path in full
            self.description = "Read it, or go on typing."
            self.refresh()

    def take_first(self) -> None:
        """Choose the first resource that fits what is typed: for Enter, where one types."""
        name = self.typed.strip().strip("/")
        if name and self.resource is None and self.found:
            self.choose(self.found[0].name)

    def pick(self, name: str | None) -> None:
        """Choose a resource of the list, which stays as it is."""
        if name is not None:
            self.message = ("", "")
            self.choose(name)

    def choose(self, name: str) -> None:
        """Choose a resource, and show its filters.

        Raises
        ------
        ResourceError
            If there is none of this name.
        """
        resource, in_place = load().find(name)
        if self.resource is not resource:
            filters = (*resource.path_parameters, *by_use(resource.filters))
            self.controls = [control(p, resource) for p in filters]
            for one in self.controls:
                self._offer_known(one)
                one.widget.observe(lambda _: self.act(self._show_code), "value")
            self.resource, self.description = resource, about(resource)
        if resource not in self.found:
            self.typed, self.found = "", state.found("", load().resources.values())
        self.set(**in_place)
        self._show_code()

    @property
    def folded(self) -> list[Control]:
        """The filters that are seldom needed, and not set; none if there are no others."""
        seldom = [one for one in self.controls if is_seldom(one.parameter)]
        if self.shows_all or len(seldom) == len(self.controls):
            return []
        return [one for one in seldom if one.is_empty]

    @property
    def can_fold(self) -> bool:
        """Whether there are unfolded filters to fold away."""
        kinds = {is_seldom(one.parameter) for one in self.controls}
        return self.shows_all and len(kinds) > 1

    def unfold(self, shows_all: bool) -> None:
        """Show the filters that are seldom needed, or fold them away."""
        self.shows_all = shows_all
        self.refresh()

    @property
    def is_stale(self) -> bool:
        """Whether the rows that are shown are of another line than the one that is shown."""
        return self.has_rows and self.line_text != self.read_line

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
            self.choose(self.typed.strip())
        resource = self.resource
        if resource is None:
            raise ResourceError("Choose a resource first.")
        filters = self.filters
        with warnings.catch_warnings(record=True) as caught, self._progress():
            warnings.simplefilter("always")
            frame = read_runn(resource.name, account=self.account, **filters)
        self.frame, self.read_line = frame, self.code
        self._drawn, self.has_rows = False, len(frame) > 0
        self.table.show(state.to_look_at(frame), self.account, names=False)
        said = state.read_message(resource.name, frame, [str(one.message) for one in caught])
        # The rows are on the page; what takes longer follows.
        self.say(*said)
        self.table.put_names()
        if self._wants_picture():
            self._draw()
            self.say(*said)

    def look_up(self) -> None:
        """Read the names that the filters offer, from the cache if they are there."""
        account = self.account
        source = Source(None, account)
        with self._progress():
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

    def _progress(self) -> AbstractContextManager[None]:
        """Show the progress of reads, and of each wait its reason and its end."""
        return progress_shown_by(self._show_progress, self._show_wait)

    def _show_wait(self, seconds: float, why: str) -> None:
        self._show_progress(wait_of(seconds, why))

    def _show_progress(self, text: str) -> None:
        if text:
            self.say("note", text)

    def open_tab(self) -> None:
        """Draw the picture that fits the frame when its tab is opened, unless it is there."""
        if self._wants_picture():
            before = self.message
            self.wait_for(self._draw)
            self.say(*before)

    def _wants_picture(self) -> bool:
        is_open = self.tabs.selected_index == PICTURE
        return is_open and self.frame is not None and not self._drawn

    def _draw(self) -> None:
        if self.frame is None or not self._wants_picture():
            return
        self._show_progress("Drawing ...")
        if self._loading is not None:
            self._loading.join()
        with self._progress():
            made = chart_of(self.frame, self.account)
        self._drawn = True
        self.drawing.children = [made]

    def _ipython_display_(self) -> None:
        super()._ipython_display_()
        self._loading = self._loading or load_beside()

    # -- what is seen without the widgets

    def _text(self) -> str:
        if self.frame is None:
            return "<Explorer: nothing read yet>"
        return f"<Explorer: {self.read_line}, {len(self.frame):,} rows>"

    def _static(self) -> str:
        if self.frame is None:
            return markup.resource_table("Run this cell to explore the account.")
        return html.block(self.read_line, page_of(self.table.rows, 0))
