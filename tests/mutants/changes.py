"""The small changes that a source file allows: a flipped comparison, a dropped argument, ..."""

from __future__ import annotations

import ast
import random
import re
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

COMPARISONS = {
    ast.Lt: ("<", ["<=", ">"]),
    ast.LtE: ("<=", ["<", ">="]),
    ast.Gt: (">", [">=", "<"]),
    ast.GtE: (">=", [">", "<="]),
    ast.Eq: ("==", ["!="]),
    ast.NotEq: ("!=", ["=="]),
    ast.Is: ("is", ["is not"]),
    ast.IsNot: ("is not", ["is"]),
    ast.In: ("in", ["not in"]),
    ast.NotIn: ("not in", ["in"]),
}
ARITHMETIC = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}
# A call of one of these with one argument may be replaced by its argument.
WRAPPERS = {
    "abs",
    "bool",
    "dict",
    "float",
    "int",
    "list",
    "reversed",
    "set",
    "sorted",
    "str",
    "tuple",
}
# What is said to people is judged by people.
SPEECH = {"warn", "debug", "info", "warning", "print"}
NOT_CHANGED = (ast.Assert, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.JoinedStr)
BRACKETED = (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr)


@dataclass(frozen=True)
class Change:
    """One replacement of a few bytes in one file."""

    file: str  # below the root, with slashes
    function: str
    kind: str
    line: int
    statement: int  # the first line of the statement it stands in
    start: int
    end: int
    text: str
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        """Return the file with the change in it."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    @property
    def key(self) -> str:
        """What tells the change from any other, as long as its file is as it is."""
        return f"{self.file}:{self.start}-{self.end}:{self.kind}:{self.text}"


class Finder(ast.NodeVisitor):
    """The changes of one file, of function bodies only."""

    def __init__(self, source: bytes, file: str) -> None:
        self.source, self.file = source, file
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.names: list[str] = []
        self.depth = 0  # how many functions we are in
        self.speech = 0
        self.statement: ast.stmt | None = None
        self.found: list[Change] = []

    # Positions and replacements

    def begin(self, node: ast.AST) -> int:
        return self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        return self.source[self.begin(node) : self.end(node)].decode()

    def add(self, kind: str, start: int, end: int, text: str) -> None:
        if not self.depth or self.statement is None:
            return
        first = self.source.count(b"\n", 0, start)
        last = self.source.count(b"\n", 0, end)
        head, tail = self.starts[first], self.starts[last + 1]
        before = self.source[head:tail].decode()
        after = (self.source[head:start] + text.encode() + self.source[end:tail]).decode()
        self.found.append(
            Change(
                file=self.file,
                function=".".join(self.names),
                kind=kind,
                line=first + 1,
                statement=self.statement.lineno,
                start=start,
                end=end,
                text=text,
                before=before.strip(),
                after=after.strip(),
            )
        )

    def replace(self, kind: str, node: ast.AST, text: str) -> None:
        self.add(kind, self.begin(node), self.end(node), text)

    def operator(self, kind: str, left: ast.AST, right: ast.AST, old: str, new: str) -> None:
        """Replace the operator between two operands, which the tree has no place of."""
        start, end = self.end(left), self.begin(right)
        pattern = re.escape(old).replace(r"\ ", r"\s+")
        if old[0].isalpha():
            pattern = rf"\b{pattern}\b"
        found = re.search(pattern.encode(), self.source[start:end])
        if found:
            self.add(kind, start + found.start(), start + found.end(), new)

    # Where to look

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, NOT_CHANGED):
            return
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        outer, self.statement = self.statement, node
        super().visit(node)
        self.statement = outer

    def visit_Module(self, node: ast.Module) -> None:
        for one in node.body:
            self.visit(one)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names.append(node.name)
        for one in node.body:
            if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                self.visit(one)
        self.names.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.names.append(node.name)
        self.depth += 1
        for one in node.body[bool(ast.get_docstring(node, clean=False)) :]:
            self.visit(one)
        self.depth -= 1
        self.names.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.body)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    # Statements

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Constant):
            self.replace("statement deleted", node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        # Without its first binding a name is an error at once, which says nothing of the tests.
        if all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            self.replace("statement deleted", node, "pass")
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.replace("statement deleted", node, "pass")
        old, new = ARITHMETIC.get(type(node.op), ("", ""))
        if old:
            self.operator("arithmetic", node.target, node.value, f"{old}=", f"{new}=")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.replace("error not raised", node, "pass")
        self.speech += 1
        self.generic_visit(node)
        self.speech -= 1

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self.replace("early return dropped", node, "pass")
            return
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.replace("None returned", node.value, "None")
        self.visit(node.value)

    def visit_Continue(self, node: ast.Continue) -> None:
        self.replace("statement deleted", node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self.replace("break to continue", node, "continue")

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self.condition(node.test)
        self.replace("check skipped", node.test, "False")
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        if not isinstance(node.test, ast.Constant):
            self.condition(node.test)
        self.generic_visit(node)

    # Expressions

    def condition(self, test: ast.expr) -> None:
        if isinstance(test, ast.UnaryOp | ast.Compare):
            return  # has a change of its own that says the same
        self.replace("negated", test, f"not ({self.text(test)})")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.condition(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self.replace("check skipped", test, "True")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self.replace("negated", node, f"({self.text(node.operand)})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.operator("and/or", left, right, old, new)
        for number in range(len(node.values)):
            # The tree has no place of the brackets around an operand.
            rest = [
                f"({self.text(one)})" if isinstance(one, BRACKETED) else self.text(one)
                for at, one in enumerate(node.values)
                if at != number
            ]
            self.replace("check skipped", node, f"({f' {old} '.join(rest)})")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for left, right, op in zip(operands, operands[1:], node.ops, strict=False):
            old, others = COMPARISONS[type(op)]
            for new in others:
                self.operator("comparison", left, right, old, new)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        old, new = ARITHMETIC.get(type(node.op), ("", ""))
        texts = [side for side in (node.left, node.right) if _is_text(side)]
        if old and not texts:
            self.operator("arithmetic", node.left, node.right, old, new)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name == "cast" and isinstance(node.func, ast.Name):
            self.visit(node.args[1])
            return
        quiet = name in SPEECH or name.endswith(("Error", "Warning"))
        self.speech += quiet
        if not self.speech:
            self._arguments(node)
        if name in WRAPPERS and len(node.args) == 1 and not node.keywords:
            self.replace("call unwrapped", node, f"({self.text(node.args[0])})")
        self.generic_visit(node)
        self.speech -= quiet

    def _arguments(self, node: ast.Call) -> None:
        """Drop one argument with a name, or the last of several without."""
        given = [*node.args, *node.keywords]
        if len(node.args) > 1 and not isinstance(node.args[-1], ast.Starred):
            self.add("argument dropped", self.end(node.args[-2]), self.end(node.args[-1]), "")
        for number, keyword in enumerate(node.keywords, len(node.args)):
            if keyword.arg is None:
                continue
            start = self.end(given[number - 1]) if number else self.begin(keyword)
            self.add("argument dropped", start, self.end(keyword), "")

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self.replace("constant", node, str(not value))
        elif isinstance(value, int | float):
            self.replace("constant", node, repr(value + 1))
            self.replace("constant", node, repr(value - 1))
        elif isinstance(value, str) and not self.speech and value and not re.search(r"\s", value):
            # A text with blanks is said to people.
            self.replace("constant", node, repr(value + "_"))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def changes_of(root: Path, file: str) -> list[Change]:
    """Return every change that a file allows, in the order of its lines."""
    source = (root / file).read_bytes()
    finder = Finder(source, file)
    finder.visit(ast.parse(source))
    return finder.found


def is_whole(change: Change, source: bytes) -> bool:
    """Whether the changed file is Python, without a warning, and another program than before."""
    changed = change.applied(source)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            compile(changed, change.file, "exec")
            return ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))
        except (SyntaxError, SyntaxWarning, DeprecationWarning):
            return False


def package_of(file: str) -> str:
    """Return the package that a file belongs to; the single modules are one of their own."""
    parts = file.split("/")
    return parts[1] if len(parts) > 2 else "modules"


def sample(root: Path, seed: int, count: int, packages: list[str]) -> list[Change]:
    """Draw changes in equal shares over the packages: a line first, and then a change of it."""
    files = sorted(path.relative_to(root).as_posix() for path in root.glob("runn_pandas/**/*.py"))
    shares: dict[str, list[str]] = defaultdict(list)
    for file in files:
        shares[package_of(file)].append(file)
    unknown = set(packages) - set(shares)
    if unknown:
        raise SystemExit(f"no package {sorted(unknown)}; there are {sorted(shares)}")
    names = sorted(packages or shares)
    drawn: list[Change] = []
    for number, name in enumerate(names):
        share = count // len(names) + (number < count % len(names))
        drawn += _drawn(root, shares[name], share, random.Random(f"{seed} {name}"))
    return drawn


def _drawn(root: Path, files: list[str], count: int, chance: random.Random) -> list[Change]:
    lines: dict[tuple[str, int], list[Change]] = defaultdict(list)
    for file in files:
        for change in changes_of(root, file):
            lines[change.file, change.line].append(change)
    order = list(lines)
    chance.shuffle(order)
    drawn: list[Change] = []
    for place in order:
        if len(drawn) == count:
            break
        source = (root / place[0]).read_bytes()
        some = lines[place]
        chance.shuffle(some)
        first = next((one for one in some if is_whole(one, source)), None)
        if first is not None:
            drawn.append(first)
    return drawn
