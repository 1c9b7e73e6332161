"""Stand-ins for what is personal or secret in an answer: the same value, the same stand-in."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b32encode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from runn_pandas.catalog import Field, load
from runn_pandas.errors import FilterError, ResourceError

# Texts that name no person, client or thing of the account.
KEPT_TEXTS = frozenset(
    {
        "apiVersion",
        "color",
        "countryCode",
        "countryName",
        "employmentType",
        "eventId",
        "icon",
        "rateType",
        "referenceName",
        "regionName",
        "type",
    }
)
MONEY = frozenset({"estimatedBudget"})
# What an amount is drawn from: far from the real one, and of a plausible size.
HOURLY, LARGE = (20.0, 200.0), (1_000.0, 100_000.0)
DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Anonymiser:
    """Replaces names, e-mails, notes, other free texts and money in answers of the API.

    Ids, dates, minutes and flags stay. The stand-ins depend on a secret, so that nobody can
    find a value by trying; fields the catalogue does not know are left out.

    Parameters
    ----------
    secret : bytes
        Such as the token; with another secret the stand-ins are others.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def check(self, url: str) -> None:
        """Refuse a request whose filters would write a name into the cassette.

        Raises
        ------
        FilterError
            If a filter takes free text.
        """
        parts = urlsplit(url)
        given = {name for name, _ in parse_qsl(parts.query)}
        try:
            filters = load().find(parts.path)[0].filters
        except ResourceError:
            return
        for parameter in filters:
            free = parameter.kind == "text" and not (parameter.enum or parameter.format)
            if free and parameter.name in given:
                raise FilterError(
                    f"The filter {parameter.name} would be written into the anonymised cassette."
                    " Leave it out, and select in the frame."
                )

    def body(self, content: bytes, path: str) -> bytes:
        """Return the body of an answer to a path, with stand-ins."""
        try:
            resource, _ = load().find(path)
            answer = json.loads(content)
        except (ResourceError, ValueError):
            return b"{}"
        label = resource.name.split("/")[-1 if "{" not in resource.name else 0]
        label = {"people": "Person"}.get(label, label.removesuffix("s").capitalize())
        row = Field("", "object", fields=resource.fields)
        if isinstance(answer, dict) and resource.is_list and "values" in answer:
            answer = {
                "values": [self._value(value, row, label) for value in answer["values"]],
                "nextCursor": answer.get("nextCursor"),
            }
        elif isinstance(answer, dict) and "statusCode" in answer:
            answer = {**answer, "message": "not shown in an anonymised cassette"}
        elif isinstance(answer, dict):
            answer = self._value(answer, row, label)
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()

    def _value(self, value: Any, field: Field, label: str) -> Any:
        if isinstance(value, list):
            inner = field.items or Field("", "object", fields=field.fields)
            named = field.name.removesuffix("s").capitalize() or label
            return [self._value(item, inner, named) for item in value]
        if isinstance(value, dict):
            return self._object(value, field, label)
        if isinstance(value, str):
            return value if _is_harmless(value, field) else self._text(value, field, label)
        return self._amount(float(value), field) if _is_money(value, field) else value

    def _object(self, value: dict[str, Any], field: Field, label: str) -> dict[str, Any]:
        named = (field.name or label).removesuffix("s")
        named = named[:1].upper() + named[1:]
        known = {f.name: f for f in field.fields}
        return {n: self._value(v, known[n], named) for n, v in value.items() if n in known}

    def _text(self, value: str, field: Field, label: str) -> str:
        name = field.name.lower()
        if "email" in name:
            return f"{self._code('email', value.casefold()).lower()}@example.com"
        if name == "firstname":
            return "Person"
        if "note" in name:
            return f"Note {self._code('note', value)}"
        if name in ("lastname", "externalid", "website"):
            return self._code(name, value)
        return f"{label or field.name} {self._code('text', value)}"

    def _code(self, sort: str, value: str) -> str:
        return b32encode(self._digest(sort, value))[:6].decode()

    def _digest(self, sort: str, value: str) -> bytes:
        return hmac.new(self._secret, f"{sort}\n{value}".encode(), hashlib.sha256).digest()

    def _amount(self, value: float, field: Field) -> float:
        if value == 0:
            return value
        hourly = "rate" in field.name.lower() or "hour" in field.name.lower()
        low, high = HOURLY if hourly else LARGE
        share = int.from_bytes(self._digest("money", repr(value))[:6], "big") / 2**48
        amount = round(low + share * (high - low), 2)
        return float(round(amount)) if field.type == "integer" else amount


def _is_money(value: Any, field: Field) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and (field.kind == "number" or field.name in MONEY)


def _is_harmless(value: str, field: Field) -> bool:
    """Whether a text names no person, client or thing of the account."""
    if field.kind == "any":
        return not value or DATE.fullmatch(value) is not None
    is_free = field.kind == "text" and field.enum is None and field.name not in KEPT_TEXTS
    return not (value and is_free)
