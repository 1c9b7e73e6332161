"""The pages of the resources, one for each, made from the catalogue."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import NamedTuple

from docs._generate import examples
from docs._generate.columns import Column, columns
from docs._generate.examples import Example
from runn_pandas.catalog import Parameter, Resource, load
from runn_pandas.catalog.writes import Writable, alias, writables

FOLDER = "reference/resources"
# The first part of a resource's name -> where the reference has it.
GROUPS = {
    "People": (
        "people",
        "placeholders",
        "contracts",
        "people-tags",
        "roles",
        "skills",
        "teams",
    ),
    "Projects": (
        "projects",
        "clients",
        "phases",
        "milestones",
        "budget-roles",
        "person-requests",
        "project-members",
        "project-notes",
        "project-tags",
        "workstreams",
        "project-workstreams",
    ),
    "Time": ("actuals", "assignments", "time-offs", "holiday-groups"),
    "Money": ("project-rates", "rate-cards", "other-expenses"),
    "Reports": ("reports",),
    "The account": (
        "me",
        "users",
        "views",
        "invitations",
        "custom-fields",
        "activity-log",
        "legacy-id",
    ),
}


class Page(NamedTuple):
    """A page, and the examples on it that ran."""

    text: str
    examples: int


def names() -> list[str]:
    """Return every resource that can be read or written."""
    return sorted({*load().resources, *writables()})


def slug(name: str) -> str:
    """Return how the page of a resource is called."""
    return name.replace("/", "-").replace("{", "").replace("}", "")


def group(name: str) -> str:
    """Return where the reference has a resource; a KeyError if that is nowhere."""
    places = {first: title for title, firsts in GROUPS.items() for first in firsts}
    return places[name.split("/")[0]]


def pages() -> dict[str, Page]:
    """Return the places of the pages -> what is on them; each example runs once."""
    made = {f"{FOLDER}/{slug(name)}.md": page(name) for name in names()}
    return {**made, f"{FOLDER}/index.md": Page(index(), 0)}


def page(name: str) -> Page:
    """Return the page of a resource."""
    resource = load().resources.get(name)
    target = alias(name) if resource else name
    writable = writables()[target] if target else None
    parts = [f"# {name}", f"{description(name)}.", _facts(name, resource, writable)]
    ran = []
    if resource is not None:
        example, _ = examples.read(resource)
        ran.append(example)
        parts += ["## Example", _example(example)]
        parts += _filters(resource)
    fields = {f.name: f for f in resource.fields} if resource else {}
    shown = columns(fields, writable)
    parts += ["## Columns", _columns(shown, writable)]
    if writable is not None:
        parts += _written(name, writable)
        pushed = examples.push(writable) if writable.name == name else None
        if pushed is not None:
            ran.append(pushed)
            parts += ["### What a push would change", _example(pushed)]
    return Page("\n\n".join(parts) + "\n", len(ran))


def description(name: str) -> str:
    """Return what a resource is, in a sentence without its end."""
    known = _descriptions()
    if name in known:
        return known[name]
    return {
        "actuals/time-entry": "Time that is added to an actual, entry by entry",
        "custom-fields/select/{selectFieldId}/options": "The options of a custom field's menu",
        "placeholders/{placeholderId}/skills": "The skills of one placeholder",
    }[name]


def _descriptions() -> dict[str, str]:
    text = files("runn_pandas.catalog").joinpath("descriptions.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def _facts(name: str, resource: Resource | None, writable: Writable | None) -> str:
    rows = []
    if resource is None:
        rows.append(("read", "not: the API only writes it"))
    else:
        rows.append(("read", f"`GET {resource.operation.path}`"))
        is_list = f"a list, {resource.page_limit or 'all'} rows a request"
        rows.append(("is", is_list if resource.is_list else "one record, a frame of one row"))
        key = ", ".join(f"`{one}`" for one in resource.key)
        rows.append(("a row is known by", key or "nothing that the API names"))
        if resource.facts.unseen_changes:
            rows.append(("beware", resource.facts.unseen_changes))
    if writable is None:
        rows.append(("written", "no: the API only reads it"))
    else:
        actions = ", ".join(writable.actions)
        beside = "" if writable.name == name else f", as {_link(writable.name)}"
        rows.append(("written", f"by `df.runn.push()`: {actions}{beside}"))
    lines = [f"* - {what}\n  - {said}" for what, said in rows]
    return "\n".join(["```{list-table}", ":class: facts", "", *lines, "```"])


def _link(name: str) -> str:
    return f"[`{name}`]({slug(name)}.md)"


def _filters(resource: Resource) -> list[str]:
    rows = [_filter(p, resource) for p in (*resource.path_parameters, *resource.filters)]
    head = "Given to `pd.read_runn` by these names; what the API would ignore is refused."
    if not rows:
        return ["## Filters", "None: it is read as it is."]
    return ["## Filters", head, _table(("filter", "takes", "needed"), rows)]


def _filter(parameter: Parameter, resource: Resource) -> tuple[str, str, str]:
    words = {"integer": "a whole number", "number": "a number", "flag": "`True` or `False`"}
    words |= {"date": "a date", "timestamp": "a time", "text": "a text", "nested": "several values"}
    takes = words.get(parameter.kind, "a value")
    if parameter.format == "date or date-time":
        takes = "a date or a time"
    if parameter.enum:
        takes = " or ".join(f'`"{value}"`' for value in parameter.enum)
    if parameter.location == "path":
        return f"`{parameter.name}`", f"{takes}, or several, one read for each", "yes: in the path"
    sent = resource.always_sent.get(parameter.name)
    if sent is not None:
        return f"`{parameter.name}`", takes, f"sent as `{sent}`, if it is not given"
    return f"`{parameter.name}`", takes, "yes" if parameter.required else ""


def _columns(shown: list[Column], writable: Writable | None) -> str:
    if writable is None:
        rows = [(f"`{one.name}`", f"`{one.dtype}`", one.values) for one in shown]
        return _table(("column", "dtype", "values"), rows)
    head = ("column", "dtype", "values", "in a new row", "in a row that exists")
    return _table(
        head,
        [(f"`{one.name}`", f"`{one.dtype}`", one.values, one.new, one.existing) for one in shown],
    )


def _written(name: str, writable: Writable) -> list[str]:
    if writable.name != name:
        return ["## Writing", f"Its rows are pushed as those of {_link(writable.name)}."]
    labels = {"bulk_create": "create, many at once", "bulk_delete": "delete, many at once"}
    rows = []
    for how, operation in writable.operations:
        column = how.removeprefix("column ")
        what = labels.get(how, f"the column `{column}`" if column != how else how)
        rows.append((what, f"`{operation.method} {operation.path}`"))
    parts = ["## Writing", _table(("action", "request"), rows)]
    if writable.bulk_create is not None:
        parts.append(f"New rows go in requests of {writable.bulk_size}.")
    if writable.kind in WAYS:
        parts.append(WAYS[writable.kind])
    ways = writable.create.alternatives if writable.create else ()
    if ways:
        said = " or ".join(" and ".join(f"`{one}`" for one in way) for way in ways)
        parts.append(f"A new row has {said}.")
    return parts


# What is particular of a kind of record. See docs/how-runn-behaves.md, "Writes".
WAYS = {
    "people": "A new person comes with a first contract; later ones are rows of `contracts`.",
    "actuals": "An actual is known by its date, person, project, role and workstream: pushing it"
    " again replaces the record of that key, and never adds to it.",
    "time entries": "Each entry adds its minutes to the actual of its day, every time.",
    "assignments": "Runn cannot change an assignment: a change, be it of the note alone, makes a"
    " new one and deletes the old. So its id changes, and **it loses the whole days of leave in"
    " it**: Runn splits a new assignment around leave, so one may come back as several, and the"
    " days do not come back when the leave is taken away. The plan's text notes it (the"
    " first five rows, and how many more), and so does a push, as a `PlanWarning`;"
    " `plan().changes` does not say it.\n\n"
    "A change of an inactive assignment, or of one of a template, is refused with a `PlanError`,"
    " for it would be made anew as an active one. Those that can be changed are"
    ' `frame[frame["isActive"] & ~frame["isTemplate"]]`.',
    "leave": "Runn cannot change leave: a change makes it anew and deletes the old, so that its id"
    " changes, and what meets other leave is merged by Runn."
    " The plan's text notes it.",
    "locks": "The lock of a project's timesheets is set; there is one, so none is made or deleted.",
}


def _example(example: Example) -> str:
    return f"```python\n{example.code}\n```\n\n{example.output}"


def index() -> str:
    """Return the page that lists the resources."""
    parts = [
        "# Resources",
        "What `pd.read_runn(name)` reads and `df.runn.push(name)` writes: a resource is a path of"
        " the API, without the outer slashes. What is in braces is given as a filter"
        ' (`pd.read_runn("projects/{projectId}/phases", projectId=12)`) or in place'
        ' (`"projects/12/phases"`); `rp.resources()` has all of this as a frame.',
    ]
    for title in GROUPS:
        own = [name for name in names() if group(name) == title]
        rows = []
        for name in own:
            target = alias(name) if name in load().resources else name
            actions = ", ".join(writables()[target].actions) if target else ""
            limit = load().resources[name].page_limit if name in load().resources else None
            rows.append((_link(name), description(name), str(limit or ""), actions))
        table = _table(("resource", "what", "rows a request", "written"), rows)
        parts += [f"## {title}", table, _toctree(own)]
    return "\n\n".join(parts) + "\n"


def _toctree(own: list[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", "", *map(slug, own), "```"])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)
