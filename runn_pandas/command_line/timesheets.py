"""``reconcile``: a timesheet against Runn's actuals, and the actuals made to agree."""

from __future__ import annotations

import argparse
import warnings
from typing import TYPE_CHECKING

from runn_pandas.command_line.arguments import (
    DONE,
    PARTLY,
    Commands,
    account_options,
    connected,
    file_options,
    matched,
    named,
    output_options,
    read_options,
    source,
)
from runn_pandas.command_line.differences import key_names, show_differences, tell_left_out
from runn_pandas.command_line.output import is_for_people, note, show
from runn_pandas.command_line.writing import carry_out, check_out, first_row, write_options
from runn_pandas.errors import UnmatchedWarning
from runn_pandas.frame.words import counted
from runn_pandas.table_files import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from runn_pandas.account import Account

# What is said of a file that is no export.
SAID = ("match", "minutes", "hours", "seconds", "billable", "entry_id")
HOURS = {"timesheetMinutes": "in the timesheet", "runnMinutes": "in Runn"}


def add_reconcile(commands: Commands) -> None:
    """Add ``reconcile``."""
    reconcile = commands.add_parser(
        "reconcile",
        parents=[
            file_options(),
            write_options(),
            account_options(),
            output_options("the comparison"),
        ],
        help="compare a timesheet with Runn's actuals",
        description="Compare a timesheet with the actuals of its people, projects and days, a row"
        " for each day, person and project. On a terminal the rows that differ are shown, in hours;"
        " a file, a pipe and JSON have every row and every column. An export of Harvest, Toggl,"
        " Clockify, Tempo or Kimai is known by its heads; of any other file, say which column is"
        " what. With --push, show what makes Runn agree, ask, and write it.",
        epilog="Example: runn reconcile june.csv --hours Hours --match personId.email=Email"
        " --match projectId.name=Project --match date='Spent date' --push",
    )
    reconcile.add_argument("file", metavar="FILE", type=source, help="CSV, Excel, Parquet or JSON")
    reconcile.add_argument("--source", metavar="TOOL", help="whose export it is, such as toggl")
    reconcile.add_argument(
        "--dayfirst",
        action=argparse.BooleanOptionalAction,
        help="whether 01/06/2026 in an export is the first of June",
    )
    reconcile.add_argument(
        "--columns",
        action="append",
        metavar="NAME=COLUMN",
        help="what a column of any other export holds, such as date=Day (again: one each)",
    )
    reconcile.add_argument("--times-in", metavar="ZONE", help="the zone of its times, such as UTC")
    reconcile.add_argument(
        "--days-in", metavar="ZONE", help="the zone whose days count, such as Europe/Oslo"
    )
    reconcile.add_argument("--start", metavar="DATE", help="the first day (default: the file's)")
    reconcile.add_argument("--end", metavar="DATE", help="the last day (default: the file's)")
    for unit in ("minutes", "hours", "seconds"):
        reconcile.add_argument(f"--{unit}", metavar="COLUMN", help=f"the durations, in {unit}")
    reconcile.add_argument("--entry-id", metavar="COLUMN", help="the tool's own id of an entry")
    reconcile.add_argument("--billable", metavar="COLUMN", help="whether an entry is billable")
    reconcile.add_argument(
        "--match",
        action="append",
        metavar="ID.FIELD=COLUMN",
        help="how ids are found; columns with + between them are joined by a blank",
    )
    reconcile.add_argument(
        "--only-runn",
        choices=("keep", "zero"),
        default="keep",
        help="what becomes of actuals that the timesheet has no row for (default keep)",
    )
    reconcile.add_argument("--push", action="store_true", help="write what makes Runn agree")
    reconcile.add_argument(
        "--all", action="store_true", help="on a terminal, show the rows that match too"
    )
    reconcile.add_argument(
        "--names",
        action="store_true",
        help="a column of names beside those of ids, in a file, a pipe and JSON",
    )
    reconcile.set_defaults(run=_reconcile)


def _reconcile(options: argparse.Namespace) -> int:
    from runn_pandas.analysis.reconciliation.api import reconcile

    check_out(options)
    account, units = connected(options), ("minutes", "hours", "seconds")
    durations = {unit: getattr(options, unit) for unit in units if getattr(options, unit)}
    with warnings.catch_warnings(record=True) as told:
        result = reconcile(
            _entries(options),
            start=options.start,
            end=options.end,
            billable=options.billable,
            match=matched(options.match),
            entry_id=options.entry_id,
            only_runn=options.only_runn,
            account=account,
            **durations,
        )
    if not options.push:
        _show(result, options, account)
    note(_in_words(result))
    for message in dict.fromkeys(str(one.message) for one in told):
        note(message)
    tell_left_out(result, account)
    code = PARTLY if any(issubclass(one.category, UnmatchedWarning) for one in told) else DONE
    if not options.push:
        return code
    if options.out is not None:
        write_table(_named(result, options, account), options.out)
        options.out = None
    named = result.set_axis(key_names(result, account))
    return max(code, carry_out(named.runn.plan("actuals"), options))


def _show(result: pd.DataFrame, options: argparse.Namespace, account: Account) -> None:
    """Show a comparison: to people what differs, to programs all of it."""
    if is_for_people(options):
        show_differences(result, account, every=options.all)
    else:
        show(_named(result, options, account), options)


def _named(result: pd.DataFrame, options: argparse.Namespace, account: Account) -> pd.DataFrame:
    from runn_pandas.lookup.name_columns import names

    return names(result, account=account) if options.names else result


def _entries(options: argparse.Namespace) -> pd.DataFrame:
    """Return the rows of the file: entries, if it is an export of which nothing else is said."""
    from runn_pandas.analysis.timesheets.api import read_timesheet
    from runn_pandas.analysis.timesheets.heads import is_export

    columns = named(options.columns, "--columns")
    rows = read_table(options.file, **read_options(options))
    said = any(getattr(options, name) for name in SAID)
    asked = any((options.source, columns, options.times_in, options.days_in))
    if not asked and (said or not is_export(list(rows.columns))):
        # As the file numbers them, for what is said of rows.
        return rows.set_axis(rows.index + first_row(options.file))
    return read_timesheet(
        options.file,
        options.source,
        options.dayfirst,
        columns=columns,
        times_in=options.times_in,
        days_in=options.days_in,
        **read_options(options),
    )


def _in_words(result: pd.DataFrame) -> str:
    """Return a comparison in one sentence."""
    from runn_pandas.analysis.reconciliation.compared_days import days_in_words

    counts = ", ".join(f"{n:,} {said}" for said, n in result["status"].value_counts().items())
    hours = ", ".join(f"{result[name].sum() / 60:,.2f} h {said}" for name, said in HOURS.items())
    return f"{counted(len(result), 'row')}{days_in_words(result)}: {counts or 'none'}; {hours}"
