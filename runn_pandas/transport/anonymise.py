"""Stand-ins for what is personal or secret in an answer: the same value, the same stand-in."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b32encode
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from runn_pandas.catalog import Field, Resource, load
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
MOMENT = re.compile(DATE.pattern + r"(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?")
# What a text may be in a field that is no text, without saying anything of anybody.
PLAIN = {
    "integer": re.compile(r"-?\d{1,18}"),
    "flag": re.compile("(?i)true|false"),
    "date": MOMENT,
    "timestamp": MOMENT,
    "any": DATE,
}
# What the value of a filter that no contract knows may be.
NO_NAME = re.compile(r"(?i)[-+\d.:TZ, ]*|true|false")


class Anonymiser:
    """Replaces names, e-mails, notes, other free texts and money in answers of the API.

    Ids, dates, minutes and flags stay. The stand-ins depend on a secret, so that nobody can
    find a value by trying; what the catalogue does not know is left out. Cursors are replaced
    too, since nobody knows what is in them, and `asked` finds the real one again.

    Parameters
    ----------
    secret : bytes
        Such as the token; with another secret the stand-ins are others.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._cursors: dict[str, str] = {}  # stand-in -> real

    def check(self, url: str) -> None:
        """Refuse a request whose filters would write a name into the cassette.

        Raises
        ------
        FilterError
            If a filter takes free text.
        """
        parts = urlsplit(url)
        try:
            filters = {p.name: p for p in load().find(parts.path)[0].filters}
        except ResourceError:
            filters = {}
        for name, value in parse_qsl(parts.query):
            known = filters.get(name)
            if known is None:
                free = name != "cursor" and not NO_NAME.fullmatch(value)
            else:
                free = known.kind == "text" and not (known.enum or known.format)
            if free:
                raise FilterError(
                    f"The filter {name} would be written into the anonymised cassette."
                    " Leave it out, and select in the frame."
                )

    def asked(self, url: str) -> str:
        """Return the address to ask for one whose cursor is a stand-in."""
        return _with_cursor(url, lambda shown: self._cursors.get(shown, shown))

    def shown(self, url: str) -> str:
        """Return an address with the stand-in of its cursor."""
        return _with_cursor(url, self._cursor)

    def _cursor(self, cursor: str) -> str:
        shown = f"cursor-{self._digest('cursor', cursor).hex()[:24]}"
        self._cursors[shown] = cursor
        return shown

    def body(self, content: bytes, path: str, status: int = 200) -> bytes:
        """Return the body of an answer to a path, with stand-ins."""
        try:
            resource, _ = load().find(path)
            answer = self._answer(json.loads(content), resource, status)
        except (ResourceError, ValueError, RecursionError, OverflowError):
            return b"{}"
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()

    def _answer(self, answer: Any, resource: Resource, status: int) -> Any:
        said = answer if isinstance(answer, dict) else {}
        if status >= 400 or "statusCode" in said:
            code = said.get("statusCode")
            code = code if isinstance(code, int) else status
            hidden = "not shown in an anonymised cassette"
            return {"statusCode": code, "error": phrase(code), "message": hidden}
        label = resource.name.split("/")[-1 if "{" not in resource.name else 0]
        label = {"people": "Person"}.get(label, label.removesuffix("s").capitalize())
        row = Field("", "object", fields=resource.fields)
        if resource.is_list and "values" in said:
            cursor = said.get("nextCursor")
            return {
                "values": self._value(said["values"], row, label),
                "nextCursor": None if cursor is None else self._cursor(str(cursor)),
            }
        return self._value(answer, row, label) if isinstance(answer, (dict, list)) else {}

    def _value(self, value: Any, field: Field, label: str) -> Any:
        if isinstance(value, list):
            inner = field.items or Field("", "object", fields=field.fields)
            named = field.name.removesuffix("s").capitalize() or label
            return [self._value(item, inner, named) for item in value]
        if isinstance(value, dict):
            return self._object(value, field, label)
        if isinstance(value, str):
            return value if _is_harmless(value, field) else self._text(value, field, label)
        return self._plain(value, field, label)

    def _plain(self, value: bool | float | None, field: Field, label: str) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if field.kind in ("text", "any", "nested"):
            # A number in the place of a text, such as an external id.
            return self._text(json.dumps(value), field, label)
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
    if not value or field.kind == "text":
        return not value or value in (field.enum or ()) or field.name in KEPT_TEXTS
    plain = PLAIN.get(field.kind)
    return plain is not None and plain.fullmatch(value) is not None


def phrase(status: int) -> str:
    """Return the usual words for a status, which a server may have put otherwise."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _with_cursor(url: str, replaced: Callable[[str], str]) -> str:
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if not any(name == "cursor" for name, _ in pairs):
        return url
    query = urlencode([(n, replaced(v) if n == "cursor" else v) for n, v in pairs])
    return urlunsplit(parts._replace(query=query))
