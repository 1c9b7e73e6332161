"""Names of people, clients and projects as somebody else may have typed them."""

from __future__ import annotations

# Each of these is text wherever it is shown, and what follows it is shown as it was.
HOSTILE = [
    "<script>alert('x')</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "\"double\" and 'single' & &amp; </td></table>",
    "$x^2$ and \\(y_1\\) and $$z$$, \\begin{equation}",
    "y" * 5000,
    "long " * 1000,
    "\u202egnirts a שלום עולם",
    "\u202enp.exe\u202c",
    "ليلى الفاسي",
    "👩\u200d💻 Zoë\nsecond line",
    "\U0001f99c parrot",
    "line\nbreak\x00",
    "datum.hours",
    "[a.b]\\",
]
# What no account can hold, and a frame can.
NO_NAMES = ["", "\ud800"]


def called(name: str) -> str:
    """Return what a test is called that is given a name: no machine's log minds it."""
    return name[:12].encode("ascii", "backslashreplace").decode() or "empty"
