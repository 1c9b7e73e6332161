"""The pictures of docs/charts.md: ``python -m tests.analysis.charts [words of a heading]``.

Each is drawn on the demo account and written to ``screenshots/charts/`` twice: on white, and on the
black of a dark notebook. Those that the page shows are written anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from runn_pandas.analysis.plotting.style import TEXT
from tests.support.pages import draw, examples
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "charts.md"
FOLDER = ROOT / "screenshots" / "charts"
GROUNDS = {"light": ("#FFFFFF", TEXT), "dark": ("#111111", "#E0E0E0")}  # and what is written on it


class Drawn(NamedTuple):
    """A chart of the page: a name for it, and the picture that stands below its call."""

    name: str
    chart: Any
    picture: Path | None


def charts() -> Iterator[Drawn]:
    """Each chart of the page, with a name of its heading and its number below it."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    count: Counter[str] = Counter()
    for ran in examples(PAGE):
        heads = [line[3:] for line in lines[: ran.block.line] if line.startswith("## ")]
        if chart := ran.names.pop("chart", None):
            heading = re.sub(r"\W+", "-", heads[-1].lower())
            count[heading] += 1
            yield Drawn(f"{heading}-{count[heading]}", chart, ran.picture)


def write(name: str, chart: Any, folder: Path) -> None:
    """Write a chart as a picture on each ground, at twice the size of a screen's pixels."""
    import vl_convert

    for ground, (colour, ink) in GROUNDS.items():
        spec = json.dumps(chart.to_dict() | {"background": colour, "padding": 20})
        png = vl_convert.vegalite_to_png(spec.replace(TEXT, ink), scale=2)
        (folder / f"{name}-{ground}.png").write_bytes(png)


def main(words: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, chart, picture in charts():
        if all(word.lower() in name for word in words):
            write(name, chart, FOLDER)
            if picture is not None:
                draw(chart, picture)
            print(FOLDER / name)


if __name__ == "__main__":
    main(sys.argv[1:])
