"""Columns written by operations of their own: custom fields and skills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.custom_fields import custom_values
from runn_pandas.frame.encode import Unfit
from runn_pandas.push import nested
from runn_pandas.push.model import NA, Change, Request, Target
from runn_pandas.push.nested import Cells, Names

Row = dict[str, Any]


class Parts:
    """What a row changes of its custom fields and skills."""

    def __init__(
        self, writable: Writable, names: Names, na: NA, note: Callable[[str, Any, str], None]
    ) -> None:
        self._writable, self._names, self._na = writable, names, na
        self._note = note
        self.changes: list[Change] = []
        self._calls: list[tuple[str, str, Any]] = []

    def compare(self, old: Row, groups: Mapping[str, Cells], new: Row) -> Parts:
        """Take in what the cells want that the account's row has not."""
        if "customFields" in self._writable.parts:
            self._custom(old, groups.get("customFields", []), new)
        if "skills" in self._writable.parts:
            self._skills(old, groups.get("skills", []), new)
        return self

    def requests(self, own: Any) -> list[Request]:
        """The requests that write them."""
        return [
            Request("update", method, own_path(path, own), body, again=method != "POST")
            for method, path, body in self._calls
        ]

    def _custom(self, old: Row, cells: Cells, new: Row) -> None:
        try:
            held = custom_values(old.get("customFields"))
            whole = custom_values(new.get("customFields"))
        except Unfit as unfit:
            self._note("customFields", None, str(unfit))
            return
        wanted = [
            *cells,
            *(
                ("customFields", Target("customFields", "custom", field.name + field.mark), value)
                for field, value in whole.items()
                if held.get(field, ...) != value
            ),
        ]
        paths = {
            o.path.strip("/").split("/")[-1]: o.path for o in self._writable.parts["customFields"]
        }
        for label, target, value in wanted:
            try:
                change = nested.custom_change(label, target, value, held, self._names)
                if change is None:
                    continue
                body = change.body(self._names)
            except Unfit as unfit:
                self._note(label, value, str(unfit))
                continue
            shown = label if label != "customFields" else f"customFields.{change.name}"
            self.changes.append(Change(shown, change.old, change.new))
            self._calls.append(("PATCH", paths[change.kind], body))

    def _skills(self, old: Row, cells: Cells, new: Row) -> None:
        whole = new.get("skills")
        if not cells and whole is None:
            return
        post, patch, drop = (o.path for o in self._writable.parts["skills"])
        try:
            found = nested.skill_changes(old.get("skills"), cells, whole, self._na)
        except Unfit as unfit:
            self._note("skills", None, str(unfit))
            return
        for skill, before, after, verb in found:
            if after is not None and after not in (1, 2, 3, 4):
                self._note(f"skills.{skill}.level", after, "is none of 1, 2, 3, 4")
            label = f"skills.{skill}" + (".level" if verb == "update" else "")
            self.changes.append(
                Change(
                    label,
                    before if verb == "update" else verb == "delete",
                    after if verb == "update" else verb == "create",
                )
            )
            if verb == "create":
                level = {} if after is None else {"level": after}
                self._calls.append(("POST", post, {"skillId": skill, **level}))
                if after is not None:
                    self.changes.append(Change(f"skills.{skill}.level", None, after))
            elif verb == "update":
                path = patch.replace("{skillId}", str(skill))
                self._calls.append(("PATCH", path, {"level": after}))
            else:
                if before is not None:  # what an undo gives back
                    self.changes.append(Change(f"skills.{skill}.level", before, None))
                self._calls.append(("DELETE", drop.replace("{skillId}", str(skill)), None))


def own_path(path: str, own: Any) -> str:
    """Give the path with the row's own id in its first open place."""
    head, _, rest = path.partition("{")
    return head + str(own) + rest.partition("}")[2]
