"""Checks of the built pages: each link leads somewhere, and nothing is loaded from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser loads by itself: element -> attribute.
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
# Of a link element, what is only said of a page.
SAID = {"canonical", "author", "next", "prev", "search", "index", "help", "docsearch"}


class Page(HTMLParser):
    """What a page has: its anchors, its links, what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element says."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get("rel") not in SAID and LOADED.get(tag) in given:
            self.loads.append(given[LOADED[tag]])


def read(folder: Path) -> dict[Path, Page]:
    """Return every page of a built site."""
    paths = sorted(path for path in folder.rglob("*.html") if "_static" not in path.parts)
    return {path: Page(path.read_text(encoding="utf-8")) for path in paths}


def broken(folder: Path) -> list[str]:
    """Return every link that leads nowhere, and every file that would come from elsewhere."""
    pages = read(folder)
    found = []
    for path, page in pages.items():
        name = path.relative_to(folder)
        found += [f"{name}: {link}" for link in page.links if _is_broken(path, link, pages)]
        found += [f"{name} loads {one}" for one in page.loads if _is_elsewhere(path, one)]
    return found


def _is_broken(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target not in pages:
        return not target.is_file()
    return bool(parts.fragment) and unquote(parts.fragment) not in pages[target].anchors


def _is_elsewhere(path: Path, address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "data":
        return False
    return bool(parts.scheme or parts.netloc) or not (path.parent / unquote(parts.path)).is_file()
