"""``plan``, ``push``, ``undo``, ``journal``: files to Runn, row by row accounted for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runn_pandas.command_line.arguments import (
    DONE,
    PARTLY,
    Commands,
    Refused,
    account_options,
    connected,
    file_options,
    matched,
    output_options,
    read_options,
    source,
)
from runn_pandas.command_line.output import ask, can_ask, note, say, show, show_json
from runn_pandas.command_line.wording import of_commands
from runn_pandas.errors import FrameError
from runn_pandas.frame.words import counted
from runn_pandas.table_files import read_table, records, write_table

if TYPE_CHECKING:
    import pandas as pd

    from runn_pandas.account import Account
    from runn_pandas.push.plan import Plan

# Rows of these are not as the file has them.
BAD = ("failed", "unknown", "conflict", "not tried")
SHOWN = 20
# What there is to say of the embedded demo.
ENDS = (
    "This demo ends with the command, and with it what was sent: a later 'runn journal' or"
    " 'runn undo' does not find it."
)
NO_PUSHES = "Each command with --demo has a demo of its own, to which nothing was pushed yet."
# The columns of a plan's changes in a file, which no resource has.
CHANGES = {"row", "field", "old", "new"}


def add_plan(commands: Commands) -> None:
    """Add ``plan``."""
    plan = commands.add_parser(
        "plan",
        parents=[_row_options(), file_options(), account_options(), output_options("the changes")],
        help="show what a push of a file would do",
        description="Compare a file with the account, and show what a push of it would change;"
        " nothing is written to Runn. Rows are named by their number in the sheet.",
        epilog="Example: runn plan people.xlsx people --on email --out changes.xlsx",
    )
    plan.set_defaults(run=_plan)


def add_push(commands: Commands) -> None:
    """Add ``push``."""
    push = commands.add_parser(
        "push",
        parents=[
            _row_options(),
            file_options(),
            write_options(),
            account_options(),
            output_options("what became of each row"),
        ],
        help="write a file to Runn: only what differs",
        description="Show the plan, ask, and write what differs to Runn, each row accounted for."
        " Interrupted at any moment, the same push again goes on; 'runn undo' takes it back. An"
        " empty cell says nothing, unless --na unset.",
        epilog="Example: runn push people.xlsx people --on email",
    )
    push.set_defaults(run=_push)


def _row_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("file", metavar="FILE", type=source, help="CSV, Excel, Parquet or JSON")
    options.add_argument("resource", metavar="RESOURCE", help="what the rows are, such as people")
    options.add_argument(
        "--on",
        action="append",
        metavar="COLUMN",
        help="what identifies a row in place of its id, such as email (again: several together)",
    )
    options.add_argument(
        "--match",
        action="append",
        metavar="ID.FIELD=COLUMN",
        help="ids by names, such as personId.email=Email; columns with + between them are joined",
    )
    options.add_argument(
        "--new",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether rows that the account does not have are made (default: they are)",
    )
    options.add_argument(
        "--na", choices=("unset", "omit"), help="what an empty cell means (default: omit)"
    )
    options.add_argument(
        "--repeat", action="store_true", help="make again what an earlier push has made"
    )
    return options


def write_options() -> argparse.ArgumentParser:
    """Return the options of what writes to Runn."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--yes", action="store_true", help="do not ask; needed without a terminal")
    options.add_argument(
        "--dry-run", action="store_true", help="show the plan and write nothing, --yes or not"
    )
    options.add_argument(
        "--conflict",
        choices=("skip", "overwrite", "raise"),
        default="skip",
        help="what to do with rows that were changed in Runn meanwhile (default skip)",
    )
    return options


def _plan(options: argparse.Namespace) -> int:
    check_out(options)
    show_plan(_plan_of(options), options)
    return DONE


def _push(options: argparse.Namespace) -> int:
    check_out(options)
    return carry_out(_plan_of(options), options)


def _plan_of(options: argparse.Namespace) -> Plan:
    from runn_pandas.catalog.writes import find_writable
    from runn_pandas.push.api import plan

    match = matched(options.match)
    fields = find_writable(options.resource)[0].fields.items()
    names = [name for name, field in fields if field.kind == "text"]
    frame = read_table(options.file, names=names, **read_options(options))
    if set(frame.columns) >= CHANGES:
        raise FrameError(
            f"{options.file} is what 'runn plan --out' wrote, which is for reading: push the file"
            f" that the plan was made of, 'runn push FILE {options.resource}'."
        )
    frame.index = (frame.index + first_row(options.file)).rename("row")
    return plan(
        frame,
        options.resource,
        account=connected(options),
        on=options.on,
        na=options.na,
        match=match,
        new=options.new,
        repeat=options.repeat,
    )


def first_row(file: Path) -> int:
    """Return the number of the first record: as a sheet numbers its rows, below the heads."""
    return 1 if file.suffix.lower() in (".json", ".parquet") else 2


# -- what every write goes through


def check_out(options: argparse.Namespace) -> None:
    """Refuse, before anything is read or sent, an output that cannot be or is the input.

    Raises
    ------
    Refused
        If there is no such folder, or the file is the one that is read.
    """
    file, read = options.out, getattr(options, "file", None)
    if file is None:
        return
    if not file.parent.is_dir():
        raise Refused(f"Nothing was done: --out {file}: there is no folder {file.parent}.")
    if read is not None and file.resolve() == read.resolve():
        raise Refused(f"Nothing was done: --out {file} would replace the file that is read.")


def show_plan(plan: Plan, options: argparse.Namespace) -> None:
    """Show what a plan would do."""
    if options.json:
        show_json(plan_document(plan))
    else:
        say(of_commands(str(plan)))
    if options.out is not None:
        write_table(plan.changes, options.out)
        note(f"{counted(len(plan.changes), 'change')} to {options.out}")


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as a program reads it."""
    return {
        "resource": plan.resource,
        "requests": plan.requests,
        "summary": records(plan.summary),
        "changes": records(_numbered(plan.changes, plan)),
        "notes": list(map(of_commands, plan.notes)),
    }


def _numbered(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return rows with their numbers: of a comparison from 0, as its own JSON lists them."""
    origin = plan.intent.origin
    return rows if origin is None else rows.assign(row=rows["row"].map(origin.index.get_loc))


def carry_out(plan: Plan, options: argparse.Namespace) -> int:
    """Show a plan, ask, carry it out, and say what became of its rows."""
    if options.dry_run:
        show_plan(plan, options)
        return DONE
    if not options.json and not say(of_commands(str(plan))):
        raise BrokenPipeError("Nothing was sent: whoever read the plan has gone.")
    if not options.yes and plan.requests:
        _ask(plan)
    try:
        result = plan.apply(conflict=options.conflict, confirm=True)
    except BaseException as error:
        # An interruption has with it what is known of each row.
        told = getattr(error, "result", None)
        if told is not None:
            _tell(told, plan, options)
        raise
    code = _tell(result, plan, options)
    if plan.requests:
        tell_of_demo(plan.account, ENDS)
    return code


def tell_of_demo(account: Account, what: str) -> None:
    """Say of the embedded demo what comes of it that each command has its own."""
    if account.is_demo:
        note(f"{what} 'runn demo --serve' keeps a demo that several commands can use.")


def _ask(plan: Plan) -> None:
    """Refuse what nobody agrees to, or nobody can be asked about."""
    if not can_ask():
        raise Refused(
            "Nothing was sent: it is asked before it is written, and there is no terminal to ask"
            " on. Say --yes to have this plan carried out."
        )
    if not ask(f"Send {_counted(plan)}?"):
        raise Refused("Nothing was sent.")


def _counted(plan: Plan) -> str:
    many = counted(plan.requests, "request")
    account = plan.account
    what = "the demo" if account.is_demo else "LIVE" if account.is_live else "a test account"
    return f"{many} to {account.base_url} ({what})"


def _tell(result: pd.DataFrame, plan: Plan, options: argparse.Namespace) -> int:
    """Say what became of the rows of a push; return the exit code."""
    rows = result.rename_axis("row").reset_index()
    if options.json:
        show_json(records(_numbered(rows, plan)))
    else:
        counts = result["status"].value_counts().to_dict()
        say(f"{_in_words(counts)}." if counts else "No rows.")
    bad = rows[rows["status"].isin(BAD)]
    for row in records(bad.head(SHOWN)):
        named = row["row"] if isinstance(row["row"], str) else f"row {row['row']}"
        note(f"{named} {row['status']}: {row['error'] or 'no reason was given'}")
    if len(bad) > SHOWN:
        note(f"... and {len(bad) - SHOWN} more; --out FILE has them all")
    if options.out is not None:
        write_table(rows, options.out)
    return PARTLY if len(bad) else DONE


def _in_words(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{many:,} {status}" for status, many in counts.items())


# -- what was written


def add_undo(commands: Commands) -> None:
    """Add ``undo``."""
    undo = commands.add_parser(
        "undo",
        parents=[
            write_options(),
            account_options(),
            output_options("what became of each row"),
        ],
        help="take a push back",
        description="Show what takes a push back, ask, and do it. 'runn journal' has the numbers of"
        " pushes, and says which can be taken back.",
        epilog="Example: runn undo 7",
    )
    undo.add_argument("number", metavar="N", type=int, help="the push's number in 'runn journal'")
    undo.set_defaults(run=_undo)


def _undo(options: argparse.Namespace) -> int:
    from runn_pandas.push.api import undo

    check_out(options)
    account = connected(options)
    tell_of_demo(account, NO_PUSHES)
    return carry_out(undo(options.number, account=account), options)


def add_journal(commands: Commands) -> None:
    """Add ``journal``."""
    journal = commands.add_parser(
        "journal",
        parents=[account_options(), output_options()],
        help="list what was pushed from this machine",
        description="List the last pushes of this machine to the account, the newest first.",
    )
    journal.add_argument(
        "--fields", action="store_true", help="a row for each field that was sent, old and new"
    )
    which = journal.add_mutually_exclusive_group()
    which.add_argument(
        "--close", type=int, metavar="N", help="end an interrupted push that nobody will continue"
    )
    which.add_argument(
        "--clear",
        type=_cleared,
        metavar="N",
        help="forget what push N sent, or 'ended': all that ended; they cannot be undone then",
    )
    journal.set_defaults(run=_journal)


def _cleared(word: str) -> int | str:
    return word if word == "ended" else int(word)


def _journal(options: argparse.Namespace) -> int:
    from runn_pandas.push.api import journal

    account = connected(options)
    frame = journal(account, close=options.close, clear=options.clear)
    tell_of_demo(account, NO_PUSHES)
    show(frame if options.fields else _pushes(frame), options)
    return DONE


def _pushes(fields: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each push."""
    import pandas as pd

    found = []
    for number, own in fields.groupby("push", sort=False):
        rows = own.drop_duplicates("row")
        first = own.iloc[0]
        found.append(
            {
                "push": number,
                "when": first["when"],
                "resource": first["resource"],
                "rows": len(rows),
                "status": _in_words(rows["status"].value_counts().to_dict()),
                "ended": bool(first["ended"]),
                "undo": first["undo"],
            }
        )
    return pd.DataFrame(
        found, columns=["push", "when", "resource", "rows", "status", "ended", "undo"]
    )
