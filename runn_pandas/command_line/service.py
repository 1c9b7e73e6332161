"""``demo``, ``check`` and ``check-spec``: an account to try, and what a real one is like."""

from __future__ import annotations

import argparse
import sys

from runn_pandas.command_line.arguments import (
    DONE,
    ERROR,
    PARTLY,
    Commands,
    account_options,
    connected,
    count,
    output_options,
    port,
    whole,
)
from runn_pandas.command_line.output import note, say
from runn_pandas.command_line.wording import of_commands
from runn_pandas.errors import ConfigError
from runn_pandas.table_files import write_table


def add_demo(commands: Commands) -> None:
    """Add ``demo``."""
    demo = commands.add_parser(
        "demo",
        help="a short tour of the demo account, or serve it",
        description="A short tour of the embedded demo account: no token, no network. With"
        " --serve, the demo account as a server on this machine, for other clients and classes.",
    )
    demo.add_argument("--serve", action="store_true", help="serve the API until Ctrl-C")
    demo.add_argument(
        "--port", type=port, default=8120, help="port to serve on (default 8120, 0: any)"
    )
    demo.add_argument("--people", type=count, default=40, help="size of the company (default 40)")
    demo.add_argument(
        "--limit",
        type=whole,
        default=120,
        help="requests a minute for each token (default 120, 0: no limit)",
    )
    demo.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    if options.serve:
        return _serve(options)
    from runn_pandas.tour import show_tour

    show_tour(say, people=options.people)
    return DONE


def _serve(options: argparse.Namespace) -> int:
    from runn_pandas.demo.server import Demo, serve

    try:
        server = serve(Demo(options.people, limit=options.limit or None), port=options.port)
    except OSError as error:
        raise ConfigError(
            f"Port {options.port} cannot be used ({error.strerror}); --port 0 takes a free one."
        ) from error
    url = f"http://127.0.0.1:{server.server_port}"
    say(f"The demo account is served on {url} until Ctrl-C.")
    say(f"In another terminal: RUNN_API_TOKEN=demo RUNN_API_URL={url}")
    say("A limit of its own has each token that begins with demo: demo-1, demo-2, ...")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        server.server_close()
    return DONE


def add_check(commands: Commands) -> None:
    """Add ``check``."""
    check = commands.add_parser(
        "check",
        parents=[account_options(), output_options("the questions and answers")],
        help="look at an account: what works, and how it behaves",
        description="Look at an account and say what works: token, plan, clock, limit, sizes of its"
        " lists, and which open questions about Runn it settles. Nothing is changed, but for"
        " --writes. The report has nothing personal in it and can be sent in. Exit code 3 if"
        " anything failed, or is otherwise than this version expects.",
    )
    check.add_argument(
        "--writes",
        action="store_true",
        help="also make, change and delete some records, on a test account (TEST_) only",
    )
    check.add_argument(
        "--limit", action="store_true", help="also meet the limit on purpose, which others share"
    )
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from runn_pandas.account_check.api import check

    account = connected(options, read_only=not options.writes)
    report = check(options.writes, limit=options.limit, account=account)
    if options.out is not None:
        write_table(report.frame, options.out)
    say(report.to_json() if options.json else of_commands(report.to_text()))
    for path in report.left:
        note(f"{path} was made and could not be deleted again")
    return DONE if report.ok else PARTLY


def add_check_spec(commands: Commands) -> None:
    """Add ``check-spec``."""
    check = commands.add_parser(
        "check-spec",
        help="compare the API's OpenAPI file with the catalogue",
        description="Print what is new, gone or changed in an OpenAPI file against the catalogue"
        " that this version was made with. Exit code 1 if anything differs.",
    )
    check.add_argument("source", metavar="FILE_OR_URL")
    check.add_argument("--write", action="store_true", help="make it the catalogue")
    check.set_defaults(run=_check_spec)


def _check_spec(options: argparse.Namespace) -> int:
    from runn_pandas.catalog.openapi import differences, facts_of, read_spec, write
    from runn_pandas.catalog.resources import committed_facts

    facts = facts_of(read_spec(options.source))
    lines = differences(committed_facts(), facts)
    for line in lines:
        say(line)
    if options.write:
        if not facts["operations"]:
            raise ConfigError("The file has no operations, so it is not made the catalogue.")
        write(facts)
    if not lines:
        say(f"No difference: {len(facts['operations'])} operations, as in the catalogue.")
        return DONE
    say(f"{len(lines)} differences.", error=True)
    return ERROR
