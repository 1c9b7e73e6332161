"""The picture of docs/explanation/limit.md: ``python -m tests.docs.limit_chart``.

It draws the model of `tests.benchmarks.accounts`: what accounts of several sizes take.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from tests.benchmarks import accounts
from tests.support.pages import draw
from tests.support.places import ROOT

PICTURE = ROOT / "docs" / "pictures" / "limit.svg"
PEOPLE = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
# As the package's own charts: told apart by all, and read on white and on dark.
COLOURS = ("#3B8EBF", "#D9822B", "#8B6FC0")
KINDS = ("first copy", "daily refresh", 'with full_every="7D"')
LETTERS = "#808080"
TITLE = "Minutes at 120 requests a minute"


def model(sizes: tuple[int, ...] = PEOPLE) -> pd.DataFrame:
    """Minutes of a first copy and of a daily refresh in two ways, by people."""
    rows = []
    for people in sizes:
        costs = (*accounts.costs(people), accounts.weekly_cost(people))
        for what, cost in zip(KINDS, costs, strict=True):
            rows.append({"people": people, "what": what, "minutes": cost.minutes})
    return pd.DataFrame(rows)


def chart(frame: pd.DataFrame) -> Any:
    """The model as a chart with two scales that grow tenfold."""
    tenfold = alt.Scale(type="log")
    order = list(KINDS)
    drawn = alt.Chart(
        frame,
        title=alt.Title(
            TITLE, subtitle="of a mirror of every account-wide list, by people in the account"
        ),
        width=560,
        height=280,
    )
    drawn = drawn.mark_line(point=alt.OverlayMarkDef(size=60), strokeWidth=2.5).encode(
        x=alt.X(
            "people:Q",
            scale=alt.Scale(type="log", domain=[40, 10_000]),
            axis=alt.Axis(values=PEOPLE, format=",d"),
            title="People",
        ),
        y=alt.Y(
            "minutes:Q",
            scale=tenfold,
            axis=alt.Axis(values=[0.2, 0.5, 1, 2, 5, 10, 20, 50, 100], format="~g"),
            title="Minutes",
        ),
        color=alt.Color(
            "what:N", scale=alt.Scale(domain=order, range=COLOURS), title=None, sort=order
        ),
        strokeDash=alt.StrokeDash("what:N", sort=order, legend=None),
    )
    words = {"labelColor": LETTERS, "titleColor": LETTERS}
    return (
        drawn.configure_axis(**words, gridColor="#80808040", domainColor=LETTERS, tickColor=LETTERS)
        .configure_legend(**words, labelFontSize=12, orient="top-left")
        .configure_title(color=LETTERS, subtitleColor=LETTERS, anchor="start")
        .configure_view(stroke=None)
    )


def main() -> None:
    draw(chart(model()), PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
