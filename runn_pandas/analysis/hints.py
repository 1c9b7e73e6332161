"""What a result tells of itself beside its columns: its window, its today, its unit."""

from __future__ import annotations

import pandas as pd

from runn_pandas.analysis.days import Window, as_text

KEY = "analysis"


def told(
    frame: pd.DataFrame,
    kind: str,
    span: Window,
    today: int,
    *,
    freq: str | None = None,
    unit: str = "minutes",
) -> pd.DataFrame:
    """Return a result with hints for its pictures in ``attrs``, plain strings.

    They are hints, not proof: pandas keeps them when rows are left out or summed up.
    """
    frame.attrs[KEY] = {
        "kind": kind,
        "start": as_text(span[0]),
        "end": as_text(span[1]),
        "as_of": as_text(today),
        "freq": freq or "",
        "unit": unit,
    }
    return frame
