"""Build the site: ``python -m docs.build``, without a network, each warning an error."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from docs._generate.staging import ROOT, only, stage

OUT = ROOT / "docs" / "_build"


def build(out: Path, *, fresh: bool = False, jobs: int = 2) -> int:
    """Build the site into ``out/html`` and return the exit code of Sphinx."""
    from sphinx.cmd.build import main as sphinx

    if fresh:
        shutil.rmtree(out, ignore_errors=True)
    source = out / "source"
    places = stage(source)
    only(source, set(places))
    options = ["-W", "--keep-going", "-n", "-q", f"-j{jobs}", "-c", str(ROOT / "docs")]
    return sphinx([*options, "-d", str(out / "doctrees"), str(source), str(out / "html")])


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m docs.build", description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=OUT, help="where; docs/_build")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier build")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    code = build(given.out, fresh=given.fresh)
    pages = len(list((given.out / "html").rglob("*.html")))
    print(f"{pages} pages in {time.monotonic() - began:.0f} s: {given.out / 'html' / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
