"""An OpenAPI file as the catalogue's facts, and what changed between two of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from textwrap import fill, indent
from typing import Any

from runn_pandas.errors import ConfigError

METHODS = ("get", "post", "patch", "put", "delete")
# What a schema says of a value, under the names that it has there.
FACTS = (
    "readOnly", "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "uniqueItems",
)  # fmt: skip
Facts = dict[str, Any]


def read_spec(source: str) -> Facts:
    """Read an OpenAPI document from a file or a web address."""
    if source.lower().startswith(("https://", "http://")):
        import requests

        try:
            answer = requests.get(source, timeout=30)
            answer.raise_for_status()
            text = answer.text
        except requests.RequestException as error:
            raise ConfigError(f"{source} could not be fetched: {type(error).__name__}.") from error
    else:
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{source} could not be read: {error}.") from error
    try:
        spec = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{source} is not JSON: {error}.") from error
    if not isinstance(spec, dict) or not isinstance(spec.get("paths"), dict):
        raise ConfigError(f"{source} is not an OpenAPI file: it has no paths.")
    return spec


def facts_of(spec: Facts) -> Facts:
    """Return an OpenAPI document as the catalogue's facts: no prose, every reference resolved.

    Raises
    ------
    ConfigError
        If it has a part that is not of OpenAPI's form.
    """
    try:
        return _facts_of(spec)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ConfigError(
            f"The OpenAPI file has a part that cannot be read ({type(error).__name__}: {error})."
        ) from error
    except RecursionError as error:
        raise ConfigError("The OpenAPI file has a schema that contains itself.") from error


def _facts_of(spec: Facts) -> Facts:
    operations = []
    for path, item in sorted(spec["paths"].items()):
        for method in METHODS:
            if method in item:
                operations.append(_operation(spec, method, path, item[method]))
    return {
        "title": spec.get("info", {}).get("title"),
        "version": spec.get("info", {}).get("version"),
        "servers": [server["url"] for server in spec.get("servers", [])],
        "operations": operations,
    }


def _operation(spec: Facts, method: str, path: str, operation: Facts) -> Facts:
    facts: Facts = {
        "method": method.upper(),
        "path": path,
        "parameters": [_parameter(spec, raw) for raw in operation.get("parameters", [])],
    }
    body = _content(operation.get("requestBody", {}))
    if body is not None:
        facts["body"] = _schema(spec, body)
    answers = operation.get("responses", {})
    facts["statuses"] = sorted(int(status) for status in answers if status.isdigit())
    good = [_content(answers[str(s)]) for s in facts["statuses"] if 200 <= s < 300]
    answer = next((_schema(spec, schema) for schema in good if schema is not None), None)
    return facts | (_answer(answer) if answer is not None else {})


def _answer(fact: Facts) -> Facts:
    envelope = {field["name"]: field for field in fact.get("fields", ())}
    if set(envelope) == {"values", "nextCursor"}:
        return {"list": True, "answer": envelope["values"]["items"]}
    return {"answer": fact}


def _parameter(spec: Facts, given: Facts) -> Facts:
    raw = _resolved(spec, given)
    fact = {"name": raw["name"], "in": raw["in"], **_schema(spec, raw.get("schema", {}))}
    return {**fact, "required": True} if raw.get("required") else fact


def _content(part: Facts) -> Facts | None:
    schema = part.get("content", {}).get("application/json", {}).get("schema")
    return schema if isinstance(schema, dict) else None


def _schema(spec: Facts, schema: Facts) -> Facts:
    schema = _resolved(spec, schema)
    fact = _own(spec, schema)
    for part in schema.get("allOf", ()):
        fact = _both(fact, _schema(spec, part))
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if choices:
        fact = _both(fact, _either([_schema(spec, choice) for choice in choices]))
    return fact


def _resolved(spec: Facts, part: Facts) -> Facts:
    while "$ref" in part:
        target: Any = spec
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


def _own(spec: Facts, schema: Facts) -> Facts:
    enum = schema.get("enum")
    fact = _type(schema.get("type") or ("string" if enum else ()))
    fact |= _named(schema, ("format",))
    if enum:
        fact["enum"] = [value for value in enum if value is not None]
    fact |= _named(schema, FACTS)
    if "properties" in schema:
        required = set(schema.get("required", ()))
        fact["fields"] = [
            {
                "name": name,
                **_schema(spec, part),
                **({"required": True} if name in required else {}),
            }
            for name, part in schema["properties"].items()
        ]
    if "items" in schema:
        fact["items"] = _schema(spec, schema["items"])
    return fact


def _named(schema: Facts, names: Iterable[str]) -> Facts:
    return {name: schema[name] for name in names if name in schema}


def _type(raw: str | Sequence[str]) -> Facts:
    types = {raw} if isinstance(raw, str) else set(raw)
    kinds = sorted(types - {"null"})
    fact: Facts = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    return {**fact, "nullable": True} if "null" in types else fact


def _both(one: Facts, other: Facts) -> Facts:
    """Return the facts of a value that meets both descriptions."""
    if not one or not other:
        return one or other
    merged = {**one, **other}
    if "fields" in one and "fields" in other:
        names = {field["name"] for field in other["fields"]}
        merged["fields"] = [f for f in one["fields"] if f["name"] not in names] + other["fields"]
    return merged


def _either(choices: list[Facts]) -> Facts:
    """Return the facts of a value that meets one of several: the widest that hold for all."""
    solid = [choice for choice in choices if choice.get("type")]
    kinds = sorted({kind for choice in solid for kind in _kinds(choice)})
    merged: Facts = {"type": kinds[0] if len(kinds) == 1 else kinds}
    if len(solid) < len(choices) or any(choice.get("nullable") for choice in choices):
        merged["nullable"] = True
    return merged | _either_values(solid) | _either_fields(solid) | _either_items(solid)


def _either_values(choices: list[Facts]) -> Facts:
    """Return format and enum, where all of the descriptions have one."""
    merged: Facts = {}
    if choices and all("format" in choice for choice in choices):
        merged["format"] = " or ".join(sorted({choice["format"] for choice in choices}))
    if all("enum" in choice for choice in choices):
        merged["enum"] = list(dict.fromkeys(v for choice in choices for v in choice["enum"]))
    return merged


def _either_items(choices: list[Facts]) -> Facts:
    items = [choice["items"] for choice in choices if "items" in choice]
    if not items:
        return {}
    return {"items": items[0] if len(items) == 1 else _either(items)}


def _either_fields(choices: list[Facts]) -> Facts:
    """Return the fields of the objects, and which ones each of them needs if they differ."""
    objects = [choice["fields"] for choice in choices if "fields" in choice]
    found: dict[str, list[Facts]] = {}
    for field in chain.from_iterable(objects):
        found.setdefault(field["name"], []).append(field)
    fields = [_either_field(name, parts, len(objects)) for name, parts in found.items()]
    needs = list(map(_needed, objects))
    differ = any(need != needs[0] for need in needs)
    return ({"fields": fields} if objects else {}) | ({"alternatives": needs} if differ else {})


def _needed(fields: list[Facts]) -> list[str]:
    return [field["name"] for field in fields if field.get("required")]


def _either_field(name: str, parts: list[Facts], choices: int) -> Facts:
    fact = {"name": name, **(parts[0] if len(parts) == 1 else _either(parts))}
    fact.pop("required", None)
    if len(parts) == choices and all(part.get("required") for part in parts):
        fact["required"] = True
    return fact


def _kinds(fact: Facts) -> list[str]:
    kind = fact["type"]
    return kind if isinstance(kind, list) else [kind]


def dump(facts: Facts) -> str:
    """Return facts as JSON with one parameter or field a line, so that a diff can be read."""

    def flat(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def spread(key: str, values: list[Facts]) -> str:
        return f"   {flat(key)}: [\n    " + ",\n    ".join(map(flat, values)) + "]"

    def described(key: str, fact: Facts) -> str:
        if "fields" not in fact:
            return f"   {flat(key)}: {flat(fact)}"
        rest = {name: value for name, value in fact.items() if name != "fields"}
        return (
            f"   {flat(key)}: {flat(rest)[:-1]}, " + spread("fields", fact["fields"]).lstrip() + "}"
        )

    blocks = []
    for operation in facts["operations"]:
        simple = ("method", "path", "statuses", "list")
        lines = [f"   {flat(key)}: {flat(operation[key])}" for key in simple if key in operation]
        lines.append(spread("parameters", operation["parameters"]))
        for key in ("body", "answer"):
            if key in operation:
                lines.append(described(key, operation[key]))
        blocks.append("  {\n" + ",\n".join(lines) + "\n  }")
    head = [f" {flat(key)}: {flat(facts[key])}" for key in ("title", "version", "servers")]
    body = ' "operations": [\n' + ",\n".join(blocks) + "\n ]"
    return "{\n" + ",\n".join([*head, body]) + "\n}\n"


def differences(old: Facts, new: Facts) -> list[str]:
    """Return in a line each what is new, gone or changed from ``old`` to ``new``."""
    lines = [
        f"changed {key}: {old.get(key)!r} -> {new.get(key)!r}"
        for key in ("version", "servers")
        if old.get(key) != new.get(key)
    ]
    before, after = _by_path(old), _by_path(new)
    lines += [f"new {where}" for where in after if where not in before]
    lines += [f"gone {where}" for where in before if where not in after]
    for where, operation in after.items():
        if where in before:
            lines += _changed(where, dict(_entries(before[where])), dict(_entries(operation)))
    return lines


def _by_path(facts: Facts) -> dict[str, Facts]:
    return {f"{o['method']} {o['path']}": o for o in facts["operations"]}


def _changed(where: str, old: dict[str, Facts], new: dict[str, Facts]) -> Iterator[str]:
    for name, fact in new.items():
        if name not in old:
            yield f"new {where}: {name}"
        elif fact != old[name]:
            facts = sorted({*fact, *old[name]})
            parts = [
                f"{key} {old[name].get(key)!r} -> {fact.get(key)!r}"
                for key in facts
                if fact.get(key) != old[name].get(key)
            ]
            yield f"changed {where}: {name}: {', '.join(parts)}"
    for name in old:
        if name not in new:
            yield f"gone {where}: {name}"


def _entries(operation: Facts) -> Iterator[tuple[str, Facts]]:
    yield "answer", {key: operation.get(key) for key in ("statuses", "list")}
    for parameter in operation.get("parameters", ()):
        yield f"parameter {parameter['name']}", parameter
    for part, name in (("body", "body"), ("answer", "field")):
        if part in operation:
            yield from _flat(name, operation[part])


def _flat(name: str, fact: Facts) -> Iterator[tuple[str, Facts]]:
    yield name, {key: value for key, value in fact.items() if key not in ("fields", "items")}
    for field in fact.get("fields", ()):
        yield from _flat(f"{name}.{field['name']}", field)
    if "items" in fact:
        yield from _flat(f"{name}[]", fact["items"])


def names_module(facts: Facts) -> str:
    """Return the module that has the names of all resources as a type, for editors."""
    names = sorted(o["path"].strip("/") for o in facts["operations"] if o["method"] == "GET")
    listed = fill(" ".join(f'"{name}",' for name in names), 94, break_on_hyphens=False)
    return (
        '"""The names of all resources; written by ``check-spec --write``."""\n\n'
        "from typing import Literal\n\n"
        f"ResourceName = Literal[\n{indent(listed, '    ')}\n]  # fmt: skip\n"
    )


def write(facts: Facts) -> None:
    """Make facts the committed ones, each file whole or not at all."""
    folder = Path(__file__).parent
    for name, text in (("catalog.json", dump(facts)), ("resource_names.py", names_module(facts))):
        aside = folder / f"{name}.new"
        aside.write_text(text, encoding="utf-8")
        aside.replace(folder / name)
