"""How every chart looks: colours, axes, the line of today, and how it shows in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import altair as alt
import pandas as pd

from runn_pandas.analysis.plotting.about import CUT, Periods
from runn_pandas.analysis.plotting.svg_room import with_room

# Okabe and Ito's colours, which every kind of colour vision tells apart.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, GREY, PALE = "#56B4E9", "#CC79A7", "#999999", "#BFBFBF"
OLIVE = "#999933"  # of Tol's, for the yellow that is not seen on white
MANY = (BLUE, ORANGE, GREEN, PINK, SKY, RED, OLIVE)
# 8.9 : 1 on the chart's own white ground. No colour is readable on white and on the black of a dark
# page, so where a page draws the chart itself its words are in the page's colour, without a ground.
TEXT, GROUND = "#4A4A4A", "white"
OVER = "#B23C00"  # of words that warn, 6 : 1
LETTERS = 11  # pixels of the smallest
# Altair's own limit; a chart never has more rows than this.
ROWS = 5000
SLANTED = 20  # pixels from one slanted name of a period to the next
# Each number of an axis by itself: with the unit of all of them, 0 would be "0k".
SHORT = "format(datum.value, '~s')"
# So many groups are shown as bars, the others together.
MOST = 30
WIDTH, HEIGHT = 560, 300
SVG = "image/svg+xml"
VEGALITE = "https://vega.github.io/schema/vega-lite/v5.json"  # a name, never loaded
RENDERER = "runn"  # what Altair calls it
# What a theme of Altair, or the user, says comes first.
LOOK: dict[str, Any] = {
    "axis": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "gridColor": "#80808033",
        "domainColor": TEXT,
        "tickColor": TEXT,
        "labelFontSize": LETTERS,
        "titleFontSize": LETTERS,
        "titlePadding": 12,
    },
    "legend": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "labelFontSize": LETTERS,
        "titleFontSize": LETTERS,
    },
    "title": {"color": TEXT, "subtitleColor": TEXT, "subtitleFontSize": LETTERS},
    "text": {"fontSize": LETTERS},
    "view": {"stroke": None},
}
# ... and of charts that are made by hand, which do not say the colours of all that they draw.
BY_HAND: dict[str, Any] = {
    **LOOK,
    "header": {"labelColor": TEXT, "titleColor": TEXT},
    "mark": {"color": BLUE},
    "range": {"category": list(MANY)},
    "rule": {"color": TEXT},
    "text": {"color": TEXT, "fontSize": LETTERS},
    "title": {**LOOK["title"], "anchor": "start"},
}
# Letters are wider in some fonts than where they are measured: there is room for that.
MARGINS = {"left": 20, "right": 32, "top": 8, "bottom": 8}
Drawn = alt.Chart | alt.LayerChart


class _Shown:
    """Readable on light and dark pages, and shown without a network.

    Altair's own default loads its scripts from the internet while it shows, and its other types
    are newer than what JupyterLab 4 draws. So: as data where the front end draws them, with
    tooltips and in the page's own colours, and as SVG on white elsewhere; unless another renderer
    was enabled.
    """

    def to_dict(self, *args: Any, **kwds: Any) -> dict[str, Any]:
        spec: dict[str, Any] = super().to_dict(*args, **kwds)  # type: ignore[misc]
        context = kwds.get("context") or {}
        # Here and not by configure, which would refuse to be joined with other charts.
        return with_look(spec, LOOK) if context.get("top_level", True) else spec

    def _repr_mimebundle_(self, *args: Any, **kwds: Any) -> Any:
        can_draw = find_spec("vl_convert") is not None
        if alt.renderers.active not in (RENDERER, *(["default"] if can_draw else [])):
            return super()._repr_mimebundle_(*args, **kwds)  # type: ignore[misc]
        return _bundle(self.to_dict(context={"pre_transform": False}))


def with_look(spec: dict[str, Any], look: dict[str, Any]) -> dict[str, Any]:
    """Return a chart with a ground and a look, after what it says itself."""
    said = spec.get("config", {})
    merged = {part: {**own, **said.get(part, {})} for part, own in look.items()}
    return {"background": GROUND, "padding": MARGINS, **spec, "config": {**said, **merged}}


def render(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Return what a notebook shows of a chart that was made by hand: a renderer for Altair."""
    return _bundle(with_look(spec, BY_HAND))


def _bundle(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a chart as data in the page's colours, and as a picture if it can be drawn here."""
    shown: dict[str, Any] = {"text/plain": "<chart>"}
    if find_spec("vl_convert") is not None:
        with alt.renderers.enable("svg"):
            draw: Any = alt.renderers.get()
            drawn = draw(spec)
        pictures = drawn[0] if isinstance(drawn, tuple) else drawn
        shown |= {kind: with_room(one) if kind == SVG else one for kind, one in pictures.items()}
    return shown | {"application/vnd.vegalite.v5+json": of_page(spec) | {"$schema": VEGALITE}}


def of_page(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a chart that takes the colours of the page that draws it, unless it has a ground."""
    if spec.get("background") != GROUND:
        return spec
    rows = spec.pop("datasets", {})  # what is in them is no colour
    drawn: dict[str, Any] = _replaced(spec)
    # The default of some is a canvas, whose colour is not the page's everywhere.
    own = {"datasets": rows, "usermeta": {"embedOptions": {"renderer": "svg"}}}
    return drawn | {"background": "transparent"} | own


def _replaced(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _replaced(one) for name, one in part.items()}
    if isinstance(part, list):
        return [_replaced(one) for one in part]
    return "currentColor" if part == TEXT else part


class Picture(_Shown, alt.Chart):
    """A chart of one layer."""


class Layers(_Shown, alt.LayerChart):
    """A chart of several."""


def joined(
    layers: Sequence[alt.Chart],
    title: str,
    notes: Sequence[str],
    width: Any = WIDTH,
    height: Any = HEIGHT,
) -> Drawn:
    """Return layers as one chart with a title, and notes below it; read out, they describe it."""
    shown = alt.TitleParams(title, anchor="start", subtitle=list(notes) or alt.Undefined)
    sizes = {"width": width, "height": height}
    whole: Drawn = layers[0] if len(layers) == 1 else Layers(layer=list(layers))
    said = ". ".join(text.rstrip(".") for text in (title, *notes))
    drawn: Drawn = whole.properties(title=shown, description=f"Chart: {said}.", **sizes)
    return drawn


def with_notes(drawn: Drawn, notes: Sequence[str]) -> Drawn:
    """Return a chart with more notes below its title, which are read out too."""
    title = drawn.title.copy()
    title.subtitle = [*([] if title.subtitle is alt.Undefined else title.subtitle), *notes]
    said = " ".join([drawn.description, *notes])
    more: Drawn = drawn.properties(title=title, description=said)
    return more


def today_line(
    periods: Periods,
    *,
    over_cells: bool = False,
    says: str = "forecast →",
    whole: bool = False,
) -> list[alt.Chart]:
    """Return the layers that part what was from what is to come; none if all is on one side.

    ``over_cells`` it is seen on every colour, and has no words, where the axis is. Periods are
    parted by it, or are left ``whole``, as `Periods.today` says.
    """
    found = periods.today(whole=whole)
    if found is None:
        return []
    name, share = found
    as_of = periods.about.as_of
    data = pd.DataFrame({"period": [name], "today": [f"{as_of:%Y-%m-%d}"], "says": [says]})
    x = alt.X("period:O", bandPosition=share)
    tips = [alt.Tooltip("today:N", title="Forecast from")]
    if over_cells:
        below = Picture(data).mark_rule(color="#FFFFFF", strokeWidth=3.5)
        above = Picture(data).mark_rule(color="#000000", strokeDash=[4, 4], strokeWidth=2)
        return [below.encode(x=x, tooltip=tips), above.encode(x=x, tooltip=tips)]
    line = Picture(data).mark_rule(color=TEXT, strokeDash=[5, 3], strokeWidth=1.5)
    said = Picture(data).mark_text(color=TEXT, align="left", baseline="bottom", dx=3, dy=-2)
    text = said.encode(x=x, y=alt.value(0), text="says:N")
    return [line.encode(x=x, tooltip=tips), text]


def time_axis(
    periods: Periods,
    shown: Iterable[str],
    orient: Any = "bottom",
    *,
    width: int = WIDTH,
    gaps: bool = False,
) -> alt.X:
    """Return the axis of periods, with as many names as there is room for, those of cut ones too.

    Parameters
    ----------
    periods : Periods
        Those of the chart.
    shown : iterable of str
        The names in its data.
    orient : str
        The side on which the axis is.
    width : int
        The pixels that it has.
    gaps : bool
        Whether periods in between have their place too, so that it is seen where nothing was.
    """
    known = {name for name in shown if isinstance(name, str)}
    names = periods.with_gaps(known) if gaps else sorted(known)
    step = -(-len(names) * SLANTED // max(width, 1))
    values = _with_names(names, step) if step > 1 else alt.Undefined
    axis = alt.Axis(labelOverlap=False, labelAngle=-45, orient=orient, values=values)
    scale = alt.Scale(domain=names) if gaps and names else alt.Undefined
    return alt.X("period:O", title=periods.title, axis=axis, scale=scale)


def _with_names(names: Sequence[str], step: int) -> list[str]:
    """Return each so many'th period, and all cut ones in place of those beside them."""
    cut = {at for at, name in enumerate(names) if name.endswith(CUT)}
    near = {at + by for at in cut for by in range(1 - step, step)}
    kept = {at for at in range(0, len(names), step) if at not in near}
    return [names[at] for at in sorted(kept | cut)]


# Beside the labels the title would be over one that the font of a page makes longer.
ABOVE: dict[str, Any] = {
    "titleAngle": 0,
    "titleAlign": "right",
    "titleBaseline": "bottom",
    "titleX": -5,
    "titleY": -4,
}


def who_axis(who: str, **look: Any) -> alt.Y:
    """Return the axis of groups, by ``rank``."""
    axis = alt.Axis(
        labelLimit=320,
        maxExtent=400,
        labelOverlap=False,
        **look,
    )
    return alt.Y("who:N", title=who, sort=alt.EncodingSortField(field="rank", op="min"), axis=axis)


def colour(
    colours: Mapping[str, str], title: str | None = None, field: str = "series"
) -> alt.Color:
    """Return the colours of series, in the order of the legend."""
    legend = alt.Legend(labelLimit=180)
    return alt.Color(f"{field}:N", title=title, scale=_scale(colours), legend=legend)


def _scale(colours: Mapping[str, str]) -> alt.Scale:
    return alt.Scale(domain=list(colours), range=list(colours.values()))


def outlined(
    colours: Mapping[str, str], amount: str, where: str = "datum.forecast"
) -> dict[str, Any]:
    """Return the encodings of bars that are filled, or only an outline: what is to come."""
    stroke = alt.Stroke("series:N", scale=_scale(colours), legend=None)
    return {"color": colour(colours), "stroke": stroke, **hollow(amount, where)}


def hollow(amount: str, where: str = "datum.forecast") -> dict[str, Any]:
    """Return the encodings of bars without a fill where it is so, and without a line of nothing.

    Nothing in between: vl-convert's PNG has wrong colours where paint is translucent on nothing.
    """
    line = f"{where} && datum.{amount} != 0"
    return {
        "fillOpacity": alt.condition(where, alt.value(0), alt.value(1)),
        "strokeWidth": alt.condition(line, alt.value(1.5), alt.value(0)),
    }


def hour_tips(**columns: str) -> list[alt.Tooltip]:
    """Return what is told of hours."""
    return [alt.Tooltip(f"{c}:Q", title=f"{t} (h)", format=",.1f") for c, t in columns.items()]


def series_tips(periods: Periods) -> list[alt.Tooltip]:
    """Return what is told of a series in a period."""
    return [
        alt.Tooltip("period:O", title=periods.title),
        alt.Tooltip("series:N", title="What"),
    ]
