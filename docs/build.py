"""Build the site: ``python -m docs.build``, without a network, each warning an error."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import NamedTuple

from docs._generate import api, errors, resources
from docs._generate.links import broken, read
from docs._generate.staging import ROOT, blocks, only, stage, write
from docs._generate.words import indexed

OUT = ROOT / "docs" / "_build"
SAID = "build.txt"


class Generated(NamedTuple):
    """The pages that are made from the code, and how many examples ran for them."""

    pages: dict[str, str]
    examples: int


def generated() -> Generated:
    """Make the pages that are made from the code."""
    made = {**api.pages(), **errors.pages()}
    ran = 0
    for place, page in resources.pages().items():
        made[place] = page.text
        ran += page.examples
    return Generated(made, ran)


def build(out: Path, made: Generated) -> int:
    """Build the site into ``out/html`` and return the exit code of Sphinx."""
    from sphinx.cmd.build import main as sphinx

    source = out / "source"
    for place, text in made.pages.items():
        write(source / place, indexed(text, place).encode())
    only(source, {*stage(source), *made.pages})
    options = ["-W", "--keep-going", "-n", "-q", "-c", str(ROOT / "docs")]
    return sphinx([*options, "-d", str(out / "doctrees"), str(source), str(out / "html")])


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m docs.build", description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=OUT, help="where; docs/_build")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier build")
    given = parser.parse_args(arguments)
    out = given.out.resolve()
    if given.fresh:
        shutil.rmtree(out, ignore_errors=True)
    began = time.monotonic()
    made = generated()
    code = build(out, made)
    wrong = broken(out / "html") if not code else []
    for line in wrong:
        print(f"leads nowhere: {line}", file=sys.stderr)
    said = (
        f"{len(read(out / 'html'))} pages, {made.examples} examples of resources ran,"
        f" {len(wrong)} broken links, {time.monotonic() - began:.0f} s: {out / 'html'}\n"
        f"Run by the tests: {blocks()} examples of written pages, {api.examples()} of functions and"
        " classes, and the notebooks."
    )
    print(said)
    # Kept beside the site, for who looks at it later.
    (out / SAID).write_text(said + "\n", encoding="utf-8")
    return code or int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
