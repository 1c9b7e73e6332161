"""``mirror`` and ``cache``: what this machine keeps of an account."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runn_pandas.command_line.arguments import (
    DONE,
    Commands,
    account_options,
    connected,
    output_options,
)
from runn_pandas.command_line.output import note, show
from runn_pandas.command_line.writing import tell_of_demo
from runn_pandas.frame.words import counted

READ_ANEW = "Each command with --demo has a demo of its own, so all lists were read anew."


def add_mirror(commands: Commands) -> None:
    """Add ``mirror sync``, ``mirror sql`` and ``mirror tables``."""
    mirror = commands.add_parser(
        "mirror",
        help="a local copy of an account, kept up to date",
        description="A folder of Parquet files that holds an account's lists.",
    )
    verbs = mirror.add_subparsers(required=True, metavar="VERB")
    sync = verbs.add_parser(
        "sync",
        parents=[account_options(), output_options("what was done")],
        help="bring it up to date; it is made if it is not there",
        description="Bring a mirror up to date. Without a terminal, as cron runs it, nothing is"
        " printed but what goes wrong, unless --json asks for it.",
        epilog="Example: 0 6 * * * runn mirror sync /srv/runn",
    )
    sync.add_argument("path", metavar="PATH", help="the folder")
    sync.add_argument(
        "resources", nargs="*", metavar="RESOURCE", help="what to hold besides what it holds"
    )
    sync.add_argument("--history", action="store_true", help="keep every version from now on")
    sync.add_argument("--full", action="store_true", help="read every list as a whole")
    sync.add_argument(
        "--full-every",
        metavar="PERIOD",
        help="read lists whose deletions are not logged as a whole only so often, such as 7D;"
        " in between, removed rows may still be there",
    )
    sync.set_defaults(run=_sync)
    sql = verbs.add_parser(
        "sql",
        parents=[output_options()],
        help="query it with DuckDB",
        description="Run SQL over the tables of a mirror; no request is sent.",
        epilog='Example: runn mirror sql /srv/runn "select count(*) from actuals"',
    )
    sql.add_argument("path", metavar="PATH", help="the folder")
    sql.add_argument("query", metavar="QUERY", help='a table is "time-offs/leave" in quotes')
    sql.set_defaults(run=_sql)
    tables = verbs.add_parser(
        "tables",
        parents=[output_options()],
        help="list its tables",
        description="List the tables of a mirror; no request is sent.",
    )
    tables.add_argument("path", metavar="PATH", help="the folder")
    tables.set_defaults(run=_tables)


def _sync(options: argparse.Namespace) -> int:
    from runn_pandas.mirror import mirror

    account = connected(options)
    done = mirror(options.path, options.resources or None, account).sync(
        options.history, full=options.full, full_every=options.full_every
    )
    if options.out is not None or options.json or sys.stdout.isatty():
        show(done, options)
        if done["mode"].str.contains("another demo", regex=False).any():
            tell_of_demo(account, READ_ANEW)
    return DONE


def _sql(options: argparse.Namespace) -> int:
    from runn_pandas.mirror import mirror

    show(mirror(options.path).sql(options.query), options)
    return DONE


def _tables(options: argparse.Namespace) -> int:
    from runn_pandas.errors import FrameError
    from runn_pandas.mirror.folder import Folder
    from runn_pandas.mirror.render import listing

    state = Folder(Path(options.path).expanduser().absolute()).load()
    if state is None:
        raise FrameError(f"There is no mirror in {options.path}; 'runn mirror sync' makes one.")
    show(listing(state), options)
    return DONE


def add_cache(commands: Commands) -> None:
    """Add ``cache info`` and ``cache clear``."""
    cache = commands.add_parser(
        "cache",
        help="what is cached of an account",
        description="The lists that were read of an account and are kept on this machine.",
    )
    verbs = cache.add_subparsers(required=True, metavar="VERB")
    info = verbs.add_parser(
        "info",
        parents=[account_options(), output_options()],
        help="list them, and how old they are",
        description="List what is cached of the account.",
    )
    info.set_defaults(run=_info)
    clear = verbs.add_parser(
        "clear",
        parents=[account_options()],
        help="remove them",
        description="Remove what is cached of the account.",
    )
    clear.add_argument("resource", nargs="?", metavar="RESOURCE", help="only this one's lists")
    clear.set_defaults(run=_clear)


def _info(options: argparse.Namespace) -> int:
    from runn_pandas import cache
    from runn_pandas.account import use

    with use(connected(options)):
        frame = cache.info()
    show(frame.assign(age=frame["age"].astype("string")), options)
    return DONE


def _clear(options: argparse.Namespace) -> int:
    from runn_pandas import cache
    from runn_pandas.account import use

    with use(connected(options)):
        removed = cache.clear(options.resource)
    note(f"{counted(removed, 'cached list')} removed")
    return DONE
