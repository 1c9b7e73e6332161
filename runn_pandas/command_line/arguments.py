"""What several commands take: words to values, and the options of accounts, files and outputs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from runn_pandas.account import Account, connect
from runn_pandas.frame.foreign_text import printable
from runn_pandas.table_files import READABLE, WRITABLE

# Exit codes. Whoever pipes the output into `head` has had enough of it: that is no error.
DONE, ERROR, REFUSED, PARTLY, INTERRUPTED = 0, 1, 2, 3, 130
CODES = {
    DONE: "done",
    ERROR: "an error: nothing, or not all, was done",
    REFUSED: "wrong usage; or a write that nobody could be asked about, so nothing was sent",
    PARTLY: "done, but some rows failed, were in conflict, not tried or not matched",
    INTERRUPTED: "interrupted",
}
_CHOICE = re.compile(r"invalid choice: '(.*?)' \(choose from (.*)\)")
_MATCH = re.compile(r"([^.=]+)(?:\.([^=]+))?=(.+)")
Commands = Any  # what argparse's add_subparsers gives


class Refused(Exception):
    """What was asked for is not done; the message says why."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose options are spelled out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        choice = _CHOICE.search(message)
        meant = near(choice[1], re.findall(r"[\w-]+", choice[2])) if choice else ""
        self.exit(REFUSED, f"{self.prog}: {printable(message + meant)} (--help says more)\n")


def near(word: str, words: Iterable[str]) -> str:
    """Return a question after the nearest word, or "" if none is near.

    Examples
    --------
    >>> near("psh", ["plan", "push"]), near("xyz", ["plan", "push"])
    ("; did you mean 'push'?", '')
    """
    return "".join(f"; did you mean {one!r}?" for one in get_close_matches(word, words, 1, 0.6))


# -- words


def whole(text: str, least: int = 0, most: float = 1_000_000) -> int:
    """Return a whole number within limits."""
    number = int(text)
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{number} is not a number from {least} to {most:.0f}")
    return number


def count(text: str) -> int:
    """Return how many people there are."""
    return whole(text, 1, 100_000)


def port(text: str) -> int:
    """Return a port's number."""
    return whole(text, 0, 65535)


def target(text: str) -> Path:
    """Return a file that a table can be written to."""
    return _file(text, WRITABLE)


def source(text: str) -> Path:
    """Return a file that a table can be read from."""
    return _file(text, READABLE)


def _file(text: str, known: Sequence[str]) -> Path:
    path = Path(text)
    if path.suffix.lower() not in known:
        raise argparse.ArgumentTypeError(f"{text!r} does not end in {' or '.join(known)}")
    return path


def listed(words: Sequence[str] | None) -> list[str] | None:
    """Return the names of an option that may be given again, and with commas.

    Examples
    --------
    >>> listed(["team,person", "role"]), listed(None)
    (['team', 'person', 'role'], None)
    """
    if words is None:
        return None
    return [name.strip() for word in words for name in word.split(",") if name.strip()]


def matched(words: Sequence[str] | None) -> dict[str, Any] | None:
    """Return how ids are found, as ``match=`` takes it.

    Examples
    --------
    >>> matched(["personId.email=Email", "personId.name=First name+Last name", "date=Spent date"])
    {'personId': {'email': 'Email', 'name': ['First name', 'Last name']}, 'date': 'Spent date'}
    """
    found: dict[str, Any] = {}
    for word in words or ():
        form = _MATCH.fullmatch(word)
        if form is None:
            raise Refused(
                f"--match {word!r} is not ID.FIELD=COLUMN, such as personId.email=Email or"
                " projectId.name=Project."
            )
        key, field, column = form.groups()
        columns = column.split("+") if "+" in column else column
        if field:
            others = found.get(key)
            found[key] = {**(others if isinstance(others, dict) else {}), field: columns}
        else:
            found[key] = columns
    return found or None


def named(words: Sequence[str] | None, option: str) -> dict[str, str] | None:
    """Return what an option says of names, that is ``NAME=COLUMN``.

    Examples
    --------
    >>> named(["date=Spent date", "hours=Hours"], "--columns"), named(None, "--columns")
    ({'date': 'Spent date', 'hours': 'Hours'}, None)
    """
    pairs = [word.partition("=")[::2] for word in words or ()]
    odd = [word for word, pair in zip(words or (), pairs, strict=True) if not all(pair)]
    if odd:
        raise Refused(f"{option} {odd[0]!r} is not NAME=COLUMN, such as date=Day or hours=Time.")
    return dict(pairs) or None


# -- options


def account_options() -> argparse.ArgumentParser:
    """Return the options that say which account is meant."""
    options = Parser(add_help=False)
    group = options.add_argument_group(
        "account", "The token is never an argument, which others could see: it is RUNN_API_TOKEN."
    )
    group.add_argument("--demo", action="store_true", help="the embedded demo account")
    group.add_argument(
        "--region", choices=("eu", "us"), help="where the account lives (RUNN_REGION, or eu)"
    )
    group.add_argument("--url", help="another address of the API (RUNN_API_URL)")
    group.add_argument(
        "--max-age",
        metavar="AGE",
        default="15min",
        help="how old cached rows may be, such as 1d; 0 asks every time (default 15min)",
    )
    return options


def connected(options: argparse.Namespace, *, read_only: bool = False) -> Account:
    """Open the account that is meant."""
    age = float(options.max_age) if options.max_age.isdigit() else options.max_age
    return connect(
        "demo" if options.demo else None,
        region=options.region,
        base_url=options.url,
        max_age=age,
        read_only=read_only,
    )


def output_options(what: str = "the rows") -> argparse.ArgumentParser:
    """Return the options that say where rows go, and in which form."""
    options = Parser(add_help=False)
    group = options.add_argument_group("output")
    group.add_argument(
        "--out", type=target, metavar="FILE", help=f"write {what} to a file: {' '.join(WRITABLE)}"
    )
    group.add_argument("--json", action="store_true", help="JSON on the standard output")
    return options


def file_options() -> argparse.ArgumentParser:
    """Return the options that say how a file is read, where that is not clear."""
    options = Parser(add_help=False)
    group = options.add_argument_group("file")
    group.add_argument("--sheet", help="of a workbook (default: the first)")
    group.add_argument("--encoding", help="of a .csv file, such as cp1250 (default: found out)")
    group.add_argument("--delimiter", help="of a .csv file (default: found out)")
    return options


def read_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options of a file as `read_table` takes them."""
    return {name: getattr(options, name) for name in ("sheet", "encoding", "delimiter")}
