"""The commands of ``docs/command-line.md``, made from the parser.

``python -m tests.support.command_reference`` writes them anew.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from runn_pandas.command_line.arguments import CODES
from runn_pandas.command_line.program import parser
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "command-line.md"
MARKS = ("<!-- commands: python -m tests.support.command_reference -->", "<!-- /commands -->")


def reference() -> str:
    codes = [f"| {code} | {what} |" for code, what in CODES.items()]
    commands = "\n\n".join(_described(one) for one in _commands(parser()))
    return "\n".join(["| exit code | means |", "|--:|---|", *codes]) + f"\n\n{commands}"


def _commands(outer: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in outer._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                verbs = list(_commands(inner))
                yield from verbs or [inner]


def _described(command: argparse.ArgumentParser) -> str:
    groups = {str(group.title): group._group_actions for group in command._action_groups}
    account = groups.pop("account", None)
    rows = [_row(one) for group in groups.values() for one in group if one.dest != "help"]
    parts = [f"### `{command.prog}`", "", _escaped(command.description or "")]
    if rows:
        parts += ["", "| argument | |", "|---|---|", *rows]
    if account:
        parts += ["", "And the options of [the account](#the-account)."]
    if command.epilog:
        parts += ["", *_example(command.epilog)]
    return "\n".join(parts)


def _row(action: argparse.Action) -> str:
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    words = [*action.option_strings]
    if not words:
        words = [choices or str(action.metavar or action.dest)]
    elif action.nargs != 0 and not isinstance(action, argparse.BooleanOptionalAction):
        words.append(choices or str(action.metavar or action.dest.upper()))
    return f"| `{' '.join(words)}` | {_escaped(action.help or '')} |"


def _example(epilog: str) -> list[str]:
    found = re.fullmatch(r"Example: (.*)", epilog)
    return ["```sh", found[1], "```"] if found else [_escaped(epilog)]


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def write() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
    page = f"{before}{MARKS[0]}\n{reference()}\n{MARKS[1]}{after}"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write()
