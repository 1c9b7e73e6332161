"""The page of the errors: each with when it comes, and what to do about it."""

from __future__ import annotations

import inspect
import re

from runn_pandas import errors

PLACE = "reference/errors.rst"
# What to do, where the error itself does not say the same each time.
ADVICE = {
    "CacheWarning": "Nothing is lost: the read went on and asked Runn. If it comes again, look"
    " whether the folder of the cache can be written, or set ``RUNN_CACHE_DIR``.",
    "ConfigError": "Set what the message names: ``RUNN_API_TOKEN`` or ``rp.connect(...)``; without"
    ' an account, ``rp.connect("demo")``.',
    "FileWarning": "Compare what was read with the file, and say by the option that the message"
    " names how it is meant.",
    "FilterError": "Take one of the filters that the message names; the page of each resource and"
    " ``rp.resources()`` list them, with what they take.",
    "FrameError": "Look at ``error.problems``, which has a row for each bad cell, and mend the"
    " frame. Where no column fits, the message names those that are needed.",
    "MissingPackageError": "Install what the message says, as it says it.",
    "OfflineError": "Read it once while you are online, with the same filters, or leave offline"
    " mode (``RUNN_OFFLINE``, ``offline=True``). A mirror holds whole lists for that.",
    "PlanError": "Look at ``error.problems``: each bad cell with its row, column and reason."
    " Nothing was sent; mend the frame and push it again.",
    "PlanWarning": "Call ``df.runn.plan()`` and read its notes before you push.",
    "ProtocolError": "Try again; if it stays, the address is that of something else than Runn's"
    " API, or something between answers in its place (a proxy, a login page).",
    "ReadOnlyError": "Open the account without ``read_only`` and without ``RUNN_READ_ONLY``, if a"
    " write is meant.",
    "ResourceError": "Take one of the names that the message has, or of ``rp.resources()``.",
    "ResponseError": "See the errors derived from it; ``error.status`` is the HTTP status and"
    " ``error.server_message`` what Runn said.",
    "RunnError": "Catch it to catch all of them.",
    "SchemaDriftWarning": "No value is lost: the column is kept as it came. Runn's API has changed;"
    " a newer version of this package may know it, and ``runn check-spec`` shows what is new.",
    "TimesheetWarning": "Look at the rows that the message counts; it says which they are.",
    "TransportError": "Look at the network and the address, and try again. After a write,"
    " ``error.sent`` says whether it may have arrived; the same push, run again, finds out.",
    "UnmatchedWarning": "``rp.unmatched(result)`` lists them, with the nearest names; say with"
    " ``people=`` and ``projects=`` who is meant.",
}


def advice(name: str) -> str:
    """Return what to do about an error."""
    kind = getattr(errors, name)
    if name in ADVICE:
        return ADVICE[name]
    if own := vars(kind).get("advice"):
        return str(own)
    if "next_step" in vars(kind):
        one, whole = (kind(404, "", "GET", path).next_step() for path in ("/people/1", "/people/"))
        return f"{one} {whole}"
    raise KeyError(name)


def pages() -> dict[str, str]:
    """Return the page of the errors under its place."""
    tree = inspect.getdoc(errors) or ""
    drawn = tree.partition("::\n\n")[2].partition("\nEach says")[0].rstrip()
    parts = [
        "Errors\n======",
        "Every error of the package is in ``rp.errors`` and derived from ``rp.errors.RunnError``;"
        " most are also the builtin error that one would catch. Each says what happened, to what,"
        " and what to do next. None holds the token or a whole record.",
        ".. code-block:: text\n\n" + drawn,
        "A statement that may fail for one reason:",
        ".. code-block:: python\n\n"
        "    try:\n"
        '        people = pd.read_runn("people", teamID=3)\n'
        "    except rp.errors.FilterError as error:\n"
        "        print(error)  # names the filters that there are\n",
    ]
    names = _in_order(drawn)
    warnings = [name for name in names if name.endswith("Warning")]
    parts += ["Exceptions\n----------", *(_described(n) for n in names if n not in warnings)]
    parts += ["Warnings\n--------", *map(_described, warnings)]
    return {PLACE: "\n\n".join(parts) + "\n"}


def _in_order(drawn: str) -> list[str]:
    named = [name for name in re.findall(r"\b([A-Z]\w+)", drawn) if name in errors.__all__]
    return list(dict.fromkeys([*named, *errors.__all__]))


def _described(name: str) -> str:
    return (
        f".. autoclass:: runn_pandas.errors.{name}()\n   :no-members:\n\n"
        f"   **What to do.** {advice(name)}"
    )
