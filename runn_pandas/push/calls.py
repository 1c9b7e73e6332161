"""The requests of a push as values: one call, and the calls that carry out a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from runn_pandas.catalog.writes import Writable

Verb = Literal["create", "update", "delete"]
Action = Literal["create", "update", "delete", "unchanged"]
NEW = "{id}"  # in a path: the id of the record that the row's first call made


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes
    ----------
    verb : str
        What it does to a record.
    again : bool
        Whether a second copy leaves the account as one does.
    mend : bool
        Whether, if it is refused, the row's record must be made again: it was deleted to
        make room for this call.
    """

    verb: Verb
    method: str
    path: str
    body: Any = None
    query: dict[str, Any] | None = None
    again: bool = True
    mend: bool = False


@dataclass(frozen=True)
class Decision:
    """What a push does with one row.

    Attributes
    ----------
    position : int
        Which row of the intent.
    key : list
        The values of the resource's key columns, or [] for a new row.
    changes : list of [field, old, new]
        Field by field.
    old : dict or None
        The account's row as it was.
    conflict : str
        Why it was changed in the account after the frame was read, or "".
    needs : list of int
        The rows that must be done before this one: leave that makes room for it.
    beside : list of dict
        Other rows of the account that Runn changes with this one, as they were: leave that is
        merged, the contract that ends for a new one, the contracts of a deleted person.
    """

    position: int
    action: Action
    key: list[Any] = field(default_factory=list)
    changes: list[list[Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    old: dict[str, Any] | None = None
    conflict: str = ""
    needs: list[int] = field(default_factory=list)
    beside: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> Any:
        """What identifies the row: its id; of a compound key its last part."""
        return self.key[-1] if self.key else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Decision:
        return cls(**{**raw, "calls": [Call(**call) for call in raw["calls"]]})


@dataclass(frozen=True)
class Step:
    """What is sent together: the calls of one row, or one bulk call for several.

    Attributes
    ----------
    many : str
        In a bulk call the name of the body's list, which has one element a position.
    """

    positions: list[int]
    calls: list[Call]
    many: str = ""

    def part(self, positions: list[int]) -> Step:
        """The same bulk call for some of its rows."""
        if not self.many:
            return self
        call = self.calls[0]
        wanted = set(positions)
        kept = [n for n, position in enumerate(self.positions) if position in wanted]
        body = {**call.body, self.many: [call.body[self.many][n] for n in kept]}
        return Step(
            [self.positions[n] for n in kept], [Call(**{**asdict(call), "body": body})], self.many
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Step:
        return cls(**{**raw, "calls": [Call(**call) for call in raw["calls"]]})


def fill(path: str, writable: Writable, cells: Mapping[str, Any], own: Any = None) -> str:
    """Give a path with the row's values in its open places.

    Parameters
    ----------
    path, writable, cells
        The template, what the row is, and its values.
    own
        What stands for the row's own id, if its cells have none.
    """
    for place, column in writable.places.items():
        value = cells.get(column)
        if value is None and column == "id":
            value = own
        if value is not None:
            shown = value if value == NEW else quote(str(value), safe="")
            path = path.replace("{" + place + "}", shown)
    return path


def steps_of(writable: Writable, decisions: list[Decision]) -> list[Step]:
    """Give the steps of decisions, in the order they are sent: changes, new rows, deletions.

    What others need done comes before them, whatever it is. What belongs together goes in
    bulk, in the frame's order within each kind.
    """
    upserts = writable.style == "overwrite"
    order = {"update": 0, "create": 0 if upserts else 1, "delete": 2}
    todo = [d for d in decisions if d.calls]
    turns = _turns(todo)
    todo.sort(key=lambda d: (turns[d.position], order[d.action], _begins(writable, d), d.position))
    steps: list[Step] = []
    groups: dict[tuple[str, str, int], list[Decision]] = {}
    for decision in todo:
        kind = _group(writable, decision)
        if kind is None:
            steps.append(Step([decision.position], list(decision.calls)))
            continue
        group = (*kind, turns[decision.position])
        if group not in groups:
            groups[group] = []
            steps.append(Step([], [], repr(group)))  # its place in the order
        groups[group].append(decision)
    done: list[Step] = []
    for step in steps:
        if not step.many:
            done.append(step)
            continue
        group, members = next((g, m) for g, m in groups.items() if repr(g) == step.many)
        size = writable.bulk_size
        for start in range(0, len(members), size):
            done.append(_bulk(writable, group[:2], members[start : start + size]))
    return done


def _begins(writable: Writable, decision: Decision) -> str:
    """When a new contract begins: an earlier one that comes later would overlap with it."""
    if writable.name != "contracts" or decision.action != "create":
        return ""
    return next((str(new) for name, _, new in decision.changes if name == "startDate"), "")


def _turns(decisions: list[Decision]) -> dict[int, int]:
    """When each row's turn is: after all that it needs. What nobody waits for is deleted last."""
    needs = {d.position: d.needs for d in decisions}
    turns = dict.fromkeys(needs, 0)
    for _ in needs:
        later = {
            position: max([turns[one] + 1 for one in wanted if one in turns], default=0)
            for position, wanted in needs.items()
        }
        if later == turns:
            break
        turns = later
    awaited = {one for wanted in needs.values() for one in wanted}
    last = max(turns.values(), default=0)
    idle = [d.position for d in decisions if d.action == "delete" and d.position not in awaited]
    return {**turns, **dict.fromkeys(idle, last)}


def _group(writable: Writable, decision: Decision) -> tuple[str, str] | None:
    """Which rows a row can share a request with; None if it goes alone."""
    if len(decision.calls) != 1:
        return None
    call = decision.calls[0]
    if call.method == "DELETE":
        return ("delete", "") if writable.bulk_delete else None
    if writable.bulk_create is None or call.method != "POST" or call.body is None:
        return None
    if "{skillId}" in writable.bulk_create.path:
        return "create", str(call.body.get("skillId"))
    return "create", ""


def _bulk(writable: Writable, group: tuple[str, str], members: list[Decision]) -> Step:
    calls = [member.calls[0] for member in members]
    positions = [member.position for member in members]
    if len(members) == 1:
        return Step(positions, calls)
    if group[0] == "delete":
        operation = writable.bulk_delete
        items: list[Any] = [member.id for member in members]
    else:
        operation = writable.bulk_create
        items = [call.body for call in calls]
    if operation is None or operation.body is None:  # a group is made only where there is one
        raise AssertionError(f"{writable.name} has no bulk operation")
    path = operation.path
    if "{skillId}" in path:
        path = path.replace("{skillId}", group[1])
        items = [
            {
                "personId": member.key[0] if member.key else _person(member),
                **{n: v for n, v in call.body.items() if n != "skillId"},
            }
            for member, call in zip(members, calls, strict=True)
        ]
    name = next(f.name for f in operation.body.fields if f.type == "array")
    call = Call(
        calls[0].verb, operation.method, path, {name: items}, again=all(c.again for c in calls)
    )
    return Step(positions, [call], name)


def _person(decision: Decision) -> Any:
    return next(new for name, _, new in decision.changes if name == "personId")
