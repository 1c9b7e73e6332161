"""The program ``runn``: its commands, its exit codes, and what it says of errors."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from runn_pandas import errors
from runn_pandas.command_line.arguments import (
    CODES,
    ERROR,
    INTERRUPTED,
    REFUSED,
    Parser,
    Refused,
    near,
)
from runn_pandas.command_line.completion import add_completion, offers
from runn_pandas.command_line.copies import add_cache, add_mirror
from runn_pandas.command_line.output import NAME, flushed, note, open_output
from runn_pandas.command_line.reading import (
    add_availability,
    add_metrics,
    add_read,
    add_report,
    add_resources,
)
from runn_pandas.command_line.service import add_check, add_check_spec, add_demo
from runn_pandas.command_line.timesheets import add_reconcile
from runn_pandas.command_line.writing import add_journal, add_plan, add_push, add_undo
from runn_pandas.errors import RunnError

COMMANDS = (
    add_demo,
    add_read,
    add_resources,
    add_report,
    add_metrics,
    add_availability,
    add_plan,
    add_push,
    add_undo,
    add_journal,
    add_reconcile,
    add_mirror,
    add_cache,
    add_check,
    add_check_spec,
    add_completion,
)


def parser() -> Parser:
    """Return the parser of all commands."""
    codes = "; ".join(f"{code}, {what}" for code, what in CODES.items())
    found = Parser(
        prog=NAME,
        description="Runn (runn.io) as tables: read, compared and written back.",
        epilog="The token comes from RUNN_API_TOKEN ('demo' for the embedded demo account), the"
        " region from RUNN_REGION (eu or us), another address from RUNN_API_URL. It is never an"
        f" argument. Exit codes: {codes}. 'python -m runn_pandas' is the same as '{NAME}'.",
    )
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    found.set_defaults(parser=found)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code, of which `CODES` has the meaning."""
    options = _options(arguments)
    open_output()
    try:
        with _warnings_in_a_line():
            run: Callable[[argparse.Namespace], int] = options.run
            code = run(options)
            flushed(sys.stdout)
            return code
    except Refused as error:
        note(str(error))
        return REFUSED
    except (RunnError, OSError, UnicodeError) as error:
        note(_told(error, str(error)))
        return ERROR
    except KeyboardInterrupt as error:
        note(_told(error, "interrupted."))
        return INTERRUPTED


def _told(error: BaseException, text: str) -> str:
    """Return an error in a line, with what a push that it ended has added to it."""
    return " ".join([text, *getattr(error, "__notes__", ())])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    own = parser()
    # argparse stops taking filters at an option; those that stand behind one are left over.
    options, rest = own.parse_known_args(arguments)
    if not hasattr(options, "filters"):
        if rest:
            meant = _meant(own, arguments, rest)
            own.error(f"unrecognized arguments: {' '.join(rest)}{meant}")
        return options
    options.filters += rest
    for word in options.filters:
        name, is_filter, _ = word.partition("=")
        if word.startswith("-") or not name or not is_filter:
            own.error(f"{word!r} is not filter=value{_meant(own, arguments, [word])}")
    return options


def _meant(own: Parser, arguments: Sequence[str] | None, rest: Sequence[str]) -> str:
    """Return the option of the command that is nearest to the first unknown one."""
    given = tuple(sys.argv[1:] if arguments is None else arguments)
    words = next(words for path, words in offers(own) if given[: len(path)] == path)
    odd = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return near(odd[0], [word for word in words if word.startswith("--")]) if odd else ""


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Have the warnings of this package printed as notes, once each."""
    said: set[str] = set()

    def show(message: Warning | str, *rest: Any, **more: Any) -> None:
        text = str(message)
        if text not in said:
            said.add(text)
            note(text)

    with warnings.catch_warnings():
        for name in errors.__all__:
            if name.endswith("Warning"):
                warnings.simplefilter("always", getattr(errors, name))
        warnings.showwarning = show
        yield
