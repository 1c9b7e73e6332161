"""The figures of the house, taken from the code itself: ``python -m tests.house``.

How each is counted:

lines       as ``wc -l`` counts them, blank lines and comments included.
complexity  radon's cyclomatic complexity of functions and methods; a function inside another is
            part of it.
knots       strongly connected modules of the import graph. Imports inside functions and under
            ``TYPE_CHECKING`` count, and so does a string that is a module's full name (lazy
            imports by name). A package's ``__init__`` is a module of its own: an import from
            ``a.b`` leads to ``a.b``'s ``__init__`` only for what is not a submodule.
frames      functions of runn_pandas on the stack between the public call and the ``send`` of the
            demo's HTTP adapter, the deepest of all requests of that call. Comprehensions belong
            to the function that they stand in. A thread goes on from where it was started, or its
            task handed in. "One list" is a list of one page that is not in the cache.
branches    comparisons, ``in``, ``startswith``, ``endswith`` and ``match`` with a resource's
            name, with a kind of record, or with the shape of a key, and ``isinstance`` of a kind,
            outside of the catalogue and of push/kinds. A constant of the module counts as what it
            holds. A resource's name without a ``/`` is an ordinary word too, such as "people",
            and counts only where it is compared with something that is called a resource
            (`RESOURCE_WORDS`).
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "runn_pandas"
ARCHITECTURE = ROOT / "docs" / "architecture.md"

# A figure over its limit breaks the gate, so that what was won is kept: when a figure gets better,
# its limit follows. Lines follow what the package does: room for the charts, the files of other
# tools, the command line, the tables and apps of notebooks and what a mirror need not ask for; push
# alone must not grow. `pushing`, the rebuilt push, has room until it takes the place of `push`: the
# lines go back to 54,400 then, and the share of complex functions to 1.
LIMITS = {
    "functions of complexity over 10, percent": 1.5,
    "lines of the package": 59_400,
    "lines of push": 8_815,
    "files of push": 30,
    "modules in import knots": 0,
    "frames above the adapter, one list": 12,
    "frames above the adapter, one changed cell": 12,
    "branches on a resource outside catalog/ and push/kinds/": 0,
}
COMPLEX = 10
# Where resources may be told apart: the facts, and the classes of the kinds of records.
MAY_BRANCH = ("catalog/", "push/kinds/")
RESOURCE_WORDS = re.compile(r"(^|[._])(name|resource|source|table|writable|alias|path)$")
# ... and what names resources only, where the literal is a field's name as well ("skills").
OF_RESOURCES = re.compile(r"(^|[._])(resource|writable|source|table)(\.name)?$")
TESTS = ("startswith", "endswith")
KIND = re.compile(r"(^|[._])(resource|writable|source)\.(style|kind)$")
KEY = re.compile(r"(^|[._])key$")
CLASS = re.compile(r"(^|[._])kind(_of\(.*\))?$")
DIALECT = re.compile(r"(Gives?|Tells?|What)\b")


@dataclass
class Figure:
    """One figure: its value, and what it consists of for ``--list``."""

    name: str
    value: float
    items: list[str] = field(default_factory=list)

    @property
    def limit(self) -> int | None:
        return LIMITS.get(self.name)

    @property
    def broken(self) -> bool:
        return self.limit is not None and self.value > self.limit


# -- the source


@cache
def sources(folder: Path = PACKAGE) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# -- sizes


def sizes() -> list[Figure]:
    lines: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for path, text in sources().items():
        inside = path.relative_to(PACKAGE).parts
        room = inside[0] if len(inside) > 1 else "(top)"
        lines[room] += text.count("\n")
        files[room] += 1
    rooms = [f"{room:12} {files[room]:4} files {lines[room]:7,} lines" for room in sorted(lines)]
    return [
        Figure("files of the package", files.total()),
        Figure("lines of the package", lines.total(), rooms),
        Figure("files of push", files["push"]),
        Figure("lines of push", lines["push"]),
    ]


# -- complexity


def complexity() -> list[Figure]:
    from radon.complexity import cc_visit
    from radon.visitors import Function

    found = [
        (block.complexity, block.fullname, place(path, block.lineno))
        for path, text in sources().items()
        for block in cc_visit(text)
        if isinstance(block, Function)
    ]
    over = sorted((one for one in found if one[0] > COMPLEX), reverse=True)
    items = [f"{count:3} {name} ({where})" for count, name, where in over]
    share = round(100 * len(over) / len(found), 2)
    return [
        Figure("functions", len(found)),
        Figure("functions of complexity over 10", len(over)),
        Figure("functions of complexity over 10, percent", share, items),
    ]


# -- imports


def imported(path: Path, modules: set[str]) -> set[str]:
    """Every module of the package that a module imports, at any place and by any means."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = imported_from(node, path)
            inner = {f"{start}.{alias.name}" for alias in node.names}
            found |= inner | ({start} if inner - modules else set())
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} if "." in node.value else set()
    return (found & modules) - {module_name(path)}


def imported_from(node: ast.ImportFrom, path: Path) -> str:
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).parts[: -node.level]
    return ".".join([*package, *filter(None, [node.module])])


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for module in graph[ahead.pop()] - found:
            found.add(module)
            ahead.append(module)
    return found


def knots() -> list[Figure]:
    modules = {module_name(path) for path in sources()}
    graph = {module_name(path): imported(path, modules) for path in sources()}
    ahead = {module: reached(module, graph) for module in modules}
    groups = {
        frozenset(other for other in ahead[module] if module in ahead[other])
        for module in modules
        if module in ahead[module]
    }
    items = [f"{len(group):3} {', '.join(sorted(group))}" for group in groups]
    return [
        Figure("import knots", len(groups)),
        Figure("modules in import knots", sum(map(len, groups)), sorted(items, reverse=True)),
    ]


# -- frames


_above = threading.local()


def own_frames(frame: FrameType | None) -> list[str]:
    """The functions of the package on the stack, from the innermost, threads joined."""
    found = []
    while frame is not None:
        name, code = frame.f_globals.get("__name__", ""), frame.f_code
        if name.split(".")[0] == "runn_pandas" and not code.co_name.endswith("comp>"):
            found.append(f"{name}:{code.co_qualname}")
        frame = frame.f_back
    return found + getattr(_above, "frames", [])


def below(frames: list[str], call: Callable[..., Any]) -> Callable[..., Any]:
    """The call as made below some frames, in whichever thread."""

    def called(*args: Any, **options: Any) -> Any:
        before = getattr(_above, "frames", [])
        _above.frames = frames
        try:
            return call(*args, **options)
        finally:
            _above.frames = before

    return called


@contextmanager
def spy() -> Iterator[list[tuple[str, list[str]]]]:
    """Note the frames above the demo's adapter, for each request with its method."""
    from runn_pandas.demo.adapter import DemoAdapter

    noted: list[tuple[str, list[str]]] = []
    send, submit, start = DemoAdapter.send, ThreadPoolExecutor.submit, threading.Thread.start

    def noting(self: Any, request: Any, *args: Any, **options: Any) -> Any:
        noted.append((request.method, own_frames(sys._getframe(1))))
        return send(self, request, *args, **options)

    def submitting(self: Any, task: Any, /, *args: Any, **options: Any) -> Any:
        return submit(self, below(own_frames(sys._getframe(1)), task), *args, **options)

    def starting(self: threading.Thread) -> None:
        # A pool's threads are told by `submit` what they are below of.
        if not getattr(self, "_name", "").startswith("ThreadPoolExecutor"):
            self.run = below(own_frames(sys._getframe(1)), self.run)
        start(self)

    with (
        patch.object(DemoAdapter, "send", noting),
        patch.object(ThreadPoolExecutor, "submit", submitting),
        patch.object(threading.Thread, "start", starting),
    ):
        yield noted


def deepest(noted: list[tuple[str, list[str]]], method: str) -> list[str]:
    return max((frames for verb, frames in noted if verb == method), key=len)


def frames() -> list[Figure]:
    import runn_pandas as rp

    with spy() as noted, rp.use(rp.connect("demo")):
        people = rp.read_runn("people", max_age=0)
        one = deepest(noted, "GET")
        noted.clear()
        rp.read_runn("actuals", max_age=0)
        long = deepest(noted, "GET")
        people.loc[0, "lastName"] = "Nightingale"
        people.runn.push(progress=False)
        cell = deepest(noted, "PATCH")
    return [
        Figure("frames above the adapter, one list", len(one), one),
        Figure("frames above the adapter, a list of many pages", len(long), long),
        Figure("frames above the adapter, one changed cell", len(cell), cell),
    ]


# -- branches


@cache
def resource_names() -> frozenset[str]:
    from runn_pandas.catalog import load
    from runn_pandas.catalog.writes import writables

    return frozenset({*load().resources, *writables()})


@cache
def field_names() -> frozenset[str]:
    from runn_pandas.catalog import load

    return frozenset(one.name for resource in load().resources.values() for one in resource.fields)


@cache
def kinds() -> frozenset[str]:
    from runn_pandas.catalog.writes import writables

    all_of_them = writables().values()
    return frozenset(
        value
        for attribute in ("style", "kind")
        for one in all_of_them
        if isinstance(value := getattr(one, attribute, None), str)
    )


@cache
def constants(path: Path) -> dict[str, ast.expr]:
    """What the names hold that a module assigns at its top."""
    return {
        target.id: node.value
        for node in tree(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def texts(node: ast.AST, path: Path) -> set[str]:
    """The string literals of an expression or a pattern; of a dict's, those of its keys."""
    if isinstance(node, ast.Name):
        node = constants(path).get(node.id, node)
    parts = node.keys if isinstance(node, ast.Dict) else [node]
    inside = [inner for part in filter(None, parts) for inner in ast.walk(part)]
    values = [getattr(inner, "value", None) for inner in inside]
    return {value for value in values if isinstance(value, str)}


def compared(node: ast.AST) -> Iterator[tuple[ast.expr, ast.AST]]:
    """Every pair of sides that are compared, either way round."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for one, other in pairwise(sides):
            yield one, other
            yield other, one
    elif isinstance(node, ast.Match):
        for case in node.cases:
            yield node.subject, case.pattern
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from ((node.func.value, given) for given in node.args if node.func.attr in TESTS)


def asks_key(node: ast.AST) -> bool:
    """Whether the shape of a key is asked: its length, its fields, or what is in it."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    names = [ast.unparse(side) for side in sides]
    if any(name.startswith("len(") and KEY.search(name[4:-1]) for name in names):
        return True
    if isinstance(node.ops[0], ast.In | ast.NotIn):
        return bool(KEY.search(names[1])) and isinstance(getattr(node.left, "value", None), str)
    return any(map(KEY.search, names)) and any(isinstance(side, ast.Tuple) for side in sides)


def asks_resource(subject: ast.expr, other: ast.AST, path: Path) -> bool:
    """Whether a comparison tells resources or kinds of records apart."""
    what, said = ast.unparse(subject), texts(other, path)
    if KIND.search(what) and said & kinds():
        return True
    named = said & resource_names()
    if isinstance(other, ast.Name) and 2 * len(named) <= len(said):
        return False  # a list of other things
    word = OF_RESOURCES if named <= field_names() else RESOURCE_WORDS
    return any("/" in name for name in named) or bool(named and word.search(what))


def asks_class(node: ast.AST) -> bool:
    """Whether it is asked of which class a kind of record is."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"):
        return False
    return bool(CLASS.search(ast.unparse(node.args[0])))


def branches() -> list[Figure]:
    items = []
    for path in sources():
        if path.relative_to(PACKAGE).as_posix().startswith(MAY_BRANCH):
            continue
        for node in ast.walk(tree(path)):
            asks = asks_key(node) or asks_class(node)
            if asks or any(asks_resource(*pair, path) for pair in compared(node)):
                items.append(f"{place(path, node.lineno)}: {ast.unparse(node):.100}")
    name = "branches on a resource outside catalog/ and push/kinds/"
    return [Figure(name, len(items), items)]


# -- names and words


def bound(path: Path) -> Iterator[tuple[str, int]]:
    """The functions at a module's top; of a package, what it imports from its inside as well."""
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and path.name == "__init__.py":
            start = imported_from(node, path)
            yield from (
                (alias.name, node.lineno) for alias in node.names if start.endswith(alias.name)
            )


def shared_names() -> list[Figure]:
    items = []
    for path in sources():
        package = path.parent.name if path.name == "__init__.py" else ""
        for name, line in bound(path):
            inner = package and (
                (path.parent / name).is_dir() or (path.parent / f"{name}.py").exists()
            )
            if name == module_name(path).rpartition(".")[2] or inner:
                items.append(f"{place(path, line)}: {name}")
    return [Figure("functions that share their name with their module", len(items), items)]


def dialect() -> list[Figure]:
    items = []
    for path in sources():
        for function in functions(path):
            first = (ast.get_docstring(function) or "").partition("\n")[0]
            if DIALECT.match(first):
                items.append(f"{place(path, function.lineno)}: {first:.80}")
    return [Figure("docstrings that give, tell or what instead of return", len(items), items)]


def test_imports() -> list[Figure]:
    tests = ROOT / "tests"
    modules = {module_name(path) for path in sources(tests)}
    items = []
    for path in sources(tests):
        for module in sorted(imported(path, modules)):
            if module.rpartition(".")[2].startswith("test_"):
                items.append(f"{path.relative_to(ROOT)}: {module}")
    return [Figure("imports of a test module by another", len(items), items)]


MEASURES = (sizes, complexity, knots, frames, branches, shared_names, dialect, test_imports)


BEGIN, END = "<!-- modules: python -m tests.house --map -->\n", "<!-- /modules -->"


def module_map() -> str:
    """Every module with the first line of its docstring, as the architecture page has it."""
    lines = ["| module | what is in it |", "|---|---|"]
    for path in sources():
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
        lines.append(f"| `{path.relative_to(PACKAGE)}` | {first} |")
    return "\n".join(lines) + "\n"


def write_map() -> int:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    ARCHITECTURE.write_text(before + BEGIN + module_map() + END + after, encoding="utf-8")
    return 0


def shown(figure: Figure, whole: bool) -> str:
    limit = "" if figure.limit is None else f"  (at most {figure.limit:,})"
    mark = "  <-- over" if figure.broken else ""
    lines = [f"{figure.value:>8,}  {figure.name}{limit}{mark}"]
    if whole or figure.name == "lines of the package":
        lines += [f"            {item}" for item in figure.items]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.house", description="The figures.")
    parser.add_argument("--list", action="store_true", help="what each figure consists of")
    parser.add_argument("--figures-only", action="store_true", help="do not judge")
    parser.add_argument("--map", action="store_true", help="only write docs/architecture.md's map")
    given = parser.parse_args(arguments)
    if given.map:
        return write_map()
    figures = [figure for measure in MEASURES for figure in measure()]
    if given.figures_only:
        LIMITS.clear()
    print("\n".join(shown(figure, given.list) for figure in figures))
    return int(any(figure.broken for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
