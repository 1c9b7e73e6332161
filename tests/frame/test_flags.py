"""Options that are True or False, in every place that decides by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.errors import ConfigError, FilterError
from runn_pandas.frame.flags import check_flags

JULY = ("2026-07-01", "2026-07-31")
ODD: list[tuple[str, Callable[..., Any]]] = [
    ("include_tentative", lambda **odd: rp.hours(*JULY, **odd)),
    ("include_placeholders", lambda **odd: rp.hours(*JULY, **odd)),
    ("include_placeholders", lambda **odd: rp.capacity(*JULY, **odd)),
    ("include_tentative", lambda **odd: rp.finance(*JULY, **odd)),
    ("include_tentative", lambda **odd: rp.utilization(*JULY, **odd)),
    ("contracted", lambda **odd: rp.utilization(*JULY, **odd)),
    ("include_placeholders", lambda **odd: rp.availability(*JULY, **odd)),
    ("include_tentative", lambda **odd: rp.report("people", *JULY, **odd)),
    ("dayfirst", lambda **odd: rp.read_timesheet(pd.DataFrame(), **odd)),
    ("dayfirst", lambda **odd: rp.reconcile(pd.DataFrame(), **odd)),
    ("writes", lambda **odd: rp.check(**odd)),
    ("limit", lambda **odd: rp.check(**odd)),
    ("progress", lambda **odd: rp.check(**odd)),
    ("progress", lambda **odd: rp.read_runn("teams", **odd)),
    ("read_only", lambda **odd: rp.connect("demo", **odd)),
    ("offline", lambda **odd: rp.connect("demo", **odd)),
    ("anonymise", lambda **odd: rp.cassette("tape.yaml", **odd)),
]


@pytest.mark.parametrize(("option", "call"), ODD)
def test_what_is_no_flag_is_refused_by_name(
    option: str, call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rp.connect("demo")
    for odd in ("no", 0):
        with pytest.raises((FilterError, ConfigError), match=rf"^{option} is True(,| or) False"):
            call(**{option: odd})


def test_flags_of_numpy_and_of_python_are_flags() -> None:
    check_flags(["c"], a=True, b=np.bool_(False), c=None)
    with pytest.raises(FilterError, match="c is True or False, not None"):
        check_flags(c=None)
