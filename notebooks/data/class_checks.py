"""Checks of the exercise: each says what is wrong with an answer, and not what is right."""

from __future__ import annotations

from typing import Any

import pandas as pd
from class_questions import NOBODY, QUESTIONS, Week, members, one

NEAR = 0.051  # what rounding to one digit takes away


# -- an answer, held against what is right


def series(answer: Any) -> pd.Series | None:
    """An answer as a Series of numbers; None if it cannot be one."""
    if isinstance(answer, pd.DataFrame):
        numbers = answer.select_dtypes("number")
        answer = numbers.iloc[:, 0] if numbers.shape[1] == 1 else None
    elif isinstance(answer, dict):
        answer = pd.Series(answer)
    elif isinstance(answer, (int, float)) or getattr(answer, "ndim", None) == 0:
        answer = one(answer)
    if not isinstance(answer, pd.Series):
        return None
    try:
        return answer.astype(float)
    except (TypeError, ValueError):
        return None


def ids(answer: Any) -> pd.Series | None:
    """Ids, as an answer that is a set."""
    if isinstance(answer, pd.DataFrame):
        answer = answer.get("id", answer.index)
    if isinstance(answer, (set, tuple)):
        answer = list(answer)
    try:
        return members(pd.Series(answer).astype("int64"))
    except (TypeError, ValueError):
        return None


def labelled(values: pd.Series) -> pd.Series:
    """By plain labels: a missing one is a label as well."""
    labels = [NOBODY if pd.isna(label) else label for label in values.index]
    return pd.Series(values.to_numpy(), labels, dtype=float)


def same(found: pd.Series, wanted: pd.Series, near: float) -> bool:
    found, wanted = labelled(found), labelled(wanted)
    if len(found) != len(wanted) or set(found.index) != set(wanted.index):
        return False
    apart = (found.sort_index() - wanted.sort_index()).abs()
    both_missing = found.sort_index().isna() & wanted.sort_index().isna()
    return bool(((apart <= near) | both_missing).all())


def general(found: pd.Series, wanted: pd.Series, near: float) -> str:
    """What can be said of an answer that nobody has foreseen."""
    found, wanted = labelled(found), labelled(wanted)
    if not found.index.is_unique:
        return "Some rows have the same label."
    more, less = found.index.difference(wanted.index), wanted.index.difference(found.index)
    if len(more) and len(less) == len(wanted):
        return "The rows are not labelled as asked for."
    if len(more) or len(less):
        return f"{len(less)} of the rows are missing, and {len(more)} are too many."
    off = (found - wanted.reindex(found.index)).abs() > near
    return f"The rows are the right ones; {int(off.sum() + found.isna().sum())} have another value."


class Checks:
    """The checks of the exercise: ``check(3, answer)`` says how far answer 3 is right."""

    def __init__(self, monday: pd.Timestamp, sunday: pd.Timestamp, **tables: pd.DataFrame) -> None:
        self.week = Week(monday, sunday, **tables)

    def __call__(self, number: int, answer: Any) -> Any:
        """Say how far an answer is right; a picture is returned, so that it is seen."""
        print(f"{number}: {self.said(number, answer)}")
        return answer if hasattr(answer, "to_dict") and hasattr(answer, "properties") else None

    def said(self, number: int, answer: Any) -> str:
        """What there is to say about an answer."""
        if answer is ...:
            return "no answer yet."
        if number == 9:
            return " ".join(faults(answer, self.week)) or "Right."
        question = QUESTIONS[number]
        found = (ids if number in (4, 5) else series)(answer)
        if found is None:
            return f"The answer should be {question.form}."
        near = 0.0051 if number == 3 else NEAR
        right = question.right(self.week)
        if same(found, right, near):
            return "Right."
        for slip in question.slips:
            if same(found, slip.made(self.week), near):
                return slip.hint
        return f"Not yet. {general(found, right, near)}"


# -- 9: a picture


def faults(chart: Any, week: Week) -> list[str]:
    """What is wrong with the picture of the hours by day, by what the chart says of itself."""
    if not hasattr(chart, "to_dict") or not hasattr(chart, "mark"):
        return ["The answer should be a chart of Altair, of one layer: `alt.Chart(...)`."]
    spec = chart.to_dict()
    mark, encoding = spec.get("mark"), spec.get("encoding", {})
    kind = mark.get("type") if isinstance(mark, dict) else mark
    found = []
    if kind != "bar":
        found.append("Sums of separate days are bars; a line says that there is something between.")
    if not {"x", "y"} <= set(encoding):
        return [*found, "What is on the two axes?"]
    across, up = encoding["x"], encoding["y"]
    if up.get("type") != "quantitative":
        return [*found, "The hours belong on the axis that goes up."]
    if up.get("scale", {}).get("zero") is False or up.get("scale", {}).get("domain"):
        found.append("Bars that do not begin at zero show differences larger than they are.")
    if not {"color", "xOffset", "row", "column", "facet"} & set(encoding):
        found.append("How does one see what can be invoiced, and what not?")
    return [*found, *wording(spec, across, up), *content(spec, across, up, week)]


def wording(spec: dict[str, Any], across: dict[str, Any], up: dict[str, Any]) -> list[str]:
    """What is not said in the picture."""
    titled = str(up.get("title") or up.get("axis", {}).get("title") or up.get("field") or "")
    found = [] if "hour" in titled.casefold() else ["Which unit do the bars have? Say it there."]
    if not spec.get("title"):
        found.append("A picture without a title needs somebody beside it who explains.")
    return found


def content(
    spec: dict[str, Any], across: dict[str, Any], up: dict[str, Any], week: Week
) -> list[str]:
    """Whether the picture shows all hours, each on its day."""
    rows = pd.DataFrame([row for rows in spec.get("datasets", {}).values() for row in rows])
    if up.get("field") not in rows or across.get("field") not in rows:
        return ["Which columns of the data does it draw?"]
    shown = float(rows[up["field"]].sum())
    if abs(shown - week.actuals["minutes"].astype(float).sum()) < 1:
        return ["Minutes are drawn where hours are asked for."]
    if abs(shown - week.actuals["hours"].sum()) > 1:
        return ["The bars together are not all hours of the week."]
    days = rows.loc[rows[up["field"]] > 0, across["field"]].nunique()
    if days != week.actuals.loc[week.actuals["minutes"] > 0, "date"].nunique():
        return ["There should be a bar for each day on which somebody worked."]
    return []
