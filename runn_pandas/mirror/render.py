"""A mirror as text and as a table for notebooks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from runn_pandas import html
from runn_pandas.mirror.policy import complete_at, is_complete, shown
from runn_pandas.mirror.state import State

HEADS = ("resource", "rows", "MB", "columns", "synced", "read whole")


def as_text(path: Path, state: State | None) -> str:
    """Return a mirror as a few lines for a terminal."""
    if state is None or not state.tables:
        return f"<Mirror {path}: empty, call .sync()>"
    rows = sum(table.rows for table in state.tables.values())
    lines = [f"<Mirror {path}: {_headline(state)}, {rows:,} rows>"]
    width = max(map(len, state.tables))
    for name, count, size, _, synced, whole in _rows(state):
        late = f", read whole {whole}" if whole else ""
        lines.append(f"  {name:<{width}}  {count:>10} rows  {size:>8} MB  {synced}{late}")
    lines += [f"  {note}" for note in _notes(state)]
    return "\n".join(lines)


def as_html(path: Path, state: State | None) -> str:
    """Return a mirror as a table for a notebook."""
    if state is None or not state.tables:
        return html.block(f"Mirror {path}: empty, call .sync()")
    some = any(whole for *_, whole in _rows(state))
    heads = HEADS if some else HEADS[:-1]
    body = html.table(heads, [row[: len(heads)] for row in _rows(state)], numeric=HEADS[1:4])
    count = len(state.syncs)
    notes = [f"history of {count} {'sync' if count == 1 else 'syncs'}"] if state.history else []
    notes += _notes(state)
    return html.block(f"Mirror {path}: {_headline(state)}", body, notes)


def listing(state: State) -> pd.DataFrame:
    """Return a mirror's tables as a frame."""
    rows = [
        {
            "resource": name,
            "rows": table.rows,
            "columns": len(table.kinds),
            "bytes": sum(file.size for file in table.files),
            "synced": pd.Timestamp(table.synced_at, unit="s", tz="UTC").floor("s"),
            "complete": pd.Timestamp(complete_at(name, table), unit="s", tz="UTC").floor("s"),
        }
        for name, table in state.tables.items()
    ]
    names = ["resource", "rows", "columns", "bytes", "synced", "complete"]
    return pd.DataFrame(rows, columns=names)


def _headline(state: State) -> str:
    history = ", with history" if state.history else ""
    return f"account {state.account}, {len(state.tables)} tables{history}"


def _notes(state: State) -> list[str]:
    if not any(whole for *_, whole in _rows(state)):
        return []
    return [
        "Of what was read whole earlier than synced, rows that were removed since may still be"
        " there; sync() without full_every= reads all of it."
    ]


def _rows(state: State) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, table in state.tables.items():
        size = sum(file.size for file in table.files) / 1e6
        whole = "" if is_complete(name, table) else shown(table.full_at)
        numbers = (f"{table.rows:,}", f"{size:.2f}", str(len(table.kinds)))
        found.append((name, *numbers, shown(table.synced_at), whole))
    return found
