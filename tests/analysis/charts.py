"""The pictures of docs/charts.md: ``python -m tests.analysis.charts [words of a heading]``.

Each is drawn on the demo account and written to ``screenshots/charts/`` twice: on white, and on the
black of a dark notebook.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.places import ROOT

PAGE = ROOT / "docs" / "charts.md"
FOLDER = ROOT / "screenshots" / "charts"
GROUNDS = {"light": "#FFFFFF", "dark": "#111111"}
BLOCK = re.compile(r"^## (.*?)$|^```python\n(.*?)^```", re.M | re.S)


def charts() -> Iterator[tuple[str, Any]]:
    """Each chart of the page, with a name of its heading and its number below it."""
    space: dict[str, Any] = {}
    heading, number = "", 0
    for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if found[1]:
            heading, number = re.sub(r"\W+", "-", found[1].lower()), 0
            continue
        space.pop("chart", None)
        exec(compile(found[2], str(PAGE), "exec"), space)
        if "chart" in space:
            number += 1
            yield f"{heading}-{number}", space["chart"]


def write(name: str, chart: Any, folder: Path) -> None:
    """Write a chart as a picture on each ground, at twice the size of a screen's pixels."""
    import vl_convert

    for ground, colour in GROUNDS.items():
        spec = chart.to_dict() | {"background": colour, "padding": 20}
        png = vl_convert.vegalite_to_png(json.dumps(spec), scale=2)
        (folder / f"{name}-{ground}.png").write_bytes(png)


def main(words: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, chart in charts():
        if all(word.lower() in name for word in words):
            write(name, chart, FOLDER)
            print(FOLDER / name)


if __name__ == "__main__":
    main(sys.argv[1:])
