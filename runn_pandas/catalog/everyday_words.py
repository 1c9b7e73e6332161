"""Which resources people mean by words that are in no resource's name."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

LEAST = 3  # letters of a word that is still being typed
# Words of a question that say nothing about what it is about.
SMALL = frozenset(
    {
        *("a", "about", "all", "an", "and", "any", "are", "at", "by", "did", "do", "does", "for"),
        *("from", "has", "have", "how", "i", "in", "is", "it", "long", "many", "me", "much", "my"),
        *("of", "on", "or", "our", "the", "their", "there", "to", "was", "we", "were", "what"),
        *("when", "where", "which", "who", "whose", "will", "with"),
    }
)


@cache
def _resources() -> dict[str, list[str]]:
    """Return the resources by everyday word, those that are meant first at the head."""
    text = files(__package__).joinpath("everyday_words.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for resource, words in json.loads(text).items():
        for word in words:
            found.setdefault(word, []).append(resource)
    return found


def meant_by(word: str) -> list[str]:
    """Return the resources that are meant by a word or two, in one or several; none of most.

    Examples
    --------
    >>> meant_by("vacation"), meant_by("Timesheets"), meant_by("people")
    (['time-offs/leave'], ['actuals'], [])
    """
    folded = " ".join(word.casefold().split())
    known = _resources()
    return known.get(folded) or known.get(folded.removesuffix("s")) or []


def begun_by(word: str) -> list[str]:
    """Return the resources that are meant by a word, or by those that it is the beginning of."""
    folded = word.casefold()
    exact = meant_by(folded)
    if exact or len(folded) < LEAST:
        return exact
    begun = (names for one, names in _resources().items() if one.startswith(folded))
    return list(dict.fromkeys(name for names in begun for name in names))
