"""An account to look through in a notebook: ``rp.explore()``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.account import Account, current
from runn_pandas.analysis.names import label
from runn_pandas.analysis.tables import Source
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import ConfigError, FilterError, ResourceError, RunnError
from runn_pandas.jupyter.about import about
from runn_pandas.jupyter.controls import MISSING, Control, caption, control, ipywidgets
from runn_pandas.jupyter.picture import note, picture
from runn_pandas.jupyter.table import Table, page_of
from runn_pandas.reader.progress import told_to
from runn_pandas.reader.read import read_runn
from runn_pandas.reader.resource_table import resources

PICTURE = 1
GREY = "rgba(128,128,128,.5)"
COLOURS = {
    "error": "#c62828",
    "empty": "#b08900",
    "done": "#2e7d32",
    "hint": GREY,
    "note": GREY,
}
MATCHES = 8
# Seldom needed, as the table can be sorted: these come last.
ORDERING = ("sortBy", "order", "orderBy")


def explore(account: Account | None = None) -> Explorer | Static:
    """Look through an account in a notebook: choose a resource and filters, read, copy the code.

    Parameters
    ----------
    account : Account, optional
        Which account; the current one, whenever something is read, if not given.

    Returns
    -------
    Explorer
        The app, shown where it is the last value of a cell. What was read last is its
        ``frame``, the line that reads it its ``code``. Without ipywidgets the resources are
        shown instead.

    Raises
    ------
    ConfigError
        If `account` is no account. What goes wrong later is said in the app.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> app = rp.explore()
    >>> app.choose("actuals")
    >>> app.set(minDate="2026-06-01")
    >>> app.read()
    >>> app.code
    'pd.read_runn("actuals", minDate="2026-06-01")'
    >>> app.frame["date"].min()
    Timestamp('2026-06-01 00:00:00')
    """
    if account is not None and not isinstance(account, Account):
        raise ConfigError("account= takes an account, as rp.connect gives it.")
    return Explorer(account) if ipywidgets() is not None else Static()


class Static:
    """What there is to see without ipywidgets: the resources, and how to get the app."""

    frame: pd.DataFrame | None = None

    def __repr__(self) -> str:
        return f"{MISSING} rp.resources() lists what can be read."

    def _repr_html_(self) -> str:
        return _resources(MISSING)


class Explorer:
    """The app of `explore`.

    Attributes
    ----------
    frame : DataFrame or None
        What was read last.
    resource : Resource or None
        What is chosen.
    error : Exception or None
        What went wrong last; the app shows it as a sentence.
    view : ipywidgets.Widget
        What is shown.
    """

    def __init__(self, account: Account | None = None) -> None:
        self._given = account
        self.frame: pd.DataFrame | None = None
        self.resource: Resource | None = None
        self.error: Exception | None = None
        self.controls: list[Control] = []
        self._drawn = False
        self._read = ""
        self._known: dict[tuple[str, str], dict[int, str | None]] = {}
        self._build()
        self._safely(self._greet)

    @property
    def account(self) -> Account:
        """The account that is read."""
        return self._given if self._given is not None else current()

    # -- what is chosen

    def choose(self, name: str) -> None:
        """Choose a resource, and show its filters.

        Raises
        ------
        ResourceError
            If there is none of this name.
        """
        found, in_place = load().find(name)
        if self.resource is not found:
            self.tabs.layout.display = "none"
            self.resource = None  # until its controls are there
            filters = sorted(found.filters, key=lambda p: p.name in ORDERING)
            parameters = (*found.path_parameters, *filters)
            self.controls = [control(parameter, found) for parameter in parameters]
            for one in self.controls:
                self._offer_known(one)
                one.widget.observe(lambda _: self._safely(self._say_code), "value")
            self.resource = found
        self.menu.value = found.name
        self.set(**in_place)
        self._show_filters()
        self._say_code()

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
        """What is set, as `read_runn` takes it.

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
        parts = [literal(self.resource.name)]
        parts += [f"{name}={literal(value)}" for name, value in self.filters.items()]
        if self._given is not None:
            parts.append("account=account")
        return f"pd.read_runn({', '.join(parts)})"

    # -- what is done

    def read(self) -> None:
        """Read what is chosen, and show it.

        Raises
        ------
        RunnError
            As `read_runn` does; the button says it in the app instead.
        """
        if self.resource is None:
            if not self.menu.value.strip():
                raise ResourceError("Choose a resource first.")
            self.choose(self.menu.value)
        name = self.menu.value
        self.tabs.layout.display = "none"
        filters = self.filters
        with warnings.catch_warnings(record=True) as caught, told_to(self._progress):
            warnings.simplefilter("always")
            frame = read_runn(name, account=self.account, **filters)
        self.frame, self._read = frame, self.code
        self._drawn = False
        self.table.show(frame)
        told = [str(one.message) for one in caught]
        if len(frame):
            rows = "1 row" if len(frame) == 1 else f"{len(frame):,} rows"
            columns = "1 column" if frame.shape[1] == 1 else f"{frame.shape[1]} columns"
            told.insert(0, f"{rows} and {columns}; app.frame has them.")
            self.tabs.layout.display = None
        else:
            told.insert(0, f"No rows: {name} has nothing that fits these filters.")
        self._say("\n".join(told), "done" if len(frame) else "empty")
        self.draw()

    def look_up(self) -> None:
        """Read the names that the filters offer, from the cache if they are there."""
        account = self.account
        source = Source(None, account)
        with told_to(self._progress):
            for one in self.controls:
                if one.names_from:
                    key = (account.fingerprint, one.names_from)
                    names = label(source.table(one.names_from))
                    self._known[key] = dict(zip(names.index.tolist(), names, strict=True))
                    self._offer_known(one)
        self._say("Type a part of a name, or choose from the menu.")

    def draw(self) -> None:
        """Draw the picture that fits the frame, if its tab is open and it is not there yet."""
        if self.frame is None or self._drawn or self.tabs.selected_index != PICTURE:
            return
        self._drawn = True
        try:
            made = picture(self.frame, self.account)
        except RunnError as error:
            made = note(str(error))
        self.drawing.children = [made]

    # -- what is seen

    def _build(self) -> None:
        w = ipywidgets()
        names = list(load().resources)
        # In a column a width of its own would stand out by the margins.
        wide = w.Layout(width="auto", min_width="0")
        self.title = w.HTML(html.line("Explore", bold=True))
        self.menu = w.Combobox(
            options=names,
            placeholder=f"Type to search {len(names)} resources, such as actuals",
            ensure_option=False,
            layout=wide,
        )
        self.about = w.HTML(layout=wide)
        self.grid = w.GridBox(
            layout=w.Layout(
                grid_template_columns="minmax(120px, max-content) minmax(0, 1fr) "
                "minmax(120px, max-content) minmax(0, 1fr)",
                grid_gap="4px 12px",
                align_items="center",
                width="auto",
            )
        )
        self.button = w.Button(description="Read", button_style="primary")
        self.names = w.Button(
            description="Look up names",
            tooltip="Read the lists that the ids are from, to choose by name",
        )
        self.line = w.Text(
            placeholder="The line that reads the same",
            layout=w.Layout(width="auto", min_width="0", flex="1 1 0%"),
        )
        self.status = w.HTML(layout=wide)
        self.table = Table(self._safely)
        self.drawing = w.VBox(layout=wide)
        self.tabs = w.Tab(
            [self.table.view, self.drawing], layout=w.Layout(width="auto", display="none")
        )
        self.tabs.titles = ("Table", "Picture")
        head = w.HBox([self.button, self.names], layout=w.Layout(flex="0 0 auto"))
        self.view = w.VBox(
            [
                self.title,
                self.menu,
                self.about,
                self.grid,
                w.HBox([head, self.line], layout=wide),
                self.status,
                self.tabs,
            ],
            layout=w.Layout(width="100%", padding="8px", grid_gap="6px", overflow="hidden"),
        )
        self._mark()
        self.menu.observe(lambda _: self._safely(self._chosen), "value")
        self.button.on_click(lambda _: self._busy(self.read))
        self.names.on_click(lambda _: self._busy(self.look_up))
        self.tabs.observe(lambda _: self._safely(self.draw), "selected_index")
        self._show_filters()

    def _mark(self) -> None:
        """Classes by which a style sheet, or a test in a browser, finds the parts."""
        parts = {"explore": self.view, "title": self.title, "resource": self.menu}
        parts |= {"about": self.about, "filters": self.grid, "read": self.button}
        parts |= {"names": self.names, "code": self.line, "status": self.status}
        parts |= {"tabs": self.tabs, "table": self.table.view, "picture": self.drawing}
        for name, widget in parts.items():
            widget.add_class(f"runn-{name}")

    def _greet(self) -> None:
        account = self.account
        what = "the demo account" if account.is_demo else account.base_url
        self.title.value = html.line(f"Explore {what}", bold=True)

    def _chosen(self) -> None:
        """Choose as soon as what is typed is a name; until then, say what it could become."""
        typed = self.menu.value.strip().strip("/")
        names = load().resources
        self._say("")
        if typed in names:
            self.choose(typed)
            return
        self.resource, self.controls = None, []
        self._show_filters()
        self._say_code()
        near = [name for name in names if typed.casefold() in name]
        if typed and near:
            more = f" and {len(near) - MATCHES} more" if len(near) > MATCHES else ""
            self.about.value = html.line(f"Resources: {', '.join(near[:MATCHES])}{more}.")
        elif typed:
            load().find(typed)  # raises with the nearest names, unless it is a path in full
            self.about.value = html.line("Read it, or go on typing.")

    def _offer_known(self, one: Control) -> None:
        if one.names_from and self._known:
            names = self._known.get((self.account.fingerprint, one.names_from))
            if names is not None:
                one.offer(names)

    def _show_filters(self) -> None:
        w = ipywidgets()
        cells: list[Any] = []
        for one in self.controls:
            label = w.HTML(html.line(caption(one.parameter)))
            cells += [label, one.widget]
        self.grid.children = cells
        self.grid.layout.display = "grid" if cells else "none"
        self.names.layout.display = None if any(c.names_from for c in self.controls) else "none"
        self.about.value = "" if self.resource is None else html.line(about(self.resource))

    def _say_code(self) -> None:
        try:
            self.line.value = self.code
            if "runn-status-hint" in self.status.value:
                self._say("")
        except FilterError as error:
            # Half a name, still being typed; reading it would be an error.
            self.line.value = ""
            self._say(str(error), "hint")

    def _progress(self, text: str) -> None:
        if text:
            self._say(text)

    def _say(self, text: str, kind: str = "note") -> None:
        self.status.value = (
            f'<div class="runn-status-{kind}" style="border-left:4px solid'
            f' {COLOURS[kind]};padding:2px 8px">{html.line(text)}</div>'
            if text
            else ""
        )

    def _busy(self, work: Callable[[], None]) -> None:
        """Do what takes a while: no second click until it is over."""
        buttons = (self.button, self.names)
        for button in buttons:
            button.disabled = True
        self._say("Reading ...")
        try:
            self._safely(work)
        except KeyboardInterrupt:
            self._say("Stopped: nothing new was read.", "error")
        finally:
            for button in buttons:
                button.disabled = False

    def _safely(self, work: Callable[[], None]) -> None:
        """Do what a click asks for; whatever goes wrong is said in the app, and kept."""
        self.error = None
        try:
            work()
        except RunnError as error:
            self.error = error
            self._say(str(error), "error")
        except Exception as error:
            self.error = error
            self._say(f"{type(error).__name__}: {error} (app.error has the details.)", "error")

    def __repr__(self) -> str:
        if self.frame is None:
            return "<Explorer: nothing read yet>"
        return f"<Explorer: {self._read}, {len(self.frame):,} rows>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        shown = self.view._repr_mimebundle_(**kwargs)
        bundle: dict[str, Any] = shown[0] if isinstance(shown, tuple) else dict(shown or {})
        # What a notebook shows that was stored without its widgets.
        return bundle | {"text/plain": repr(self), "text/html": self._static()}

    def _static(self) -> str:
        if self.frame is None:
            return _resources("Run this cell to explore the account.")
        return html.block(self._read, page_of(self.frame, 0))


def literal(value: Any) -> str:
    """Give a filter's value as Python spells it, texts in double quotes where that is plain."""
    if isinstance(value, str) and '"' not in value:
        # With an apostrophe in it, Python spells a text in double quotes.
        return '"' + repr("'" + value)[2:]
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def _resources(headline: str) -> str:
    table = resources()[["resource", "kind", "filters", "writes"]]
    return html.block(headline, html.table(list(table.columns), table.to_numpy().tolist()))
