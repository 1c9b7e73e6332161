"""The paths of the API as a tree of their segments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from runn_pandas.catalog import Operation

Found = tuple[dict[str, Operation], tuple[str, ...]]


@dataclass
class PathNode:
    """One segment of the API's paths."""

    names: dict[str, PathNode] = field(default_factory=dict)
    any: PathNode | None = None
    operations: dict[str, Operation] = field(default_factory=dict)

    def find(self, parts: list[str], values: tuple[str, ...] = ()) -> Found | None:
        """Return the operations of a path by method, and what stands in its open places.

        A name goes before a place.
        """
        if not parts:
            return (self.operations, values) if self.operations else None
        head, rest = parts[0], parts[1:]
        found = self.names[head].find(rest, values) if head in self.names else None
        if found is None and self.any is not None and head:
            found = self.any.find(rest, (*values, head))
        return found


def path_tree(operations: Iterable[Operation]) -> PathNode:
    """Return the tree of the paths of operations."""
    root = PathNode()
    for operation in operations:
        node = root
        for part in operation.path.strip("/").split("/"):
            if part.startswith("{"):
                node.any = node = node.any or PathNode()
            else:
                node = node.names.setdefault(part, PathNode())
        node.operations[operation.method] = operation
    return root
