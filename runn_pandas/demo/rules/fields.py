"""Custom fields, their options, and their values on people and projects."""

from __future__ import annotations

from typing import Any

from runn_pandas.demo.staff import grouped
from runn_pandas.demo.tables import Row
from runn_pandas.demo.writing import SEQUENCES, Write, writes

__all__: list[str] = []

KINDS = ("text", "select", "checkbox", "date")
OWNERS = {
    "people": ("personId", "PERSON", "people/custom-fields"),
    "projects": ("projectId", "PROJECT", "projects/custom-fields"),
}
_OPTIONS = "custom-field-options"


def _kind(ask: Write) -> str:
    """The kind of field that a path is about."""
    return next(kind for kind in KINDS if f"/{kind}/" in ask.operation.path)


def _next_option(ask: Write) -> int:
    fields = ask.company.rows("custom-fields/select")
    options: list[int] = [one["id"] for field in fields for one in field["options"]]
    return 1 + max(ask.company.gone.get(_OPTIONS, 0), *options, 0)


@writes("POST", *(f"/custom-fields/{kind}/" for kind in KINDS))
def field(ask: Write) -> Row:
    kind, body, company = _kind(ask), ask.body, ask.company
    tables = SEQUENCES[f"custom-fields/{kind}"]
    order = 1 + max((row["sortOrder"] for t in tables for row in company.rows(t)), default=-1)
    row: Row = {"id": company.next_id(*tables), "name": body["name"], "model": body["model"]}
    row["description"] = body.get("description") or None
    if kind == "select":
        first = _next_option(ask)
        options = [{"id": first + n, "name": one["name"]} for n, one in enumerate(body["options"])]
        row.update(options=options, singleSelect=body["singleSelect"])
    for name in ("required", "showInPlanner", "filterableInPlanner"):
        row[name] = body[name]
    # A field has no stamps.
    row["sortOrder"] = order
    company.put(f"custom-fields/{kind}", row["id"], row)
    return row


@writes("PATCH", *(f"/custom-fields/{kind}/{{{kind}FieldId}}" for kind in KINDS))
def change_field(ask: Write) -> Row:
    kind = _kind(ask)
    row = ask.here(f"custom-fields/{kind}", f"{kind}FieldId")
    ask.derive(f"custom-fields/{kind}", row["id"], ask.body)
    _rewrite(ask, kind, row["id"], lambda one: {**one, "name": ask.body.get("name", one["name"])})
    return ask.company.tables[f"custom-fields/{kind}"][row["id"]]


@writes("DELETE", *(f"/custom-fields/{kind}/{{{kind}FieldId}}" for kind in KINDS))
def delete_field(ask: Write) -> None:
    kind = _kind(ask)
    id_ = ask.here(f"custom-fields/{kind}", f"{kind}FieldId")["id"]
    _rewrite(ask, kind, id_, lambda one: None)
    ask.company.remove(f"custom-fields/{kind}", id_)


def _rewrite(ask: Write, kind: str, field: int, change: Any) -> None:
    """Change what records have in a field; it is not they that change."""
    name = f"custom{kind.capitalize()}Id"
    for owner, (id_name, _, table) in OWNERS.items():
        for row in list(ask.company.rows(table)):
            if not any(one.get(name) == field for one in row["customFields"]):
                continue
            values = [change(one) if one.get(name) == field else one for one in row["customFields"]]
            _store(ask, owner, row[id_name], [one for one in values if one is not None])


def _store(ask: Write, owner: str, id_: int, values: list[Row], changed: bool = False) -> None:
    """Write a record's values where the lists show them."""
    table = OWNERS[owner][2]
    if ask.company.get(table, id_) is None:
        ask.add(table, {OWNERS[owner][0]: id_, "customFields": values}, id_)
    elif changed:
        ask.update(table, id_, {"customFields": values})
    else:
        ask.derive(table, id_, {"customFields": values})
    if owner == "projects":
        ask.derive("projects", id_, {"customFields": grouped(values)})


# -- options


@writes("POST", "/custom-fields/select/{selectFieldId}/options")
def option(ask: Write) -> Row:
    row = ask.here("custom-fields/select", "selectFieldId")
    new = {"id": _next_option(ask), "name": ask.body["name"]}
    ask.derive("custom-fields/select", row["id"], {"options": [*row["options"], new]})
    return {"option": new}


@writes("PATCH", "/custom-fields/select/{selectFieldId}/options/{selectOptionId}")
def change_option(ask: Write) -> Row:
    row, old = _option(ask)
    new = {"id": old["id"], "name": ask.body["name"]}
    _replace(ask, row, old["id"], [new])
    return {"option": new}


@writes("DELETE", "/custom-fields/select/{selectFieldId}/options/{selectOptionId}")
def delete_option(ask: Write) -> None:
    row, old = _option(ask)
    gone = ask.company.gone
    gone[_OPTIONS] = max(old["id"], gone.get(_OPTIONS, 0))
    _replace(ask, row, old["id"], [])


def _option(ask: Write) -> tuple[Row, Row]:
    row = ask.here("custom-fields/select", "selectFieldId")
    for one in row["options"]:
        if one["id"] == ask.values["selectOptionId"]:
            return row, one
    raise ask.missing("options")


def _replace(ask: Write, row: Row, id_: int, new: list[Row]) -> None:
    """Put something in an option's place, in the field and wherever it is chosen."""

    def change(options: list[Row]) -> list[Row]:
        return [two for one in options for two in (new if one["id"] == id_ else [one])]

    ask.derive("custom-fields/select", row["id"], {"options": change(row["options"])})
    _rewrite(ask, "select", row["id"], lambda one: {**one, "value": change(one["value"])})


# -- values


@writes("PATCH", *(f"/people/{{personId}}/custom-fields/{kind}/" for kind in KINDS))
@writes("PATCH", *(f"/projects/{{projectId}}/custom-fields/{kind}/" for kind in KINDS))
def value(ask: Write) -> Row:
    """Set one custom field of a person or a project; the record's own stamp stays."""
    kind, body = _kind(ask), ask.body
    owner = "people" if "personId" in ask.values else "projects"
    id_name, model, table = OWNERS[owner]
    record = ask.here(owner, id_name)
    definition = ask.known(f"custom-fields/{kind}", body["id"], "body/id")
    if definition["model"] != model:
        raise ask.refuse(f"body/id is no field of {owner}")
    found: Any = _chosen(ask, definition) if kind == "select" else body["value"]
    name = f"custom{kind.capitalize()}Id"
    new: Row = {"name": definition["name"], "type": kind, name: definition["id"]}
    new["value"] = None if kind == "text" and found == "" else found
    row = ask.company.get(table, record["id"])
    before: list[Row] = row["customFields"] if row else []
    values = [new if one.get(name) == new[name] else one for one in before]
    if new not in values:
        values.append(new)
    _store(ask, owner, record["id"], values, changed=True)
    if kind == "select":
        return {"id": body["id"], "values": body["values"]}
    return {"id": body["id"], "value": body["value"]}


def _chosen(ask: Write, definition: Row) -> list[Row]:
    options = {one["id"]: one for one in definition["options"]}
    wanted = list(dict.fromkeys(one["id"] for one in ask.body["values"]))
    if any(one not in options for one in wanted):
        raise ask.refuse("body/values: no such option of the field")
    if definition["singleSelect"] and len(wanted) > 1:
        raise ask.refuse("body/values: the field takes one option")
    return [options[one] for one in wanted]
