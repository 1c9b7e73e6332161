"""Who has room, and when: capacity less what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.columns import Ints
from runn_pandas.analysis.days import window
from runn_pandas.analysis.finance_by_period import checked_hours
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.options import UNITS, Freq, Unit
from runn_pandas.analysis.reports.api import checked_freq, made
from runn_pandas.analysis.reports.fields import field, names_of, unknown
from runn_pandas.analysis.reports.metric_table import metrics_of
from runn_pandas.analysis.reports.scope import Scope
from runn_pandas.analysis.stored_tables import Store, of_tables
from runn_pandas.errors import FilterError
from runn_pandas.frame.flags import check_flags
from runn_pandas.lookup.name_columns import label

SHOWN = ("effectiveCapacity", "scheduledTotal", "availability", "availabilityBand")
Chosen = int | str | Sequence[int | str] | None


def availability(
    start: Any,
    end: Any,
    *,
    by: str | Sequence[str] = "person",
    freq: Freq | None = "W",
    role: Chosen = None,
    skill: Chosen = None,
    team: Chosen = None,
    unit: Unit = "hours",
    tables: Tables | Store | None = None,
    as_of: Any = None,
    include_tentative: bool = False,
    include_placeholders: bool = False,
    hours_per_day: float = 8,
    account: Account | None = None,
) -> pd.DataFrame:
    """Return who has room, when: effective capacity less scheduled hours, as Runn's planner does.

    Scheduled hours count for past days too; leave, holidays and the contract of each day are in
    the capacity. Archived people are not there. (help.runn.io 4293043)

    Parameters
    ----------
    start, end : date
        The first and the last day, both inclusive.
    by : str or sequence of str
        Whose, as in `report`: ``"person"``, ``"role"``, ``"team"``, ``["team", "person"]`` ...
    freq : {"W", "D", "W-MON", "MS", "QS", "YS"} or None
        The periods, cut to the window at its edges; None for the window as a whole.
    role, skill, team : int, str or sequence of them, optional
        Only people with that role (in the contract, on the days that it is in force), with one
        of those skills, in one of those teams: ids, or names in any case.
    unit : {"hours", "minutes", "days", "fte"}
        As in `report`.
    tables : dict of str to DataFrame, or Mirror, optional
        As in `report`. Frames by resource: ``assignments``, ``contracts``, the three kinds of time
        off, ``projects``, ``people``, and ``roles``, ``skills`` and ``people/skills``, ``teams``
        where they are asked for by name. What is missing is read.
    as_of : date, optional
        The day from which placeholders count.
    include_tentative : bool
        Whether work on tentative projects takes room.
    include_placeholders : bool
        Whether the future demand of placeholders takes room, by role that of the work: then a
        role may be below 0, which is what has to be hired. It is nobody's room by person.
    hours_per_day : float
        The account's full-time day, for days and FTE.
    account : Account, optional
        Where to read what ``tables`` lacks; the current account if not given.

    Returns
    -------
    DataFrame
        ``period``, a column for each field, ``effectiveCapacity``, ``scheduledTotal``,
        ``availability`` (below 0 if overbooked) and ``availabilityBand``: the share that is free,
        75-100, 50-74, 25-49, 1-24 per cent, full or overbooked, NA without capacity. A row for
        each period in which a contract is in force, or something is planned.

    Raises
    ------
    FilterError
        If a group, unit, role, skill or team is not known; the message names the nearest one.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> free = rp.availability("2026-07-01", "2026-07-31", freq="MS", role="Designer", unit="fte")
    >>> free.columns.tolist()[:2]
    ['period', 'personId']
    >>> bool((free["availability"] <= free["effectiveCapacity"]).all())
    True
    """
    check_flags(include_tentative=include_tentative, include_placeholders=include_placeholders)
    choice("unit", unit, UNITS)
    span, period = window(start, end), checked_freq(freq)
    known, names = metrics_of("people"), names_of("people", by)
    full_time = checked_hours(hours_per_day)

    def of(source: Source) -> pd.DataFrame:
        scope = Scope(
            source=source,
            kind="people",
            span=span,
            today=source.today(as_of),
            freq=period,
            tentative=include_tentative,
            placeholders=include_placeholders,
            charges="none",
            hours_per_day=full_time,
            only=_only(source, role, skill, team),
        )
        return made(scope, [known[name] for name in SHOWN], names, unit)

    return of_tables(tables, account, of)


def _only(source: Source, role: Chosen, skill: Chosen, team: Chosen) -> dict[str, Ints]:
    """Return the people and the roles that are asked for."""
    people = source.columns_of("people")
    here = people.ids("id")[~people.flags("isArchived", False)]
    # Placeholders are in their own list, where the one of people was read without them.
    here = np.union1d(here, source.without_capacity())
    for name, table, asked in (("skill", "skills", skill), ("team", "teams", team)):
        if asked is not None:
            owners, codes = field(source, "people", name).pairs or (here, here)
            wanted = _ids(source, name, table, asked)
            here = np.intersect1d(here, owners[np.isin(codes, wanted)])
    only = {"person": here}
    return only if role is None else only | {"role": _ids(source, "role", "roles", role)}


def _ids(source: Source, option: str, table: str, asked: Chosen) -> Ints:
    """Return the ids of what is asked for by id or name."""
    one = isinstance(asked, str) or not isinstance(asked, Sequence)
    words: Sequence[Any] = [asked] if one else list(asked)  # type: ignore[arg-type]
    numbers = [word for word in words if not isinstance(word, str)]
    if len(numbers) < len(words):
        names = label(source.table(table)).dropna()
        folded = names.astype(str).str.strip().str.casefold()
        for word in words:
            if isinstance(word, str):
                found = names.index[folded == word.strip().casefold()].tolist()
                if not found:
                    raise FilterError(unknown(option, word, sorted(names.astype(str))))
                numbers += found
    try:
        ids = np.array(numbers, np.int64)
    except (ValueError, TypeError, OverflowError) as error:
        raise FilterError(f"{option}= takes ids or names, not {asked!r}.") from error
    return ids
