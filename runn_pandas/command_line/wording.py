"""What Python calls things, as the command line has them: of the messages that commands print."""

from __future__ import annotations

import re
import shlex

_MATCH = re.compile(r"(?:match|columns)=\{(?:[^{}]|\{[^{}]*\})*\}")
_PAIR = re.compile(r"""(['"])([^'"]+)\1: (\{[^{}]*\}|\[[^\]]*\]|(['"]).*?\4|<[^>]+>|\.\.\.)""")
# What the table of phrases leaves: an option with a value, one without, one that is named alone.
_OPTIONS = "on|na|conflict|sheet|encoding|delimiter|source|times_in|days_in|start|end|only_runn"
_COLUMNS = "minutes|hours|seconds|billable|entry_id"
_VALUE = re.compile(rf"\b({_OPTIONS}|{_COLUMNS})=(<[^>]+>|'[^']*')")
_NAME = re.compile(rf"\b({_OPTIONS}|{_COLUMNS}|match|columns)=(?![\w'\"<{{\[(])")
_ZONES = re.compile(r"(?<![\w-])(times_in|days_in)(?!\w)")
# A row of a comparison, whose label is a text that says all: the day, who, and on what.
_ROW = r"row (['\"])(\d{4}-\d\d-\d\d .*?)\1"
PHRASES = [
    (re.compile(pattern), words)
    for pattern, words in (
        (rf"(?m)^  {_ROW} \(new\): .*?, (?=role )", r"  \2 (new): "),
        (rf"(?m)^  {_ROW} \(id (\d+), .*\): (.*)$", r"  \2 (id \3): \4"),
        (rf"(?i)\b(?={_ROW})row ", ""),
        (
            r"turn the column into dates first, pd\.to_datetime\(.*?\), for only you know the order"
            r" of day and month",
            "write it so, or of a timesheet name each column (--columns date=COLUMN ...), which"
            " takes --dayfirst and --no-dayfirst",
        ),
        (
            r"numbers with a decimal point \(read_csv has decimal=','\)",
            "numbers with a decimal point (of a timesheet, with a comma too if each column is"
            " named: --columns hours=COLUMN ...)",
        ),
        (
            r"Give their own: df\[column\]\.dt\.tz_convert\('([^']+)'\)",
            r"Name each column for their own (--columns date=COLUMN ...), with --days-in \1",
        ),
        (r"fill them in \(timesheet\.fillna\([^)]*\)\)", "fill them in"),
        (r"drop_duplicates\(\) before rp\.reconcile( \(of .*?\)\))?", "remove them from the file"),
        (r": keep one of each, timesheet\.drop_duplicates\([^)]*\)", ": keep one of each"),
        (r" rp\.unmatched\(timesheet, \.\.\.\) with the same arguments lists them,.*?misses\.", ""),
        (r" The error's \.problems lists them all\.", ""),
        (r" attrs\['timesheet'\] names all rows\.", ""),
        (r"\(\.dropna\(\)\)", ""),
        (r"columns has '", "--columns has '"),
        (r"dayfirst=True", "--dayfirst"),
        (r"dayfirst=False", "--no-dayfirst"),
        (r"\bnew=False", "--no-new"),
        (r"\brepeat=True", "--repeat"),
        (r"plan\.changes has them all", "--out FILE has them all"),
        (r"; plan\.summary counts them", ""),
        (r"\bdf\.runn\.push\('([^']+)'\)", r"'runn push FILE \1'"),
        (r"\b(?:df|rp)\.(?:runn\.)?(plan|push|journal|resources|check|undo)\(\)", r"'runn \1'"),
        (r"\brp\.undo\((\d+)\)", r"'runn undo \1'"),
        (r"\brp\.journal\((close|clear)='?(\w+)'?\)", r"'runn journal --\1 \2'"),
        (r"\brp\.check\((writes|limit)=True\)", r"'runn check --\1'"),
        (r"\brp\.(check|reconcile)(?![\w(.])", r"'runn \1'"),
    )
]


def of_commands(text: str) -> str:
    """Return a message in which options are called as the command line calls them.

    Examples
    --------
    >>> of_commands("say match={'personId': {'name': 'Full name'}}, or dayfirst=True")
    "say --match 'personId.name=Full name', or --dayfirst"
    >>> of_commands("rp.undo(7) takes it back (sheet='...' takes another)")
    "'runn undo 7' takes it back (--sheet ... takes another)"
    """
    for pattern, words in PHRASES:
        text = pattern.sub(words, text)
    text = _VALUE.sub(lambda found: f"{_option(found[1])} {_word(found[2])}", text)
    text = _NAME.sub(lambda found: _option(found[1]), text)
    text = _ZONES.sub(lambda found: _option(found[1]), text)
    return _MATCH.sub(lambda found: _pairs(found[0]), text)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _pairs(text: str) -> str:
    """Return ``match={...}`` and ``columns={...}`` as an option for each pair."""
    option = _option(text.partition("=")[0])
    words = []
    for _, key, value, _ in _PAIR.findall(text.partition("=")[2]):
        inner = [(f"{key}.{f}", v) for _, f, v, _ in _PAIR.findall(value)] or [(key, value)]
        words += [f"{option} {_word(f'{name}={_column(own)}')}" for name, own in inner]
    return " ".join(words) or option


def _column(text: str) -> str:
    """Return a column's name, and of a list those to join."""
    names = re.findall(r"""(['"])(.*?)\1""", text)
    return "+".join(name for _, name in names) or text


def _word(text: str) -> str:
    text = text.strip("'")
    plain = re.fullmatch(r"[\w.+=/:-]+|.*<[^>]+>|.*\.\.\.", text)
    return text if plain else shlex.quote(text)
