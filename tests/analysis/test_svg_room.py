"""A drawing has room for its words in a font that is wider than the one it was measured with."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from runn_pandas.analysis.plotting.svg_room import with_room

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100">'
GROUND = '<rect width="200" height="100" fill="white"/>'
WIDE = 0.63  # of a letter in DejaVu Sans and Verdana, in parts of its size


def drawing(text: str, place: str, *, anchor: str = "start", more: str = "") -> str:
    word = f'<text text-anchor="{anchor}" transform="{place}" font-size="10px" {more}>{text}</text>'
    return f'{HEAD}{GROUND}<g transform="translate(20,10)">{word}</g></svg>'


def box(svg: str) -> list[int]:
    """Left, top, right and bottom of a drawing."""
    left, top, width, height = map(int, re.findall(r'viewBox="([^"]+)"', svg)[0].split())
    assert f' width="{width}" height="{height}" viewBox' in svg
    return [left, top, left + width, top + height]


def test_a_drawing_with_room_stays_as_it_is() -> None:
    svg = drawing("a" * 10, "translate(20,50)")
    assert with_room(svg) == svg


@pytest.mark.parametrize("text", ["a" * 30, "<tspan>a</tspan><tspan>" + "a" * 30 + "</tspan>"])
def test_words_that_end_behind_the_edge_move_it(text: str) -> None:
    svg = with_room(drawing(text, "translate(20,50)"))
    left, top, right, bottom = box(svg)
    assert right >= 20 + 20 + 30 * 10 * WIDE
    assert (left, top) <= (0, 0)
    assert bottom <= 102
    size = f'width="{right - left}" height="{bottom - top}"'
    assert f'<rect x="{left}" y="{top}" {size} fill="white"/>' in svg, "on the same ground"


@pytest.mark.parametrize(
    ("anchor", "place", "edge", "least"),
    [
        ("end", "translate(20,50)", 0, 40 - 30 * 10 * WIDE),
        ("middle", "translate(20,50)", 0, 40 - 15 * 10 * WIDE),
        ("start", "translate(80,50) rotate(-90,0,0)", 1, 60 - 30 * 10 * WIDE),
        ("end", "translate(80,50) rotate(-45,0,0)", 3, 60 + 30 * 10 * WIDE * 0.707),
    ],
)
def test_on_every_side(anchor: str, place: str, edge: int, least: float) -> None:
    before = [0, 0, 200, 100]
    found = box(with_room(drawing("a" * 30, place, anchor=anchor)))
    assert found[edge] <= least if edge < 2 else found[edge] >= least
    assert found[edge] != before[edge]


def test_bold_and_east_asian_letters_are_wider() -> None:
    plain, bold, wide = (
        box(with_room(svg))[2]
        for svg in (
            drawing("a" * 30, "translate(20,50)"),
            drawing("a" * 30, "translate(20,50)", more='font-weight="bold"'),
            drawing("\u7f8e" * 30, "translate(20,50)"),
        )
    )
    assert plain < bold < wide


@pytest.mark.parametrize("svg", ["", "<svg></svg>", f"{HEAD}<text>\x0b</text></svg>", f"{HEAD}<g>"])
def test_what_cannot_be_measured_stays_as_it_is(svg: str) -> None:
    assert with_room(svg) == svg


def test_the_pictures_of_a_notebook_have_it() -> None:
    pytest.importorskip("vl_convert")
    alt = pytest.importorskip("altair")
    from runn_pandas.analysis.plotting.style import Picture

    rows = pd.DataFrame({"x": [1, 2], "what": ["one", "little letters fit"]})
    chart = Picture(rows).mark_bar().encode(x="x:Q", color="what:N").properties(width=100)
    with alt.renderers.enable("svg"):
        measured = alt.Chart.from_dict(chart.to_dict())._repr_mimebundle_()["image/svg+xml"]
    svg = chart._repr_mimebundle_()["image/svg+xml"]
    assert with_room(svg) == svg
    assert box(svg)[2] == box(with_room(measured))[2] > box(measured)[2]
