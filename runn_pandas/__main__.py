"""The command line: ``python -m runn_pandas demo | read | resources | check-spec``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from runn_pandas.errors import ConfigError, FilterError, RunnError
from runn_pandas.frame.foreign_text import printable
from runn_pandas.table_files import WRITABLE, write_csv, write_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, 1 for an error, 2 for wrong usage."""
    options = _options(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names are of all the world, whatever the terminal's code page.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except BrokenPipeError:
        # The reader of the output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (RunnError, OSError, UnicodeError) as error:
        print(f"runn_pandas: {printable(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("runn_pandas: interrupted", file=sys.stderr)
        return 130


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    # argparse stops taking filters at an option; those that stand behind one are left over.
    options, rest = parser.parse_known_args(arguments)
    if not hasattr(options, "filters"):
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        return options
    options.filters += rest
    for word in options.filters:
        name, is_filter, _ = word.partition("=")
        if word.startswith("-") or not name or not is_filter:
            parser.error(f"{word!r} is not filter=value")
    return options


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help says more)\n")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m runn_pandas",
        description="Runn (runn.io) as pandas DataFrames.",
        epilog="The token comes from RUNN_API_TOKEN ('demo' for the embedded demo account),"
        " the region from RUNN_REGION (eu or us), another address from RUNN_API_URL.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_demo, _add_read, _add_resources, _add_metrics, _add_check_spec):
        add(commands)
    return parser


# -- one command after the other: its arguments, and what it does


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser(
        "demo",
        help="a short tour of the demo account, or serve it",
        description="A short tour of the embedded demo account: no token, no network. With"
        " --serve, the demo account as a server on this machine, for other clients and classes.",
    )
    demo.add_argument("--serve", action="store_true", help="serve the API until Ctrl-C")
    demo.add_argument(
        "--port", type=_port, default=8120, help="port to serve on (default 8120, 0: any)"
    )
    demo.add_argument("--people", type=_count, default=40, help="size of the company (default 40)")
    demo.add_argument(
        "--limit",
        type=_whole,
        default=120,
        help="requests a minute for each token (default 120, 0: no limit)",
    )
    demo.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    if options.serve:
        return _serve(options)
    from runn_pandas.tour import show_tour

    show_tour(print, people=options.people)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from runn_pandas.demo.server import Demo, serve

    try:
        server = serve(Demo(options.people, limit=options.limit or None), port=options.port)
    except OSError as error:
        raise ConfigError(
            f"Port {options.port} cannot be used ({error.strerror}); --port 0 takes a free one."
        ) from error
    print(f"The demo account is served on http://127.0.0.1:{server.server_port} until Ctrl-C.")
    print(
        f"In another terminal: RUNN_API_TOKEN=demo RUNN_API_URL=http://127.0.0.1:{server.server_port}"
    )
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("Stopped.")
    finally:
        server.server_close()
    return 0


def _add_read(commands: Any) -> None:
    read = commands.add_parser(
        "read",
        help="read a resource into a file or to the screen",
        description="Read every page of a resource. Without --out it is written as CSV to the"
        " standard output, control characters spelled out as in \\x1b. In CSV a text that a"
        " spreadsheet would take for a formula has an apostrophe before it; .json and .parquet have"
        " all texts as they are.",
        epilog="Example: python -m runn_pandas read actuals minDate=2026-01-01 --out january.csv",
    )
    read.add_argument("resource", help="such as people or projects/12/phases; see 'resources'")
    read.add_argument("filters", nargs="*", metavar="filter=value", help="the API's own filters")
    read.add_argument("--out", type=_file, metavar="FILE", help="a .csv, .parquet or .json file")
    read.add_argument(
        "--expand",
        action="append",
        metavar="FIELD",
        help="nested field to columns; references=Harvest,Forecast has these columns in any case",
    )
    read.add_argument("--demo", action="store_true", help="read the demo account")
    read.set_defaults(run=_read)


def _read(options: argparse.Namespace) -> int:
    from runn_pandas.account import connect
    from runn_pandas.reader.read import read_runn

    filters = _filters(options.resource, options.filters)
    account = connect("demo") if options.demo else connect()
    expand = {
        name: [part for part in parts.split(",") if part]
        for name, _, parts in (word.partition("=") for word in options.expand or ())
    }
    frame = read_runn(options.resource, account=account, expand=expand or None, **filters)
    if options.out is None:
        write_csv(frame, _Screen())
    else:
        write_table(frame, options.out)
    where = f" to {options.out}" if options.out else ""
    print(f"{len(frame)} rows of {options.resource}{where}", file=sys.stderr)
    return 0


def _filters(resource: str, words: Sequence[str]) -> dict[str, Any]:
    """Return filters written as ``name=value``; a list where one may be given."""
    from runn_pandas.catalog import load
    from runn_pandas.catalog.filters import check_filters

    found, in_place = load().find(resource)
    known = {p.name: p for p in (*found.path_parameters, *found.filters)}
    filters: dict[str, Any] = {}
    for word in words:
        name, value = word.split("=", 1)
        if name in filters:
            raise FilterError(f"The filter {name} is given twice.")
        if name not in known:
            # Before a word is taken for an option of read_runn.
            check_filters(found, {name: value}, in_place)
        several = known[name].type == "array" or known[name].location == "path"
        filters[name] = value.split(",") if several and "," in value else value
    return filters


def _add_resources(commands: Any) -> None:
    resources = commands.add_parser(
        "resources",
        help="list what can be read",
        description="List every resource with its filters, page limit and writes, or show the"
        " filters and fields of one.",
    )
    resources.add_argument("resource", nargs="?", help="show this one")
    resources.add_argument("--markdown", action="store_true", help="as the README's table")
    resources.set_defaults(run=_resources)


def _add_metrics(commands: Any) -> None:
    metrics = commands.add_parser(
        "metrics",
        help="list Runn's metrics",
        description="List the metrics of Runn's reports: the name that rp.report takes, Runn's"
        " own, and what it is.",
    )
    metrics.add_argument("--markdown", action="store_true", help="as the table of the docs")
    metrics.set_defaults(run=_metrics)


def _metrics(options: argparse.Namespace) -> int:
    from runn_pandas.analysis.reports.metric_table import markdown, table

    if options.markdown:
        print(markdown())
    else:
        for metric in table():
            print(f"{metric.name:28}  {metric.runn} ({', '.join(metric.reports)})")
    return 0


def _resources(options: argparse.Namespace) -> int:
    from runn_pandas.reader.resource_table import markdown, resources

    if options.resource:
        _print_resource(options.resource)
    elif options.markdown:
        print(markdown())
    else:
        columns = ["resource", "page_limit", "writes", "filters"]
        table = resources()[columns].astype("string").fillna("")
        rows = [[name.replace("_", " ") for name in columns], *table.to_numpy().tolist()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            print("  ".join(cells).rstrip())
    return 0


def _print_resource(name: str) -> None:
    from runn_pandas.catalog import load

    found = load().find(name)[0]
    print(f"{found.name}: {found.operation.method} {found.operation.path}")
    for parameter in (*found.path_parameters, *found.filters):
        choices = f" one of {', '.join(map(str, parameter.enum))}" if parameter.enum else ""
        default = found.always_sent.get(parameter.name, parameter.default)
        note = "" if default is None else f" (default {str(default).lower()})"
        note = " (needed)" if parameter.location == "path" else note
        print(f"  filter  {parameter.name}: {parameter.format or parameter.type}{choices}{note}")
    for field in found.fields:
        print(f"  field   {field.name}: {field.kind}{' or missing' if field.nullable else ''}")


def _add_check_spec(commands: Any) -> None:
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
        print(printable(line))
    if options.write:
        if not facts["operations"]:
            raise ConfigError("The file has no operations, so it is not made the catalogue.")
        write(facts)
    if not lines:
        print(f"No difference: {len(facts['operations'])} operations, as in the catalogue.")
        return 0
    print(f"{len(lines)} differences.", file=sys.stderr)
    return 1


# -- arguments


def _whole(text: str, least: int = 0, most: float = 1_000_000) -> int:
    number = int(text)
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{number} is not a number from {least} to {most:.0f}")
    return number


def _count(text: str) -> int:
    return _whole(text, 1, 100_000)


def _port(text: str) -> int:
    return _whole(text, 0, 65535)


def _file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in WRITABLE:
        raise argparse.ArgumentTypeError(f"{text!r} does not end in {' or '.join(WRITABLE)}")
    return path


class _Screen:
    """The standard output, where what others wrote cannot steer a terminal."""

    def write(self, text: str) -> None:
        """Write a text as `printable` has it."""
        sys.stdout.write(printable(text))


if __name__ == "__main__":
    sys.exit(main())
