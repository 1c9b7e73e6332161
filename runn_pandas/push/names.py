"""Names of tags and custom fields, looked up in the account when they are needed."""

from __future__ import annotations

from collections.abc import Mapping

from runn_pandas.catalog import load
from runn_pandas.catalog.writes import CUSTOM_KINDS
from runn_pandas.push.baseline import AccountRows
from runn_pandas.push.matching import Baseline
from runn_pandas.push.model import Intent
from runn_pandas.push.nested import KnownNames


class AccountNames:
    """Names of tags and custom fields: from the rows at hand, and only then from their lists."""

    def __init__(self, rows: AccountRows, intent: Intent, baseline: Baseline) -> None:
        self._rows, self._writable = rows, intent.writable
        self._tags: dict[str, list[int]] = {}
        self._all_tags = False
        self._fields: KnownNames | None = None
        for row in baseline.rows.values():
            for item in row.get("tags") or ():
                if isinstance(item, Mapping) and item.get("name"):
                    ids = self._tags.setdefault(item["name"], [])
                    if item["id"] not in ids:
                        ids.append(item["id"])

    def tag(self, name: str) -> list[int]:
        if name not in self._tags and not self._all_tags:
            self._all_tags = True
            own = "project-tags" if self._writable.name == "projects" else "people-tags"
            for row in self._rows.all(load().resources[own]):
                ids = self._tags.setdefault(row["name"], [])
                if row["id"] not in ids:
                    ids.append(row["id"])
        return self._tags.get(name, [])

    def custom(self, name: str) -> list[tuple[str, int]]:
        return self._definitions().custom(name)

    def options(self, field: int) -> dict[str, int]:
        return self._definitions().options(field)

    def _definitions(self) -> KnownNames:
        if self._fields is None:
            model = "PROJECT" if self._writable.name.startswith("projects") else "PERSON"
            fields: list[tuple[str, int, str]] = []
            choices: dict[int, dict[str, int]] = {}
            for kind in CUSTOM_KINDS:
                for row in self._rows.all(load().resources[f"custom-fields/{kind}"], model=model):
                    fields.append((kind, row["id"], row["name"]))
                    if kind == "select":
                        choices[row["id"]] = {o["name"]: o["id"] for o in row["options"]}
            self._fields = KnownNames({}, fields, choices)
        return self._fields
