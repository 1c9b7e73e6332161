"""A journal with a cell that is not as it was written: named, and with a way out of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runn_pandas.errors import RunnError
from runn_pandas.push.api import undo
from runn_pandas.push.journal import journal_path
from tests.support.desk import Desk, desk_of
from tests.support.faults import Killed
from tests.support.pushes import teams

CELLS = {
    "pushes": ("undoes", "mark", "next", "began", "resource"),
    "rows": ("asked", "outcome"),
    "attempts": ("request", "answer", "state"),
}
ODD = (
    "{broken",
    "",
    "null",
    "[]",
    "{}",
    "7",
    '"text"',
    "[[1]]",
    "[1, 2, 3, 4]",
    '[1, "x", []]',
    '[[0], 0, "", []]',
    '[[99], 0, "", {"verb": "create", "method": "POST", "path": "teams/"}]',
    '["created", [[]], "", 1]',
    '["created", 5, 5, "x"]',
    '{"1": {"0": 0}}',
    '{"x": 1}',
    b"\x00\xff\x01",
)


def said(call: Callable[[], Any]) -> str:
    """What a call says that goes wrong; only errors of the tree are let through."""
    try:
        call()
    except RunnError as error:
        return str(error)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize(("table", "cell"), [(t, c) for t, cells in CELLS.items() for c in cells])
@pytest.mark.parametrize("finished", [False, True])
def test_no_odd_cell_ends_in_a_raw_exception(
    desk: Desk, table: str, cell: str, finished: bool
) -> None:
    frame = teams("A", "B", "C")
    if finished:
        desk.push(frame, "teams")
    else:
        desk.wire.fault_at(2, "kill after")
        with pytest.raises(Killed):
            desk.push(frame, "teams")
    path: Path = journal_path(desk.account)
    whole = path.read_bytes()
    damaged = 0
    for odd in ODD:
        again = desk_of(desk.demo, desk.account.cache.folder)
        path.write_bytes(whole)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(f"update {table} set {cell} = ?", (odd,))
        db.close()
        calls: list[Callable[[], Any]] = [
            partial(again.plan, frame.iloc[::-1], "teams"),
            partial(undo, 1, account=again.account),
            again.journal,
        ]
        texts = [said(call) for call in calls]
        damaged += any("push 1" in text.lower() and "damaged" in text for text in texts)
        if not finished:
            again.journal(close=1)
        again.journal()
        assert list(again.push(teams("D"), "skills")["status"]) == ["created"], odd
    assert damaged or cell in ("state", "answer", "outcome", "mark"), (table, cell)
