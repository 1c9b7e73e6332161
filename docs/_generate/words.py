"""What people search for, and the page that answers it: entries of the index, which rank first.

The search of Sphinx leaves numbers out and ranks by how often a word is in a page. An entry of the
index that is the same as what was searched for comes before all of that,
if it is a main one: the mark ``!``.
"""

from __future__ import annotations

import re

# A page of the site -> the words under which it is to be found first.
WORDS = {
    "explanation/limit.md": ("429", "120", "rate limit", "throttle"),
    "guides/undo.md": ("undo", "roll back"),
    "guides/your-account.md": ("token", "401", "402", "403", "404"),
    "guides/capacity-for-a-role.md": ("bench",),
    "guides/mirror-sql.md": ("sql",),
    "guides/schedule.md": ("cron",),
    "guides/teaching.md": ("classroom",),
    "reference/api/rp.utilization.rst": ("utilisation",),
    "reference/errors.rst": ("429", "404"),
    "reference/resources/time-offs-leave.md": ("vacation", "sick leave"),
    "timesheets.md": ("clockify", "toggl", "harvest"),
}
HEAD = {
    # How a page ends its title, and how it names entries of the index.
    "md": (re.compile(r"^# .+\n", re.M), "\n```{index} %s\n```\n"),
    "rst": (re.compile(r"\A.+\n=+\n", re.M), "\n.. index:: %s\n"),
}


def indexed(text: str, place: str) -> str:
    """Return a page's text with its entries of the index, below its title."""
    if place not in WORDS:
        return text
    head, entry = HEAD[place.rpartition(".")[2]]
    title = head.search(text)
    if title is None:
        raise ValueError(f"{place} has no title.")
    return (
        text[: title.end()]
        + entry % ", ".join(f"!{word}" for word in WORDS[place])
        + text[title.end() :]
    )
