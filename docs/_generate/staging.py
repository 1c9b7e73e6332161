"""The sources that Sphinx builds from: the pages and notebooks of the repository, in a folder."""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

from docs._generate.words import indexed

ROOT = Path(__file__).resolve().parents[2]
# Files beside docs/ that are pages too -> their place on the site.
BESIDE = {
    "CONTRIBUTING.md": "contributing/conventions.md",
    "CHANGELOG.md": "changelog.md",
    "README.md": "index.md",
}
LINK = re.compile(
    r"(?P<before>\]\(|^\[[^\]]+\]: )(?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?=[)\s])", re.M
)
CODE = re.compile(r"(^ {0,3}(?P<mark>`{3,}|~{3,})[^\n]*\n.*?^ {0,3}(?P=mark)[ ]*$)", re.M | re.S)


class Gone(ValueError):
    """A link of a page leads to no page of the site."""


def pages() -> dict[str, str]:
    """Return the files of the repository that are pages -> their places on the site."""
    own = sorted(path for path in (ROOT / "docs").rglob("*.md") if not _inner(path))
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    found = {_name(path): path.relative_to(ROOT / "docs").as_posix() for path in own}
    found |= {_name(path): _name(path) for path in notebooks}
    return found | {name: place for name, place in BESIDE.items() if name != "README.md"}


def stage(folder: Path) -> list[str]:
    """Copy what is written by hand into a folder, and return the places of its pages."""
    for path in (ROOT / "docs").rglob("*"):
        if path.suffix in (".svg", ".png", ".csv") and not _inner(path):
            write(folder / path.relative_to(ROOT / "docs"), path.read_bytes())
    for path in (ROOT / "notebooks").rglob("*.svg"):
        write(folder / _name(path), path.read_bytes())
    for name, place in pages().items():
        if place.endswith(".ipynb"):
            write(folder / place, _notebook(ROOT / name).encode())
        else:
            text = (ROOT / name).read_text(encoding="utf-8")
            write(folder / place, indexed(linked(text, name, place), place).encode())
    return sorted(pages().values())


def blocks() -> int:
    """Return how many examples in Python the written pages have."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in pages() if name.endswith(".md")]
    return sum(len(re.findall(r"^```python$", text, re.M)) for text in texts)


def linked(text: str, name: str, place: str) -> str:
    """Return a page's text with its links as they are on the site.

    In the repository a link leads from file to file, also out of ``docs/``; on the site these
    files are elsewhere.
    """
    known = {**pages(), **BESIDE}

    def moved(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found["target"]))
        if target.startswith("docs/"):
            return _led(found, target.removeprefix("docs/"), place)
        if target not in known:
            raise Gone(f"{name}: the link to {found['target']} leads to no page of the site.")
        return _led(found, known[target], place)

    parts = CODE.split(text)
    # Of each fence the pattern keeps two groups: the whole of it, and its marks.
    return "".join(
        LINK.sub(moved, part) if number % 3 == 0 else part
        for number, part in enumerate(parts)
        if number % 3 != 2
    )


def _led(found: re.Match[str], target: str, place: str) -> str:
    path = posixpath.relpath(target, posixpath.dirname(place) or ".")
    return f"{found['before']}{path}{found['anchor'] or ''}"


def _notebook(path: Path) -> str:
    """Return a notebook with one stored picture in the place of what a script would draw."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for kind in [one for one in data if one.startswith("application/")]:
                del data[kind]
    return json.dumps(notebook)


def _inner(path: Path) -> bool:
    return any(part.startswith("_") for part in path.relative_to(ROOT / "docs").parts)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def write(path: Path, content: bytes) -> None:
    """Write a file only if it differs, so that Sphinx builds anew only what changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != content:
        path.write_bytes(content)


def only(folder: Path, places: set[str]) -> None:
    """Remove the pages of an earlier build that are no more."""
    for path in folder.rglob("*"):
        if (
            path.suffix in (".md", ".rst", ".ipynb")
            and path.relative_to(folder).as_posix() not in places
        ):
            path.unlink()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            shutil.rmtree(path)
