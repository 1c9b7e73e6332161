"""Which tests touch a line, learned once from a run of the fast suite with coverage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants import plugin
from tests.mutants.changes import Change, package_of

# Demo companies are built once a process and copied then, so a single test seems to touch this.
BUILT_ONCE = "runn_pandas/demo/"
NOT_TAKEN = "not browser"
# In the place of a test: a fixture of several tests, and what an import runs.
OF_SEVERAL, AT_IMPORT = -2, -1


def environment(root: Path, **more: str) -> dict[str, str]:
    """Return the environment of a test run in a tree; what it leaves behind goes with the tree."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RUNN_", "PYTEST", "MUTANTS"))}
    temporary = root.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    own = {
        "PYTHONPATH": str(root),
        "PYTHONHASHSEED": "0",
        "COLUMNS": "400",
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(temporary / "cache"),
    }
    return {**kept, **own, **more}


def pytest_command(*options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.plugin"),
        *("-p", "no:cacheprovider", *options),
    ]


@dataclass
class Touched:
    """The tests with their seconds, and the tests of each line."""

    seconds: dict[str, float]
    tests: list[str]
    lines: dict[str, dict[str, list[int]]]  # file -> line -> places in tests, or one of the two
    left_out: list[str]

    def of(self, change: Change) -> tuple[list[str], bool, bool]:
        """Return the tests of a change, best first, whether there may be more, and if it is run
        when it is imported.
        """
        lines = self.lines.get(change.file, {})
        found: set[int] = set()
        for line in {change.line, change.statement}:
            found |= set(lines.get(str(line), []))
        names = {self.tests[place] for place in found if place >= 0}
        shared = bool(found) and (min(found) < 0 or change.file.startswith(BUILT_ONCE))
        return self.ordered(names & set(self.seconds), change), shared, AT_IMPORT in found

    def is_near(self, name: str, change: Change) -> bool:
        """Whether a test is one of the changed package's own."""
        file, package = name.split("::")[0], package_of(change.file)
        if package == "modules":
            return file.count("/") == 1
        return file.startswith((f"tests/{package}/", f"runn_pandas/{package}/"))

    def ordered(self, names: Iterable[str], change: Change) -> list[str]:
        """Return the tests by file: those of the changed package first, then the fastest."""
        files: dict[str, list[str]] = defaultdict(list)
        for name in names:
            files[name.split("::")[0]].append(name)

        def rank(file: str) -> tuple[bool, float]:
            first = min(self.seconds[name] for name in files[file])
            return not self.is_near(files[file][0], change), first

        return [
            name
            for file in sorted(files, key=rank)
            for name in sorted(files[file], key=lambda name: self.seconds[name])
        ]


def learn(
    root: Path, file: Path, fingerprint: str, workers: int, fast: list[str], slow: list[str]
) -> Touched:
    """Run the fast suite in a tree with coverage, or read what an earlier run noted."""
    fingerprint = " ".join([fingerprint, *fast, "slow:", *slow])
    if file.exists():
        noted = json.loads(file.read_text())
        if noted.pop("fingerprint") == fingerprint:
            return Touched(**noted)
    outcomes: dict[str, list[Any]] = {}
    lines: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    runs = [(["-m", f"not slow and {NOT_TAKEN}", *fast], "fast")]
    if slow:
        runs.append((["-m", f"slow and {NOT_TAKEN}", *slow], "slow"))
    for options, name in runs:
        folder = root.parent / f"trace-{name}"
        folder.mkdir()
        outcomes |= _traced(root, folder, workers, options)
        _gather(root, folder, lines)
    failed = [name for name, (_, outcome) in outcomes.items() if outcome == "failed"]
    again = _still_failing(root, failed) if failed else []
    seconds = {
        name: took
        for name, (took, outcome) in outcomes.items()
        if outcome != "skipped" and name not in again
    }
    tests = sorted(seconds)
    places = {name: number for number, name in enumerate(tests)} | {
        plugin.SHARED: OF_SEVERAL,
        "": AT_IMPORT,
    }
    whole = {
        path: {
            line: sorted({places.get(name, OF_SEVERAL) for name in names})
            for line, names in of.items()
        }
        for path, of in lines.items()
    }
    noted = {"seconds": seconds, "tests": tests, "lines": whole, "left_out": again}
    file.write_text(json.dumps({"fingerprint": fingerprint, **noted}))
    return Touched(**noted)


def _traced(root: Path, folder: Path, workers: int, options: list[str]) -> dict[str, list[Any]]:
    source = root / "runn_pandas"
    (folder / "coveragerc").write_text(plugin.RC.format(source=source, data=folder / "data"))
    done = subprocess.run(
        pytest_command("-n", str(workers), *options),
        cwd=root,
        env=environment(root, **{plugin.TRACE: str(folder)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    print("\n".join(done.stdout.splitlines()[-8:]), flush=True)
    if not (folder / "outcomes.json").exists():
        raise SystemExit(f"the tests did not run:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    outcomes: dict[str, list[Any]] = json.loads((folder / "outcomes.json").read_text())
    return outcomes


def _gather(root: Path, folder: Path, lines: dict[str, dict[str, set[str]]]) -> None:
    import coverage

    for path in sorted(folder.glob("data*")):
        data = coverage.CoverageData(basename=str(path))
        try:
            data.read()
        except coverage.CoverageException as error:
            print(f"not read: {path.name}: {error}")  # of a process that was killed
            continue
        for file in data.measured_files():
            own = lines[Path(file).relative_to(root).as_posix()]
            for line, contexts in data.contexts_by_lineno(file).items():
                own[str(line)] |= set(contexts)


def _still_failing(root: Path, names: list[str]) -> list[str]:
    """Return the tests that fail without coverage too: they cannot judge."""
    chosen = root.parent / "again.json"
    chosen.write_text(json.dumps(names))
    files = sorted({name.split("::")[0] for name in names})
    done = subprocess.run(
        pytest_command("-n0", "-m", "", "-rfE", *files),
        cwd=root,
        env=environment(root, **{plugin.CHOSEN: str(chosen)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    said = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    found = [name for name in names if any(f" {name} " in f"{line} " for line in said)]
    return names if done.returncode and not found else found
