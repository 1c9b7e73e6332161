"""What a shell completes, by the shells themselves where they are installed."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from runn_pandas.command_line.completion import offers, script
from runn_pandas.command_line.program import COMMANDS, parser


@pytest.mark.parametrize(
    ("words", "offered", "not_offered"),
    [
        ([""], {"read", "push", "mirror"}, {"sync", "--out"}),
        (["re"], {"read", "report", "resources", "reconcile"}, {"push"}),
        (["read", "te"], {"teams"}, {"people"}),
        (["read", "teams", "--"], {"--out", "--json", "--region"}, {"--yes"}),
        (["push", "file.csv", "pe"], {"people"}, {"--yes"}),
        (["push", "--c"], {"--conflict"}, {"--json"}),
        (["mirror", "s"], {"sync", "sql"}, {"tables"}),
        (["mirror", "sync", "--"], {"--history", "--full"}, {"--names"}),
        (["completion", ""], {"bash", "zsh", "fish"}, set()),
    ],
)
def test_bash_offers_what_may_follow(
    words: list[str], offered: set[str], not_offered: set[str]
) -> None:
    asked = f"COMP_WORDS=(runn {' '.join(map(repr, words))}) COMP_CWORD={len(words)}; _runn"
    done = subprocess.run(
        [
            "bash",
            "-euc",
            f'{script("bash", parser())}\n{asked}\nprintf "%s\\n" "${{COMPREPLY[@]}}"',
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = set(done.stdout.split())
    assert offered <= found
    assert not not_offered & found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_takes_its_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [shell, "-n"], input=script(shell, parser()), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_and_option_is_offered() -> None:
    found = {offer.path: offer.words for offer in offers(parser())}
    assert len(found[()]) == len(COMMANDS) + 1, "and --help"
    assert "--dry-run" in found["undo",]
    fish = script("fish", parser())
    assert "__fish_seen_subcommand_from mirror; and __fish_seen_subcommand_from sync" in fish
    assert "-l dry-run" in fish
