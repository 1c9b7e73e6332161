"""Custom fields, their options, and their values on people and projects."""

from __future__ import annotations

from typing import Any

from runn_pandas.demo.database import Row
from runn_pandas.demo.routes.writing import SEQUENCES, WriteRequest, writes
from runn_pandas.demo.shapes import field_id_name, grouped_fields

__all__: list[str] = []

KINDS = ("text", "select", "checkbox", "date")
OWNERS = {
    "people": ("personId", "PERSON", "people/custom-fields"),
    "projects": ("projectId", "PROJECT", "projects/custom-fields"),
}
_OPTIONS = "custom-field-options"


def _kind(request: WriteRequest) -> str:
    """Return the kind of field that a path is about."""
    return next(kind for kind in KINDS if f"/{kind}/" in request.operation.path)


def _next_option(request: WriteRequest) -> int:
    fields = request.company.rows("custom-fields/select")
    options: list[int] = [one["id"] for field in fields for one in field["options"]]
    return 1 + max(request.company.gone.get(_OPTIONS, 0), *options, 0)


@writes("POST", *(f"/custom-fields/{kind}/" for kind in KINDS))
def field(request: WriteRequest) -> Row:
    kind, body, company = _kind(request), request.body, request.company
    tables = SEQUENCES[f"custom-fields/{kind}"]
    order = 1 + max((row["sortOrder"] for t in tables for row in company.rows(t)), default=-1)
    row: Row = {"id": company.next_id(*tables), "name": body["name"], "model": body["model"]}
    row["description"] = body.get("description") or None
    if kind == "select":
        first = _next_option(request)
        options = [{"id": first + n, "name": one["name"]} for n, one in enumerate(body["options"])]
        row.update(options=options, singleSelect=body["singleSelect"])
    for name in ("required", "showInPlanner", "filterableInPlanner"):
        row[name] = body[name]
    # A field has no stamps.
    row["sortOrder"] = order
    company.put(f"custom-fields/{kind}", row["id"], row)
    return row


@writes("PATCH", *(f"/custom-fields/{kind}/{{{kind}FieldId}}" for kind in KINDS))
def change_field(request: WriteRequest) -> Row:
    kind = _kind(request)
    row = request.here(f"custom-fields/{kind}", f"{kind}FieldId")
    request.derive(f"custom-fields/{kind}", row["id"], request.body)
    _rewrite(
        request, kind, row["id"], lambda one: {**one, "name": request.body.get("name", one["name"])}
    )
    return request.company.tables[f"custom-fields/{kind}"][row["id"]]


@writes("DELETE", *(f"/custom-fields/{kind}/{{{kind}FieldId}}" for kind in KINDS))
def delete_field(request: WriteRequest) -> None:
    kind = _kind(request)
    id_ = request.here(f"custom-fields/{kind}", f"{kind}FieldId")["id"]
    _rewrite(request, kind, id_, lambda one: None)
    request.company.remove(f"custom-fields/{kind}", id_)


def _rewrite(request: WriteRequest, kind: str, field: int, change: Any) -> None:
    """Change what records have in a field; it is not they that change."""
    name = field_id_name(kind)
    for owner, (id_name, _, table) in OWNERS.items():
        for row in list(request.company.rows(table)):
            if not any(one.get(name) == field for one in row["customFields"]):
                continue
            values = [change(one) if one.get(name) == field else one for one in row["customFields"]]
            _store(request, owner, row[id_name], [one for one in values if one is not None])


def _store(
    request: WriteRequest, owner: str, id_: int, values: list[Row], changed: bool = False
) -> None:
    """Write a record's values where the lists show them."""
    table = OWNERS[owner][2]
    if request.company.get(table, id_) is None:
        request.add(table, {OWNERS[owner][0]: id_, "customFields": values}, id_)
    elif changed:
        request.update(table, id_, {"customFields": values})
    else:
        request.derive(table, id_, {"customFields": values})
    if owner == "projects":
        request.derive("projects", id_, {"customFields": grouped_fields(values)})


# -- options


@writes("POST", "/custom-fields/select/{selectFieldId}/options")
def option(request: WriteRequest) -> Row:
    row = request.here("custom-fields/select", "selectFieldId")
    new = {"id": _next_option(request), "name": request.body["name"]}
    request.derive("custom-fields/select", row["id"], {"options": [*row["options"], new]})
    return {"option": new}


@writes("PATCH", "/custom-fields/select/{selectFieldId}/options/{selectOptionId}")
def change_option(request: WriteRequest) -> Row:
    row, old = _option(request)
    new = {"id": old["id"], "name": request.body["name"]}
    _replace(request, row, old["id"], [new])
    return {"option": new}


@writes("DELETE", "/custom-fields/select/{selectFieldId}/options/{selectOptionId}")
def delete_option(request: WriteRequest) -> None:
    row, old = _option(request)
    gone = request.company.gone
    gone[_OPTIONS] = max(old["id"], gone.get(_OPTIONS, 0))
    _replace(request, row, old["id"], [])


def _option(request: WriteRequest) -> tuple[Row, Row]:
    row = request.here("custom-fields/select", "selectFieldId")
    for one in row["options"]:
        if one["id"] == request.values["selectOptionId"]:
            return row, one
    raise request.missing("options")


def _replace(request: WriteRequest, row: Row, id_: int, new: list[Row]) -> None:
    """Put something in an option's place, in the field and wherever it is chosen."""

    def change(options: list[Row]) -> list[Row]:
        return [two for one in options for two in (new if one["id"] == id_ else [one])]

    request.derive("custom-fields/select", row["id"], {"options": change(row["options"])})
    _rewrite(request, "select", row["id"], lambda one: {**one, "value": change(one["value"])})


# -- values


@writes("PATCH", *(f"/people/{{personId}}/custom-fields/{kind}/" for kind in KINDS))
@writes("PATCH", *(f"/projects/{{projectId}}/custom-fields/{kind}/" for kind in KINDS))
def value(request: WriteRequest) -> Row:
    """Set one custom field of a person or a project; the record's own stamp stays."""
    kind, body = _kind(request), request.body
    owner = "people" if "personId" in request.values else "projects"
    id_name, model, table = OWNERS[owner]
    record = request.here(owner, id_name)
    definition = request.known(f"custom-fields/{kind}", body["id"], "body/id")
    if definition["model"] != model:
        raise request.refuse(f"body/id is no field of {owner}")
    name = field_id_name(kind)
    new: Row = {"name": definition["name"], "type": kind, name: definition["id"]}
    new["value"] = _value(request, kind, definition)
    row = request.company.get(table, record["id"])
    before: list[Row] = row["customFields"] if row else []
    values = [new if one.get(name) == new[name] else one for one in before]
    if new not in values:
        values.append(new)
    _store(request, owner, record["id"], values, changed=True)
    return {name: body[name] for name in ("id", "values" if kind == "select" else "value")}


def _value(request: WriteRequest, kind: str, definition: Row) -> Any:
    """Return the value that a body gives a field, as rows have it."""
    if kind == "select":
        return _chosen(request, definition)
    found = request.body["value"]
    return None if kind == "text" and found == "" else found


def _chosen(request: WriteRequest, definition: Row) -> list[Row]:
    options = {one["id"]: one for one in definition["options"]}
    wanted = list(dict.fromkeys(one["id"] for one in request.body["values"]))
    if any(one not in options for one in wanted):
        raise request.refuse("body/values: no such option of the field")
    if definition["singleSelect"] and len(wanted) > 1:
        raise request.refuse("body/values: the field takes one option")
    return [options[one] for one in wanted]
