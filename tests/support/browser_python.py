"""Python as it is in a browser: no threads, no sockets, no forks, and few of the extras.

``python -m tests.support.browser_python NOTEBOOK`` runs the code of a notebook in it, in the
folder where it is called, and says what went wrong. What the emulation cannot show (other
versions, WebAssembly itself) is tried in Pyodide, see ``tests/class_site``.
"""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import threading
from collections.abc import Collection, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import NoReturn

# What Pyodide's distribution has not, or what the class site does not load.
ABSENT = ("dask", "distributed", "duckdb", "fastparquet", "vl_convert")


def no_thread(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("can't start new thread")


def no_socket(*_: object, **__: object) -> NoReturn:
    raise OSError("There are no sockets in a browser")


def become(absent: Collection[str] = ABSENT) -> None:
    """Turn this process into one; nothing turns it back."""
    threading.Thread.start = no_thread  # type: ignore[method-assign,assignment]
    socket.socket.__init__ = no_socket  # type: ignore[method-assign,assignment]
    socket.create_connection = socket.getaddrinfo = no_socket
    for name in ("geteuid", "link"):
        vars(os).pop(name, None)
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]


def run(cells: Sequence[str]) -> list[str]:
    """Run the cells of a notebook; return what went wrong, and what was written to stderr."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    # History is written from a thread.
    config = Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}})
    shell = InteractiveShell.instance(config=config)
    become()
    wrong: list[str] = []
    # Also what showing a value raises, which ends no cell.
    shell._showtraceback = lambda kind, error, lines: wrong.append(f"{kind.__name__}: {error}")
    with redirect_stderr(io.StringIO()) as told:
        for cell in cells:
            shell.run_cell(cell)
    return wrong + told.getvalue().splitlines()


def main(path: str) -> int:
    book = json.loads(Path(path).read_text(encoding="utf-8"))
    cells = ["".join(one["source"]) for one in book["cells"] if one["cell_type"] == "code"]
    wrong = run(cells)
    print(*[f"WRONG {one}" for one in wrong], f"{len(cells)} cells run", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
