"""The picture of growth in docs/explanation/limit.md, of the numbers that the last run wrote.

``python -m tests.docs.growth_chart`` draws it anew, without measuring.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from tests.benchmarks.measured import Measured, last
from tests.benchmarks.page import PICTURE, SMALL
from tests.support.pages import draw

# The package's own in blue. As in its charts: told apart by all, and read on white and on dark.
READERS = {
    "cold": ("runn_pandas, first read", "#3B8EBF", [1, 0]),
    "cached": ("runn_pandas, again", "#3B8EBF", [4, 2]),
    "plain": ("loop of requests", "#D9822B", [1, 0]),
    "dlt": ("dlt", "#A37ACC", [4, 2]),
}
LETTERS = "#808080"
TICKS = [part * 10.0**power for power in range(-3, 3) for part in (1, 2, 5)]
TITLE = "Seconds of a read, by rows of the list"


def numbers(measured: Measured) -> pd.DataFrame:
    """Seconds by rows and reader; a reader that was not measured is not there."""
    rows = [
        {"rows": one.rows, "who": name, "seconds": seconds}
        for one in measured.growth
        for key, (name, *_) in READERS.items()
        if (seconds := getattr(one, key)) is not None
    ]
    return pd.DataFrame(rows)


def chart(frame: pd.DataFrame) -> Any:
    """The numbers on two scales that grow tenfold: in proportion is a straight line there too."""
    there = [value for value in READERS.values() if value[0] in set(frame["who"])]
    names, colours, dashes = map(list, zip(*there, strict=True))
    tenfold = alt.Scale(type="log", nice=False, padding=12)
    sizes = sorted(int(rows) for rows in frame["rows"].unique())
    legend = alt.Legend(symbolType="stroke", symbolSize=400, symbolStrokeWidth=2.5)
    drawn = alt.Chart(
        frame,
        title=alt.Title(TITLE, subtitle=f"{SMALL * 1000:.0f} ms a request, no limit"),
        width=560,
        height=280,
    )
    drawn = drawn.mark_line(
        point=alt.OverlayMarkDef(size=60, strokeDash=[1, 0]), strokeWidth=2.5
    ).encode(
        x=alt.X("rows:Q", scale=tenfold, axis=alt.Axis(values=sizes, format=",d"), title="Rows"),
        y=alt.Y(
            "seconds:Q", scale=tenfold, axis=alt.Axis(values=TICKS, format="~g"), title="Seconds"
        ),
        color=alt.Color(
            "who:N",
            scale=alt.Scale(domain=names, range=colours),
            title=None,
            sort=names,
            legend=legend,
        ),
        strokeDash=alt.StrokeDash(
            "who:N",
            scale=alt.Scale(domain=names, range=dashes),
            title=None,
            sort=names,
            legend=legend,
        ),
    )
    words = {"labelColor": LETTERS, "titleColor": LETTERS}
    return (
        drawn.configure_axis(**words, gridColor="#80808040", domainColor=LETTERS, tickColor=LETTERS)
        .configure_legend(**words, labelFontSize=12, orient="top", columnPadding=18, offset=10)
        .configure_title(color=LETTERS, subtitleColor=LETTERS, anchor="start")
        .configure_view(stroke=None)
    )


def draw_of(measured: Measured) -> None:
    """Draw what was measured."""
    draw(chart(numbers(measured)), PICTURE)


def main() -> None:
    draw_of(last())
    print(PICTURE)


if __name__ == "__main__":
    main()
