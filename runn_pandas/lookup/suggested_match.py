"""The ``match=`` that the columns of a frame suggest: what files call people and projects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runn_pandas.lookup.matching import CLIENT
from runn_pandas.lookup.name_columns import list_of

# What files call the ids that a frame lacks, beside Runn's own words for them; compared without
# blanks, marks and case, with "name" at the end and without.
WORDS: dict[str, tuple[str, ...]] = {
    "personId": ("employee", "user", "member", "teammember", "staff", "worker", "consultant"),
    "projectId": ("job", "engagement"),
    "clientId": ("customer",),
    "roleId": ("position",),
}
EMAILS = ("email", "emailaddress", "mail", "useremail", "employeeemail", "workemail")
FIRST_NAMES = ("firstname", "givenname", "forename")
LAST_NAMES = ("lastname", "surname", "familyname")


def suggested_match(columns: Iterable[Any], keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the match that columns suggest for ids.

    Examples
    --------
    >>> suggested_match(["E-mail", "Client name", "hours"], ["personId", "projectId", "clientId"])
    {'personId': {'email': 'E-mail'}, 'clientId': {'name': 'Client name'}}
    """
    known = {_plain(column): column for column in columns if isinstance(column, str)}
    asked = [key for key in keys if list_of(key)]
    found = {key: rules for key in asked if (rules := _rules(key, known))}
    client = _rules("clientId", known).get("name")
    if client and "projectId" in found and "clientId" not in found:
        found["projectId"][CLIENT] = client  # tells projects of one name apart
    return found


def _rules(key: str, known: Mapping[str, str]) -> dict[str, Any]:
    words = [key[:-2].lower(), *WORDS.get(key, ())]
    name: Any = _first(known, [*words, *(f"{word}name" for word in words)])
    email = None
    if key == "personId":
        email = _first(known, EMAILS)
        parts = [_first(known, FIRST_NAMES), _first(known, LAST_NAMES)]
        name = name or (parts if all(parts) else None)
    return {field: column for field, column in (("email", email), ("name", name)) if column}


def _first(known: Mapping[str, str], words: Iterable[str]) -> str | None:
    return next((known[word] for word in words if word in known), None)


def _plain(column: str) -> str:
    return "".join(filter(str.isalnum, column.casefold()))
