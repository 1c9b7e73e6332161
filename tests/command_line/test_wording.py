"""Messages of Python's words, as the command line says them."""

from __future__ import annotations

import pytest

from runn_pandas.command_line.wording import of_commands
from tests.support.shell import Shell


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("match={'personId': {'name': <column>}}", "--match personId.name=<column>"),
        (
            'match={"personId": {"name": "person"}, "projectId": {"name": "Job no"}}',
            "--match personId.name=person --match 'projectId.name=Job no'",
        ),
        (
            "match={'personId': {'name': ['First', 'Last']}, 'date': 'Day'}",
            "--match personId.name=First+Last --match date=Day",
        ),
        ("columns={'date': ..., 'hours': ...}.", "--columns date=... --columns hours=...."),
        ("columns has 'dat'", "--columns has 'dat'"),
        ("dayfirst=True or dayfirst=False has to", "--dayfirst or --no-dayfirst has to"),
        ("For hours, say hours=<column>; for", "For hours, say --hours <column>; for"),
        ("one unit: minutes=, hours= or seconds=.", "one unit: --minutes, --hours or --seconds."),
        ("say entry_id=<column>.", "say --entry-id <column>."),
        ("times_in needs days_in, the zone", "--times-in needs --days-in, the zone"),
        ("(days_in='Europe/Oslo' takes", "(--days-in Europe/Oslo takes"),
        ("(encoding='cp1250', 'mac_roman', ...)", "(--encoding cp1250, 'mac_roman', ...)"),
        ("(delimiter=';')", "(--delimiter ';')"),
        ("say which, source='toggl'.", "say which, --source toggl."),
        ("and new=False makes no new rows", "and --no-new makes no new rows"),
        ("repeat=True makes a second one", "--repeat makes a second one"),
        ("(na='unset'; na='omit' leaves", "(--na unset; --na omit leaves"),
        ("unless with conflict='overwrite':", "unless with --conflict overwrite:"),
        ("with on='email' that person", "with --on email that person"),
        ("is in on= but not", "is in --on but not"),
        ("rp.undo(12) takes that back", "'runn undo 12' takes that back"),
        ("rp.journal(close=5) ends it", "'runn journal --close 5' ends it"),
        ("see rp.journal().", "see 'runn journal'."),
        ("rp.resources() lists them all", "'runn resources' lists them all"),
        ("it takes rp.check(writes=True), with", "it takes 'runn check --writes', with"),
        ("5 more. The error's .problems lists them all.", "5 more."),
        ("rows 4. attrs['timesheet'] names all rows.", "rows 4."),
        ("(row '2026-06-01 Ann Lee on Web').", "('2026-06-01 Ann Lee on Web')."),
        ("Row '2026-06-01 Ann Lee on Web' (id 7) was", "'2026-06-01 Ann Lee on Web' (id 7) was"),
        (
            "  row \"2026-06-01 O'Hara on Web\" (new): 2026-06-01, person O'Hara (3), role 5, a 1",
            "  2026-06-01 O'Hara on Web (new): role 5, a 1",
        ),
        (
            "plan\n  row '2026-06-01 Ann Lee on Web' (id 7, 2026-06-01, person Ann (3)): a 1 -> 2",
            "plan\n  2026-06-01 Ann Lee on Web (id 7): a 1 -> 2",
        ),
        ("(row 'Ann Lee', 12)", "(row 'Ann Lee', 12)"),
        ("plan.changes has them all.", "--out FILE has them all."),
        ("12 + on Monday, seconds = 3; a=b", "12 + on Monday, seconds = 3; a=b"),
    ],
)
def test_python_s_words_are_those_of_the_command_line(python: str, shell: str) -> None:
    assert of_commands(python) == shell


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["psh"], "did you mean 'push'?"),
        (["mirror", "snyc"], "did you mean 'sync'?"),
        (["read", "people", "--jsn"], "did you mean '--json'?"),
        (["mirror", "sync", "x", "--histroy"], "did you mean '--history'?"),
        (["report", "people", "--metrcs", "total"], "did you mean '--metrics'?"),
    ],
)
def test_an_unknown_command_or_option_has_the_nearest_one(
    shell: Shell, words: list[str], told: str
) -> None:
    assert shell(*words) == 2
    assert told in shell.err
