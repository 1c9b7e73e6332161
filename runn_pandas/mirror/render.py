"""A mirror as text and as a table for notebooks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from runn_pandas import html
from runn_pandas.mirror.state import State

HEADS = ("resource", "rows", "MB", "columns", "synced")


def as_text(path: Path, state: State | None) -> str:
    """Return a mirror as a few lines for a terminal."""
    if state is None or not state.tables:
        return f"<Mirror {path}: empty, call .sync()>"
    rows = sum(table.rows for table in state.tables.values())
    lines = [f"<Mirror {path}: {_headline(state)}, {rows:,} rows>"]
    width = max(map(len, state.tables))
    for name, count, size, _, synced in _rows(state):
        lines.append(f"  {name:<{width}}  {count:>10} rows  {size:>8} MB  {synced}")
    return "\n".join(lines)


def as_html(path: Path, state: State | None) -> str:
    """Return a mirror as a table for a notebook."""
    if state is None or not state.tables:
        return html.block(f"Mirror {path}: empty, call .sync()")
    body = html.table(HEADS, _rows(state), numeric=HEADS[1:4])
    count = len(state.syncs)
    notes = [f"history of {count} {'sync' if count == 1 else 'syncs'}"] if state.history else []
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
        }
        for name, table in state.tables.items()
    ]
    return pd.DataFrame(rows, columns=["resource", "rows", "columns", "bytes", "synced"])


def _headline(state: State) -> str:
    history = ", with history" if state.history else ""
    return f"account {state.account}, {len(state.tables)} tables{history}"


def _rows(state: State) -> list[tuple[str, str, str, str, str]]:
    found = []
    for name, table in state.tables.items():
        size = sum(file.size for file in table.files) / 1e6
        synced = pd.Timestamp(table.synced_at, unit="s", tz="UTC").strftime("%Y-%m-%d %H:%M UTC")
        found.append((name, f"{table.rows:,}", f"{size:.2f}", str(len(table.kinds)), synced))
    return found
