"""``read``, ``resources``, ``metrics``, ``report``, ``availability``: what an account says."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from runn_pandas.command_line.arguments import (
    DONE,
    Commands,
    account_options,
    connected,
    listed,
    output_options,
)
from runn_pandas.command_line.output import note, say, show, show_json
from runn_pandas.errors import FilterError
from runn_pandas.frame.words import counted


def add_read(commands: Commands) -> None:
    """Add ``read``."""
    read = commands.add_parser(
        "read",
        parents=[account_options(), output_options()],
        help="read a resource into a file or to the screen",
        description="Read every page of a resource. Without --out it is written as CSV to the"
        " standard output, control characters spelled out as in \\x1b. In CSV a text that a"
        " spreadsheet would take for a formula has an apostrophe before it; the other formats have"
        " all texts as they are.",
        epilog="Example: runn read actuals minDate=2026-01-01 --out january.csv",
    )
    read.add_argument("resource", help="such as people or projects/12/phases; see 'resources'")
    read.add_argument("filters", nargs="*", metavar="filter=value", help="the API's own filters")
    read.add_argument(
        "--expand",
        action="append",
        metavar="FIELD",
        help="nested field to columns; references=Harvest,Forecast has these columns in any case",
    )
    read.add_argument("--names", action="store_true", help="a column of names beside those of ids")
    read.set_defaults(run=_read)


def _read(options: argparse.Namespace) -> int:
    from runn_pandas.reader.read import read_runn

    filters = _filters(options.resource, options.filters)
    account = connected(options)
    expand = {
        name: [part for part in parts.split(",") if part]
        for name, _, parts in (word.partition("=") for word in options.expand or ())
    }
    frame = read_runn(options.resource, account=account, expand=expand or None, **filters)
    show(_named(frame, options), options, csv=True)
    where = f" to {options.out}" if options.out else ""
    note(f"{counted(len(frame), 'row')} of {options.resource}{where}")
    return DONE


def _named(frame: Any, options: argparse.Namespace) -> Any:
    return frame.runn.names() if options.names else frame


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


def add_resources(commands: Commands) -> None:
    """Add ``resources``."""
    resources = commands.add_parser(
        "resources",
        help="list what can be read and written",
        description="List every resource with its filters, page limit and writes, or show the"
        " filters and fields of one.",
    )
    resources.add_argument("resource", nargs="?", help="show this one")
    form = resources.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON on the standard output")
    form.add_argument("--markdown", action="store_true", help="as the table of docs/resources.md")
    resources.set_defaults(run=_resources)


def _resources(options: argparse.Namespace) -> int:
    from runn_pandas.reader.resource_table import markdown, resources
    from runn_pandas.table_files import records

    if options.json:
        show_json(records(resources(options.resource)))
    elif options.resource:
        _print_resource(options.resource)
    elif options.markdown:
        say(markdown())
    else:
        columns = ["resource", "page_limit", "writes", "filters"]
        table = resources()[columns].astype("string").fillna("")
        rows = [[name.replace("_", " ") for name in columns], *table.to_numpy().tolist()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            say("  ".join(cells).rstrip())
    return DONE


def _print_resource(name: str) -> None:
    from runn_pandas.catalog import load

    found = load().find(name)[0]
    say(f"{found.name}: {found.operation.method} {found.operation.path}")
    for parameter in (*found.path_parameters, *found.filters):
        choices = f" one of {', '.join(map(str, parameter.enum))}" if parameter.enum else ""
        default = found.always_sent.get(parameter.name, parameter.default)
        note = "" if default is None else f" (default {str(default).lower()})"
        note = " (needed)" if parameter.location == "path" else note
        say(f"  filter  {parameter.name}: {parameter.format or parameter.type}{choices}{note}")
    for field in found.fields:
        say(f"  field   {field.name}: {field.kind}{' or missing' if field.nullable else ''}")


def add_metrics(commands: Commands) -> None:
    """Add ``metrics``."""
    metrics = commands.add_parser(
        "metrics",
        help="list Runn's metrics",
        description="List the metrics of Runn's reports: the name that report takes, Runn's"
        " own, and what it is.",
    )
    form = metrics.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON on the standard output")
    form.add_argument("--markdown", action="store_true", help="as the table of the docs")
    metrics.set_defaults(run=_metrics)


def _metrics(options: argparse.Namespace) -> int:
    from runn_pandas.analysis.reports.api import metrics
    from runn_pandas.analysis.reports.metric_table import markdown, table
    from runn_pandas.table_files import records

    if options.json:
        show_json(records(metrics()))
    elif options.markdown:
        say(markdown())
    else:
        for metric in table():
            say(f"{metric.name:28}  {metric.runn} ({', '.join(metric.reports)})")
    return DONE


# -- the analyses


def add_report(commands: Commands) -> None:
    """Add ``report``."""
    report = commands.add_parser(
        "report",
        parents=[account_options(), output_options()],
        help="Runn's own reports: any metric, by any group",
        description="Runn's own report of people or of projects, or one of its ready-made ones,"
        " such as people/utilization or projects/profitability-by-client. 'runn metrics' lists the"
        " metrics.",
        epilog="Example: runn report people --start 2026-06-01 --end 2026-06-30 --by team"
        " --metrics total,overtime --names",
    )
    report.add_argument("kind", metavar="KIND", help="people, projects, or a ready-made report")
    report.add_argument("--start", metavar="DATE", help="the first day (default: all there is)")
    report.add_argument("--end", metavar="DATE", help="the last day")
    report.add_argument("--metrics", action="append", metavar="NAMES", help="with commas, or again")
    _add_groups(report, "the periods, such as MS (default: none)")
    report.add_argument("--as-of", metavar="DATE", help="the day that divides past from future")
    for name, what in (("tentative", "tentative projects"), ("placeholders", "placeholders")):
        report.add_argument(
            f"--{name}",
            action=argparse.BooleanOptionalAction,
            help=f"whether {what} count (default: as in Runn's report)",
        )
    report.set_defaults(run=_report)


def _add_groups(parser: argparse.ArgumentParser, periods: str) -> None:
    parser.add_argument(
        "--by", action="append", metavar="FIELDS", help="the groups, with commas, or again"
    )
    parser.add_argument("--freq", choices=("D", "W", "W-MON", "MS", "QS", "YS"), help=periods)
    parser.add_argument(
        "--unit", choices=("hours", "minutes", "days", "fte"), default="hours", help="of hours"
    )
    parser.add_argument(
        "--names", action="store_true", help="a column of names beside those of ids"
    )


def _report(options: argparse.Namespace) -> int:
    from runn_pandas.analysis.reports.api import report

    frame = report(
        options.kind,
        options.start,
        options.end,
        metrics=listed(options.metrics),
        by=listed(options.by),
        freq=options.freq,
        unit=options.unit,
        as_of=options.as_of,
        include_tentative=options.tentative,
        include_placeholders=options.placeholders,
        account=connected(options),
    )
    show(_named(frame, options), options)
    return DONE


def add_availability(commands: Commands) -> None:
    """Add ``availability``."""
    free = commands.add_parser(
        "availability",
        parents=[account_options(), output_options()],
        help="who has room, and when",
        description="Effective capacity less scheduled hours, as in Runn's planner.",
        epilog="Example: runn availability 2026-07-01 2026-07-31 --role Designer --names",
    )
    free.add_argument("start", metavar="START", help="the first day")
    free.add_argument("end", metavar="END", help="the last day")
    for name in ("role", "skill", "team"):
        free.add_argument(f"--{name}", action="append", help="only these: a name, or an id")
    _add_groups(free, "the periods (default W)")
    free.set_defaults(run=_availability)


def _availability(options: argparse.Namespace) -> int:
    from runn_pandas.analysis.reports.room import availability

    frame = availability(
        options.start,
        options.end,
        role=_ids(options.role),
        skill=_ids(options.skill),
        team=_ids(options.team),
        by=listed(options.by) or "person",
        freq=options.freq or "W",
        unit=options.unit,
        account=connected(options),
    )
    show(_named(frame, options), options)
    return DONE


def _ids(words: Sequence[str] | None) -> list[int | str] | None:
    return None if words is None else [int(word) if word.isdecimal() else word for word in words]
