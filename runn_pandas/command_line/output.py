"""What commands print: tables for people, CSV and JSON for programs, and nothing that steers."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

from runn_pandas.command_line.wording import of_commands
from runn_pandas.frame.foreign_text import printable
from runn_pandas.table_files import records, write_csv, write_json, write_table

if TYPE_CHECKING:
    import pandas as pd

NAME = "runn"
_RAW = re.compile(r"[\x7f-\x9f]")  # what JSON may have as it is, and a terminal obeys


def say(text: str, *, error: bool = False) -> bool:
    """Print a text in which no name steers the terminal; whether somebody still reads it."""
    stream = sys.stderr if error else sys.stdout
    return _written(f"{printable(text)}\n", stream) and flushed(stream)


def _written(text: str, stream: IO[str]) -> bool:
    """Whether a text could be written; who has gone has had enough, which stops no command."""
    try:
        stream.write(text)
    except BrokenPipeError:
        _let_go(stream)
        return False
    return True


def flushed(stream: IO[str]) -> bool:
    """Whether all that was written has come to its reader."""
    try:
        stream.flush()
    except BrokenPipeError:
        _let_go(stream)
        return False
    return True


def _let_go(stream: IO[str]) -> None:
    """Have what is still written to a reader that has gone lead nowhere."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def note(text: str) -> None:
    """Print in a line what is no output: who did what, and what to know."""
    say(f"{NAME}: {of_commands(' '.join(text.split()))}", error=True)


class Screen:
    """The standard output, where what others wrote cannot steer a terminal."""

    def write(self, text: str) -> None:
        """Write a text as `printable` has it."""
        _written(printable(text), sys.stdout)


class _JsonScreen:
    def write(self, text: str) -> None:
        _written(_RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", text), sys.stdout)


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    import json

    target: Any = _JsonScreen()
    target.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def show(frame: pd.DataFrame, options: argparse.Namespace, *, csv: bool = False) -> None:
    """Write rows to the file or in the form that is asked for.

    By default they are a table on a terminal, and CSV anywhere else, or with `csv` there too.
    """
    target: Any = _JsonScreen()
    if options.out is not None:
        write_table(frame, options.out)
    elif options.json:
        write_json(frame, target)
    elif csv or not is_for_people(options):
        write_csv(frame, Screen())
    else:
        say(table(frame, shutil.get_terminal_size().columns))


def is_for_people(options: argparse.Namespace) -> bool:
    """Whether rows go to a terminal, and nothing was said of their form."""
    return options.out is None and not options.json and sys.stdout.isatty()


def table(frame: pd.DataFrame, width: int) -> str:
    """Return rows as a table, or where that is wider than the terminal, one value a line.

    Examples
    --------
    >>> import pandas as pd
    >>> teams = pd.DataFrame({"name": ["Design", None], "people": [7, 12]})
    >>> print(table(teams, 80))
    name    people
    Design       7
                12
    >>> print(table(teams, 10))
    name    Design
    people  7
    <BLANKLINE>
    name
    people  12
    """
    names = [str(name) for name in frame.columns]
    numbers = [frame.iloc[:, at].dtype.kind in "iuf" for at in range(len(names))]
    rows = [[_cell(row[name]) for name in names] for row in records(frame.set_axis(names, axis=1))]
    lines = [names, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if sum(widths) + 2 * len(widths) - 2 > width:
        return _blocks(names, rows)
    return "\n".join(
        "  ".join(
            cell.rjust(wide) if number else cell.ljust(wide)
            for cell, wide, number in zip(line, widths, numbers, strict=True)
        ).rstrip()
        for line in lines
    )


def _blocks(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    wide = max(map(len, names), default=0)
    return "\n\n".join(
        "\n".join(f"{name:<{wide}}  {cell}".rstrip() for name, cell in zip(names, row, strict=True))
        for row in rows
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}"
    return " ".join(str(value).split())


def open_output() -> None:
    """Have names of all the world on the standard output, whatever the terminal's code page.

    What is closed leads nowhere, and comes from nowhere: a service has no streams.
    """
    import io

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # as long as the process, like the others
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def ask(question: str) -> bool:
    """Whether somebody at the terminal says yes."""
    stream: IO[str] = sys.stderr
    stream.write(f"{printable(question)} [y/N] ")
    stream.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin.isatty() and sys.stderr.isatty()
