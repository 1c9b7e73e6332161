"""Whether markup has no element, no formula and no program but ours."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

TAGS = frozenset(
    {
        *("div", "table", "thead", "tbody", "tr", "th", "td", "span", "p", "b", "ul", "li"),
        *("mark", "svg", "rect", "a", "textarea", "bdi"),
    }
)
ATTRIBUTES = frozenset(
    {
        *("style", "class", "dir", "role", "scope", "tabindex", "aria-label", "aria-sort"),
        *("data-lm-suppress-shortcuts", "aria-hidden", "viewbox", "preserveaspectratio", "fill"),
        *(
            "x",
            "y",
            "width",
            "height",
            "href",
            "download",
            "readonly",
            "spellcheck",
            "wrap",
            "title",
        ),
    }
)


def text_of(markup: str) -> str:
    """The text of markup, as one reads it; signs that would turn it round as they came."""
    shown = unescape(re.sub(r"<[^>]*>", "", markup))
    return re.sub("\u27e8U\\+(202[A-E])\u27e9", lambda sign: chr(int(sign[1], 16)), shown)


def safe(markup: str) -> None:
    """Check that no element is there but ours, and no formula.

    What typesets formulas sees each of its signs in an element of its own.
    """
    tags: set[str] = set()
    texts: list[str] = []

    class Parser(HTMLParser):
        tag = ""

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            tags.add(tag)
            self.tag = tag
            assert {name for name, _ in attrs} <= ATTRIBUTES
            links = [value for name, value in attrs if name == "href"]
            assert all(link.startswith("data:") for link in links)

        def handle_data(self, data: str) -> None:
            # Nothing is typeset in a box for texts.
            if self.tag != "textarea":
                texts.append(data)

    Parser().feed(markup)
    assert tags <= TAGS
    assert not [text for text in texts if re.search(r"[$\\]", text) and len(text) > 1]
    assert "mathjax_ignore" in markup
