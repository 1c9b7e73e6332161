"""``completion``: what a shell offers after a word, made from the parser itself."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from runn_pandas.command_line.arguments import DONE, Commands
from runn_pandas.command_line.output import say

BASH = """\
_runn() {{
  local words=
  case "${{COMP_WORDS[1]}} ${{COMP_WORDS[2]-}}" in
{cases}
  esac
  [ "$COMP_CWORD" = 1 ] && words={first}
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _runn runn
"""
ZSH = "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n"


class Offer(NamedTuple):
    """What may follow a command: the command's words, and its own."""

    path: tuple[str, ...]
    words: list[str]


def offers(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[Offer]:
    """Return what may follow each command, the innermost commands first."""
    words: list[str] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from offers(inner, (*path, name))
            words += list(action.choices)
            continue
        words += [word for word in action.option_strings if word.startswith("--")]
        words += map(str, action.choices or ())
        if action.dest == "resource":
            words += _resources()
    yield Offer(path, words)


def _resources() -> list[str]:
    from runn_pandas.catalog import load

    return [name for name in load().resources if "{" not in name]


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the completion script of a shell."""
    *inner, outer = offers(parser)
    if shell == "fish":
        lines = [f"complete -c runn -f -n __fish_use_subcommand -a {_quoted(outer.words)}"]
        return "\n".join([*lines, *(line for one in inner for line in _fish(one))]) + "\n"
    # "read " and "mirror sync": the word after the command may be anything.
    cases = "\n".join(
        f"    {shlex.quote(' '.join(path) + ' ' * (len(path) == 1))}*) words={_quoted(words)} ;;"
        for path, words in inner
    )
    bash = BASH.format(cases=cases, first=_quoted(outer.words))
    return bash if shell == "bash" else ZSH + bash


def _fish(offer: Offer) -> Iterator[str]:
    seen = "; and ".join(f"__fish_seen_subcommand_from {name}" for name in offer.path)
    line = f"complete -c runn -n {shlex.quote(seen)}"
    yield from (f"{line} -l {word[2:]}" for word in offer.words if word.startswith("--"))
    yield f"{line} -a {_quoted([word for word in offer.words if not word.startswith('--')])}"


def _quoted(words: list[str]) -> str:
    return shlex.quote(" ".join(words))


def add_completion(commands: Commands) -> None:
    """Add ``completion``."""
    completion = commands.add_parser(
        "completion",
        help="completion for a shell",
        description="Print a script that has a shell complete the words of this command.",
        epilog='bash, in ~/.bashrc: eval "$(runn completion bash)"; zsh, in ~/.zshrc: eval'
        ' "$(runn completion zsh)"; fish: runn completion fish >'
        " ~/.config/fish/completions/runn.fish",
    )
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    completion.set_defaults(run=_completion)


def _completion(options: argparse.Namespace) -> int:
    say(script(options.shell, options.parser).removesuffix("\n"))
    return DONE
