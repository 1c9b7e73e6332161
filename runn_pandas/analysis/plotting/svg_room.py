"""Room for words in a drawing: the page that shows it may have a wider font than measured with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from math import cos, radians, sin
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, fromstring

# Of a letter, in parts of its size: of the widest fonts that browsers have by default.
WIDE, BOLD, FULL = 0.63, 0.71, 1.0
MOVED = re.compile(r"translate\(([-\d.e]+)[, ]+([-\d.e]+)\)")
TURNED = re.compile(r"rotate\(([-\d.e]+)")
BOX = re.compile(r' width="[\d.]+" height="[\d.]+" viewBox="([-\d. ]+)"')
# Where the words begin, in parts of their length before the point that they are at.
BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}
EDGE = 2.0


class Place(NamedTuple):
    """Where something is: a point, and the angle of what is written there."""

    x: float = 0.0
    y: float = 0.0
    angle: float = 0.0

    def within(self, part: Element) -> Place:
        """Return the place of a part."""
        said = part.get("transform", "")
        moved, turned = MOVED.search(said), TURNED.search(said)
        x, y = (float(one) for one in moved.groups()) if moved else (0.0, 0.0)
        along, across = cos(radians(self.angle)), sin(radians(self.angle))
        angle = self.angle + (float(turned[1]) if turned else 0.0)
        return Place(self.x + x * along - y * across, self.y + x * across + y * along, angle)

    def along(self, length: float) -> tuple[float, float]:
        """Return the point so far along the line that is written here."""
        return (
            self.x + length * cos(radians(self.angle)),
            self.y + length * sin(radians(self.angle)),
        )


def with_room(svg: str) -> str:
    """Return a drawing that is as large as it has to be for its words in a wide font."""
    box = BOX.search(svg)
    if box is None:
        return svg
    left, top, width, height = (float(one) for one in box[1].split())
    try:
        ends = list(_ends(fromstring(svg), Place()))  # noqa: S314 - it was drawn here
    except ParseError:
        return svg
    xs, ys = [x for x, _ in ends], [y for _, y in ends]
    first, last = min([left, *(x - EDGE for x in xs)]), max([left + width, *(x + EDGE for x in xs)])
    high, low = min([top, *(y - EDGE for y in ys)]), max([top + height, *(y + EDGE for y in ys)])
    sizes = [round(one) for one in (first - 0.5, high - 0.5, last - first + 1, low - high + 1)]
    if (first, high, last, low) == (left, top, left + width, top + height):
        return svg
    said = f' width="{sizes[2]}" height="{sizes[3]}"'
    # The ground, where it has one, is as large.
    ground = f'<rect x="{sizes[0]}" y="{sizes[1]}"{said} fill='
    svg = svg.replace(box[0], f'{said} viewBox="{" ".join(map(str, sizes))}"', 1)
    return svg.replace(f'<rect width="{width:g}" height="{height:g}" fill=', ground, 1)


def _ends(part: Element, place: Place) -> Iterator[tuple[float, float]]:
    """Yield where the words of a part of a drawing begin and end."""
    here = place.within(part)
    if part.tag.endswith("}text"):
        lines = [one.text or "" for one in part] or [part.text or ""]
        length = max(map(_letters, lines)) * _size(part)
        before = BEFORE.get(part.get("text-anchor", "start"), 0.0) * length
        yield here.along(-before)
        yield here.along(length - before)
        return
    for one in part:
        yield from _ends(one, here)


def _letters(text: str) -> float:
    """Return the length of a text in letters; those of East Asia and pictures are longer."""
    full = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) - full + full * FULL / WIDE


def _size(part: Element) -> float:
    size = float(part.get("font-size", "11px").removesuffix("px"))
    return size * (BOLD if part.get("font-weight") in ("bold", "600", "700") else WIDE)
