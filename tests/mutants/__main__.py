"""Draw small changes of the code at random and run the tests on each.

    python -m tests.mutants --seed 1 --count 200
    python -m tests.mutants --seed 2 --count 40 --package push --package transport

The changes are drawn in equal shares over the packages, and the same seed draws the same ones from
the same code. Each is made in a copy of the tree, and the tests of the gate that touch the changed
line are run there, the fastest first and until the first fails. A run that takes far too long
counts as caught. What no
test caught is printed with its file and line; `known.toml` has those that change nothing that
matters, each with its reason. The results are kept in `.mutants/`, and a run that was ended goes on
where it was. After tests were added, the same command judges only what survived.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.mutants import plugin
from tests.mutants.changes import Change, package_of, sample
from tests.mutants.judge import CANNOT
from tests.mutants.touched import Touched, environment, learn, pytest_command

ROOT = Path(__file__).resolve().parents[2]
KNOWN = Path(__file__).with_name("known.toml")
LEFT_BEHIND = (".git", ".mutants", "screenshots", "dist", "build", "__pycache__", ".hypothesis")
# What pytest ends with when it found nothing to run or was called wrongly.
NOTHING_RUN = (4, 5)

UNSURE = 1.0  # seconds

Result = dict[str, Any]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--seed", type=int, default=1)
    add("--count", type=int, default=200)
    add("--package", action="append", default=[], help="draw from this package only; repeatable")
    add("--workers", type=int, default=2, help="processes at a time (2)")
    add("--timeout", type=float, default=60.0, help="seconds over three times of the usual (60)")
    add("--slow", nargs="*", default=[], metavar="FILE", help="slow tests of these files as well")
    add("--tests", nargs="*", default=[], metavar="PATH", help="judge by these fast tests alone")
    add("--most", type=float, default=90.0, help="seconds of tests on a change, as learned (90)")
    add("--whole", action="store_true", help="run the whole fast suite on each that survives")
    add("--list", action="store_true", help="print the changes that are drawn, and run nothing")
    add("--out", type=Path, default=ROOT / ".mutants", help="where results are kept (.mutants)")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    drawn = sample(ROOT, options.seed, options.count, options.package)
    if options.list:
        print("\n".join(shown(asdict(change)) for change in drawn))
        return 0
    options.out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trees = [Path(folder) / f"tree-{n}" / "tree" for n in range(options.workers)]
        copy(ROOT, trees[0])
        beside = ROOT.parent / "shared"
        for tree in trees:
            # Some tests read the API's OpenAPI file beside the repository, where there is one.
            tree.parent.mkdir(exist_ok=True)
            (tree.parent / "shared").symlink_to(beside)
        code, tests = fingerprint("runn_pandas"), fingerprint("runn_pandas", "tests")
        file = options.out / "touched.json"
        touched = learn(trees[0], file, tests, options.workers, options.tests, options.slow)
        if touched.left_out:
            print("fail without a change, so judge none:", *touched.left_out, sep="\n  ")
        for tree in trees[1:]:
            shutil.copytree(trees[0], tree)  # with what was compiled
        name = f"seed-{options.seed}{''.join(f'-{p}' for p in sorted(options.package))}.json"
        runner = Runner(
            options, [Tree(tree) for tree in trees], touched, options.out / name, code, tests
        )
        runner.run(drawn)
    return report([runner.results[change.key] for change in drawn])


def copy(root: Path, to: Path) -> None:
    def left_behind(folder: str, names: list[str]) -> list[str]:
        return [n for n in names if n in LEFT_BEHIND or n.startswith(".venv") or n[-6:] == "_cache"]

    shutil.copytree(root, to, ignore=left_behind, symlinks=True)


def fingerprint(*folders: str) -> str:
    """Return what changes with any source file of these folders, the known ones aside."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "mutants" not in path.parts:
                found.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:16]


class Runner:
    """Judges changes, several at a time, each in a tree that is its own meanwhile."""

    def __init__(
        self,
        options: argparse.Namespace,
        trees: list[Tree],
        touched: Touched,
        file: Path,
        code: str,
        tests: str,
    ) -> None:
        self.options, self.touched, self.file = options, touched, file
        self.code, self.tests = code, tests
        self.free: SimpleQueue[Tree] = SimpleQueue()
        for tree in trees:
            self.free.put(tree)
        self.lock = threading.Lock()
        self.results: dict[str, Result] = {}
        if file.exists():
            noted = json.loads(file.read_text())
            if noted["code"] == code:
                self.results = noted["results"]

    def run(self, drawn: list[Change]) -> None:
        todo = [change for change in drawn if not self.is_judged(change)]
        print(f"{len(drawn)} changes, {len(drawn) - len(todo)} judged before", flush=True)
        done = 0
        pool = ThreadPoolExecutor(self.options.workers)
        try:
            for result in pool.map(self.judged, todo):
                done += 1
                print(f"{done}/{len(todo)} {shown(result)}", flush=True)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            while not self.free.empty():
                self.free.get().stop()

    def is_judged(self, change: Change) -> bool:
        """Whether this was caught, or survived the tests that there are now."""
        result = self.results.get(change.key)
        return result is not None and (
            result["verdict"] in ("caught", "timeout")
            or (result["tests"] == self.tests and result["whole"] >= self.options.whole)
        )

    def judged(self, change: Change) -> Result:
        tree = self.free.get()
        began = time.monotonic()
        try:
            verdict, by, ran = self.verdict(change, tree)
        finally:
            self.free.put(tree)
        result: Result = {
            **asdict(change),
            "verdict": verdict,
            "by": by,
            "ran": ran,
            "seconds": round(time.monotonic() - began, 1),
            "tests": self.tests,
            "whole": self.options.whole,
        }
        with self.lock:
            self.results[change.key] = result
            kept = self.file.with_suffix(".part")
            kept.write_text(json.dumps({"code": self.code, "results": self.results}, indent=1))
            kept.replace(self.file)
        return result

    def verdict(self, change: Change, tree: Tree) -> tuple[str, str, int]:
        """Return what became of a change, the test that caught it, and how many tests ran."""
        names, shared, imported = self.touched.of(change)
        chosen = self.within(names)
        if shared:
            near = [name for name in self.touched.seconds if self.touched.is_near(name, change)]
            rest = self.touched.ordered(set(near) - set(names), change)
            chosen += self.within(rest)
        if self.options.whole:
            rest = self.touched.ordered(set(self.touched.seconds) - set(chosen), change)
            chosen += rest
        if not chosen:
            return "not covered", "", 0
        # What was run when the tests were imported, and is not run again, takes a fresh process.
        for fresh in (False, True) if imported else (False,):
            left = chosen
            while left:
                verdict, by = tree.tested(left, change, self.limit(left), fresh)
                if verdict == "survived":
                    break
                failed = next((name for name in left if by == name), "")
                if not self.is_unsure(verdict, failed, left, tree):
                    return verdict, by, len(chosen) - len(left) + 1
                left = left[left.index(failed) + 1 :] if failed else []
        return "survived", "", len(chosen)

    def within(self, names: list[str]) -> list[str]:
        """Return as many tests as their seconds allow, in their order."""
        ends = accumulate(self.touched.seconds[name] for name in names)
        return [
            name for name, end in zip(names, ends, strict=True) if end <= self.options.most
        ] or names[:1]

    def limit(self, names: list[str]) -> float:
        return float(self.options.timeout + 3 * sum(self.touched.seconds[name] for name in names))

    def is_unsure(self, verdict: str, name: str, names: list[str], tree: Tree) -> bool:
        """Whether a test fails without the change too: one that takes its time may look at it."""
        if verdict == "caught" and self.touched.seconds.get(name, 0) < UNSURE:
            return False
        some = [name] if name else names
        return tree.tested(some, None, self.limit(some), False)[0] != "survived"


class Tree:
    """A copy of the repository to change, and a judge that has collected its tests."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.judge: subprocess.Popen[str] | None = None

    def start(self) -> None:
        asked, ask = os.pipe()
        told, tell = os.pipe()
        self.judge = subprocess.Popen(
            pytest_command("-n0", "-m", ""),
            cwd=self.root,
            env=environment(
                self.root, PYTHONDONTWRITEBYTECODE="1", **{plugin.ASKED: f"{asked},{tell}"}
            ),
            stdin=subprocess.DEVNULL,
            stdout=(self.root.parent / "judge.txt").open("w"),
            stderr=subprocess.STDOUT,
            pass_fds=(asked, tell),
        )
        os.close(asked)
        os.close(tell)
        self.ask, self.told = os.fdopen(ask, "w"), os.fdopen(told)
        self.heard()

    def heard(self) -> tuple[str, str]:
        line = self.told.readline()
        if not line:
            said = (self.root.parent / "judge.txt").read_text(errors="replace")
            raise RuntimeError(f"the judge ended:\n{said[-2000:]}")
        verdict, by = json.loads(line)
        return verdict, by

    def stop(self) -> None:
        if self.judge is not None:
            self.ask.close()
            self.judge.wait()

    def tested(
        self, names: list[str], change: Change | None, limit: float, fresh: bool
    ) -> tuple[str, str]:
        """Run some tests with or without a change, until the first fails."""
        if self.judge is None:
            self.start()
        if change is None:
            return self.asked(names, None, limit)
        path = self.root / change.file
        source, times = path.read_bytes(), path.stat()
        path.write_bytes(change.applied(source))
        try:
            verdict, by = "", ""
            if not fresh:
                where = {"path": str(path), "line": change.line, "source": source.decode()}
                verdict, by = self.asked(names, where, limit)
            return self.ran(names, limit) if fresh or verdict == CANNOT else (verdict, by)
        finally:
            path.write_bytes(source)
            # What was compiled of it holds again.
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def asked(
        self, names: list[str], change: dict[str, Any] | None, limit: float
    ) -> tuple[str, str]:
        print(json.dumps({"names": names, "change": change, "limit": limit}), file=self.ask)
        self.ask.flush()
        return self.heard()

    def ran(self, names: list[str], limit: float) -> tuple[str, str]:
        """Run some tests in a fresh process."""
        chosen = self.root.parent / "chosen.json"
        chosen.write_text(json.dumps(names))
        files = list(dict.fromkeys(name.split("::")[0] for name in names))
        said = self.root.parent / "said.txt"
        with said.open("w") as out:
            process = subprocess.Popen(
                pytest_command("-n0", "-x", "-m", "", "-rfE", "--tb=no", *files),
                cwd=self.root,
                env=environment(
                    self.root, PYTHONDONTWRITEBYTECODE="1", **{plugin.CHOSEN: str(chosen)}
                ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(limit)
            except subprocess.TimeoutExpired:
                return "timeout", ""
            finally:
                end(process)
        if code == 0:
            return "survived", ""
        text = said.read_text(errors="replace")
        if code in NOTHING_RUN and "rror" not in text:
            raise RuntimeError(f"pytest ran nothing ({code}):\n{text[-2000:]}")
        lines = [one for one in text.splitlines() if one.startswith(("FAILED ", "ERROR "))]
        said_of = [one.partition(" ")[2] for one in lines]
        # A name may have blanks in it: of two that fit, the longer one.
        fits = [name for name in names for one in said_of if f"{one} ".startswith(f"{name} ")]
        return "caught", max(fits, key=len, default=(said_of or [text[-200:]])[0])


def end(process: subprocess.Popen[Any]) -> None:
    """End what a test run left running: its own group of processes and no other."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def known_reasons() -> dict[tuple[str, str, str, str], str]:
    """Return the reasons of the changes that are known to change nothing that matters."""
    listed = tomllib.loads(KNOWN.read_text(encoding="utf-8")).get("known", [])
    return {
        (one["file"], one["function"], one["before"], one["after"]): one["reason"] for one in listed
    }


def shown(result: Result) -> str:
    head = f"{result['file']}:{result['line']} {result['function']}: {result['kind']}"
    verdict = result.get("verdict", "")
    if verdict in ("caught", "timeout"):
        return f"{verdict} ({result['seconds']} s) {head} [{result['by'][:90]}]"
    before = "\n      ".join(result["before"].splitlines())
    after = "\n      ".join(result["after"].splitlines())
    return f"{verdict.upper()} {head}\n    - {before}\n    + {after}".lstrip()


def report(results: list[Result]) -> int:
    reasons = known_reasons()
    left, known = [], []
    for result in results:
        if result["verdict"] in ("caught", "timeout"):
            continue
        names = ("file", "function", "before", "after")
        reason = reasons.get(tuple(result[name] for name in names))  # type: ignore[arg-type]
        (known if reason else left).append((result, reason))
    caught = len(results) - len(left) - len(known)
    print(f"\n{len(known)} survived and change nothing that matters:" if known else "")
    for result, reason in known:
        print(f"{shown(result)}\n    ({reason})")
    print(f"\n{len(left)} survived:" if left else "\nnone survived")
    for result, _ in left:
        print(shown(result))
    counted = Counter(package_of(result["file"]) for result in results)
    missed = Counter(package_of(result["file"]) for result, _ in left)
    print("\npackage: changes, survivors")
    for name in sorted(counted):
        print(f"  {name}: {counted[name]}, {missed[name]}")
    matter = caught + len(left)
    share = 100 * caught / matter if matter else 100.0
    print(f"\n{caught} of the {matter} changes that matter were caught: {share:.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
