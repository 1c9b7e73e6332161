"""The pages of the functions and classes: one for each function, one for each class."""

from __future__ import annotations

import importlib
import inspect
from typing import NamedTuple

FOLDER = "reference/api"
ACCESSOR = "runn_pandas.accessor.RunnAccessor"


class Group(NamedTuple):
    """Functions of one purpose, as the reference shows them together."""

    title: str
    text: str
    names: tuple[str, ...]


class Described(NamedTuple):
    """A class: where it is, what makes one, and what is public of it."""

    module: str
    made_by: str
    methods: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()  # these its docstring describes

    @property
    def names(self) -> tuple[str, ...]:
        """All that is public of it."""
        return (*self.methods, *self.properties, *self.attributes)


GROUPS = (
    Group(
        "Accounts",
        "Opening an account, and which one is meant.",
        ("rp.connect", "rp.use", "rp.current", "rp.check"),
    ),
    Group(
        "Reading",
        "Lists and records of Runn as frames.",
        (
            "rp.read_runn",
            "rp.read_many",
            "rp.resources",
            "rp.cache.info",
            "rp.cache.clear",
            "rp.cassette",
            "rp.mirror",
        ),
    ),
    Group(
        "Frames",
        "What `runn_pandas` adds to a frame: `df.runn`.",
        (
            "df.runn.resource",
            "df.runn.expand",
            "df.runn.names",
            "df.runn.ids",
            "df.runn.daily",
            "df.runn.plot",
            "rp.style_charts",
            "df.runn.to_excel",
            "rp.on",
        ),
    ),
    Group(
        "Writing back",
        "A changed frame to Runn: looked at, pushed, taken back.",
        ("df.runn.plan", "df.runn.push", "rp.journal", "rp.undo"),
    ),
    Group(
        "Analysis",
        "Hours, capacity, utilisation and money, by Runn's own definitions.",
        (
            "rp.hours",
            "rp.capacity",
            "rp.utilization",
            "rp.availability",
            "rp.finance",
            "rp.report",
            "rp.metrics",
        ),
    ),
    Group(
        "Timesheets",
        "What other tools say of the hours worked, against Runn.",
        ("rp.read_timesheet", "rp.reconcile", "rp.unmatched"),
    ),
    Group("Apps", "What a notebook shows with buttons.", ("rp.explore", "rp.review")),
)
# What every app has, beside what its docstring describes.
APP = ("error", "message", "widget")
OF_APPS = {
    "error": "What went wrong with the last click, an exception, or None; ``message`` says it in"
    " words.",
    "message": "What the app says: its kind (``info``, ``done``, ``error``) and the text.",
    "widget": "All that is shown, of ipywidgets; None without them.",
}
CLASSES = {
    "Account": Described(
        "runn_pandas",
        "rp.connect",
        ("request", "offline"),
        ("is_demo", "is_live", "is_offline", "in_cassette"),
        ("base_url", "fingerprint", "max_age", "read_only"),
    ),
    "Plan": Described(
        "runn_pandas",
        "df.runn.plan",
        ("apply", "only", "undo"),
        (),
        ("summary", "changes", "notes", "requests", "resource"),
    ),
    "Mirror": Described(
        "runn_pandas",
        "rp.mirror",
        ("sync", "read", "tables", "sql", "dask", "files"),
        (),
        ("path",),
    ),
    "Report": Described(
        "runn_pandas.account_check.report",
        "rp.check",
        ("to_text", "to_json"),
        ("ok",),
        ("frame", "requests", "left"),
    ),
    "Explorer": Described(
        "runn_pandas.jupyter.explore",
        "rp.explore",
        ("choose", "set", "read"),
        ("account", "filters", "code"),
        ("frame", "resource", *APP),
    ),
    "PlanReview": Described(
        "runn_pandas.jupyter.review",
        "rp.review",
        ("tick", "tick_all", "show", "search", "turn", "push", "cancel", "undo", "back"),
        ("result",),
        ("plan", "report", "ticked", *APP),
    ),
    "Board": Described(
        "runn_pandas.jupyter.board",
        "rp.review",
        ("choose", "choose_group", "show", "group_by", "fold", "turn", "open_plan", "undo", "back"),
        ("corrections", "plan", "result"),
        ("choices", "review", *APP),
    ),
}

# Other words under which the search finds a page.
KEYWORDS = {
    "df.runn.plan": "dry run, preview, diff",
    "df.runn.push": "write, update, upload, save",
    "rp.availability": "free, bench, vacancy, room",
    "rp.capacity": "contracted",
    "rp.connect": "token, login, throttle, rate limit, region",
    "rp.finance": "revenue, cost, margin, profit, budget, billing, invoice",
    "rp.journal": "history, undo",
    "rp.mirror": "local copy, Parquet, DuckDB, SQL, sync",
    "rp.read_runn": "download, list, query",
    "rp.read_timesheet": "Clockify, Harvest, Toggl, export, import",
    "rp.reconcile": "compare, differences, timesheet",
    "rp.undo": "revert, roll back, restore",
    "rp.utilization": "utilisation, billable share",
}


def where(name: str) -> str:
    """Return the full name of what a user writes as ``rp.name`` or ``df.runn.name``."""
    if name.startswith("df.runn."):
        return f"{ACCESSOR}.{name.removeprefix('df.runn.')}"
    return f"runn_pandas.{name.removeprefix('rp.')}"


def functions() -> list[str]:
    """Return every function that has a page, as a user writes it."""
    return [name for group in GROUPS for name in group.names]


def pages() -> dict[str, str]:
    """Return the places of the pages -> what is on them."""
    made = {f"{FOLDER}/{name}.rst": _function(name) for name in functions()}
    made |= {f"{FOLDER}/{name}.rst": _class(name, one) for name, one in CLASSES.items()}
    return {**made, f"{FOLDER}/index.rst": _index()}


def examples() -> int:
    """Return how many docstrings of functions, classes and their methods have an example."""
    names = [where(name) for name in functions()]
    for name, one in CLASSES.items():
        full = f"{one.module}.{name}"
        names += [full, *(f"{full}.{member}" for member in (*one.methods, *one.properties))]
    return sum(">>> " in (inspect.getdoc(found(name)) or "") for name in names)


def _headed(text: str, line: str = "=") -> str:
    return f"{text}\n{line * len(text)}\n"


def _function(name: str) -> str:
    # A property has no signature; a function of df.runn is shown as one that a frame has.
    kind = "autoproperty" if name == "df.runn.resource" else "autofunction"
    if name.startswith("df.runn.") and kind == "autofunction":
        kind = "automethod"
    # The search takes each keyword for one word.
    words = ", ".join(KEYWORDS.get(name, "").replace(",", "").split())
    meta = f".. meta::\n   :keywords: {words}\n\n" if words else ""
    return f"{_headed(name)}\n{meta}.. {kind}:: {where(name)}\n"


def _class(name: str, one: Described) -> str:
    full = f"{one.module}.{name}"
    lines = [_headed(name), f"Made by `{one.made_by} <{where(one.made_by)}>`.\n"]
    if name not in ("Account", "Plan", "Mirror"):
        lines.append("It is not made directly, and has no name in ``rp`` itself.\n")
    lines += [f".. autoclass:: {full}()", "   :no-members:\n"]
    if APP[0] in one.attributes:
        lines += [_headed("Attributes", "-")]
        lines += [f"``{name}``\n   {text}\n" for name, text in OF_APPS.items()]
    for title, kind, names in (
        ("Methods", "automethod", one.methods),
        ("Properties", "autoproperty", one.properties),
    ):
        if names:
            lines += [_headed(title, "-")]
            lines += [f".. {kind}:: {full}.{member}\n" for member in names]
    return "\n".join(lines)


def _index() -> str:
    lines = [_headed("Functions and classes")]
    lines += ["Conventions: ``import runn_pandas as rp``, and ``df`` is a frame of pandas.\n"]
    for group in GROUPS:
        lines += [_headed(group.title, "-"), group.text.replace("`", "``") + "\n"]
        lines += [".. list-table::", "   :widths: 30 70", "   :class: names\n"]
        for name in group.names:
            lines += [f"   * - :doc:`{name} <{name}>`", f"     - {summary(name)}"]
        lines += ["", *_toctree(group.names)]
    lines += [_headed("Classes", "-"), "What these functions return, where it is no frame.\n"]
    lines += [".. list-table::", "   :widths: 30 70", "   :class: names\n"]
    for name, one in CLASSES.items():
        lines += [f"   * - :doc:`{name} <{name}>`", f"     - Made by ``{one.made_by}``."]
    return "\n".join([*lines, "", *_toctree(tuple(CLASSES)), ""])


def _toctree(names: tuple[str, ...]) -> list[str]:
    return [".. toctree::", "   :hidden:\n", *(f"   {name}" for name in names), ""]


def summary(name: str) -> str:
    """Return the first line of a docstring."""
    text = inspect.getdoc(found(where(name))) or ""
    return text.partition("\n")[0]


def found(full: str) -> object:
    """Return what a full name names."""
    module, _, rest = full.partition(".")
    thing: object = importlib.import_module(module)
    for part in rest.split("."):
        if not hasattr(thing, part):
            thing = importlib.import_module(f"{module}.{part}")
        else:
            thing = getattr(thing, part)
        module = f"{module}.{part}"
    return thing
