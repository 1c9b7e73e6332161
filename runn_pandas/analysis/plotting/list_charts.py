"""The picture of a list as Runn has it: chosen by its columns, so a part of it has one too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from runn_pandas.account import today
from runn_pandas.analysis.plotting.about import NONE, About, called, words
from runn_pandas.analysis.plotting.chart_data import amounts, clean, flag, stamps
from runn_pandas.analysis.plotting.list_shapes import (
    bars_by_group,
    bars_over_time,
    marks_by_group,
    running_over_time,
    spans_by_row,
    spread_over_time,
)
from runn_pandas.analysis.plotting.style import BLUE, GREEN, MOST, ORANGE, PALE, PINK, SKY, Drawn
from runn_pandas.errors import FrameError

MONEY = "Amount (account currency)"
HOURS = "Hours (h)"
DAY_HOURS = 8  # of a rate by the day, as `finance` has it if nothing else is said
STATES = {"Confirmed": BLUE, "Tentative": PINK, "Template": GREEN, "Archived": PALE}
PRESENT = {"Active": BLUE, "Archived": PALE}
PLANNED = {"Planned": SKY, "Actual": ORANGE}
# The higher the darker.
LEVELS = ("#C6DDF0", "#8DBCE0", "#4A90C9", "#1F6AA5", "#0B3C66")
UNSAID = "Level not said"
PRICES = {"tm": "Time and materials", "fp": "Fixed price", "nb": "Non-billable"}
# Numbers that are no amount.
NO_AMOUNTS = ("sortOrder",)
# Not when a row was made: many are of one day, on which somebody filled the account.
WHEN = ("date", "startDate", "timestamp")


class Options(NamedTuple):
    """What may be asked for of the picture of a list."""

    freq: str | None = None
    top: int | None = None


Draw = Callable[[pd.DataFrame, About, Options], Drawn]


def list_chart(
    frame: pd.DataFrame, about: About, freq: str | None = None, top: int | None = None
) -> Drawn:
    """Draw what a list has to show: amounts by group, or what is when."""
    if frame.empty:
        raise FrameError(f"There is no picture of {_what(frame)}: it has no rows.")
    columns = set(map(str, frame.columns))
    fits = (draw for needs, draw in RULES if columns >= set(needs))
    return next(fits, _by_kind)(frame, _as_of_today(frame, about), Options(freq, top))


def _as_of_today(frame: pd.DataFrame, about: About) -> About:
    """Return what is known of a list, with the day that parts what was from what is to come."""
    hint = frame.attrs.get("runn")
    own = hint.get("account") if isinstance(hint, dict) else None
    if about.as_of is not None or not isinstance(own, str):
        return about
    return replace(about, as_of=pd.Timestamp(today([own])))


def _called(frame: pd.DataFrame) -> str:
    """Return what the rows are, by the list that they are of."""
    hint = frame.attrs.get("runn")
    name = str(hint.get("resource", "")) if isinstance(hint, dict) else ""
    parts = [part for part in name.split("/") if part and "{" not in part and not part.isdigit()]
    return clean(" ".join(parts[-1:]).replace("-", " ")).capitalize() or "Rows"


def _what(frame: pd.DataFrame) -> str:
    hint = frame.attrs.get("runn")
    name = hint.get("resource") if isinstance(hint, dict) else None
    return f"a list of {name!r}" if isinstance(name, str) else "this frame"


# -- what several have in common


def _texts(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return a column as words, each on one line; those of an id are for its label."""
    values = [NONE if pd.isna(v) else clean(v) or NONE for v in frame[column].tolist()]
    return pd.Series(values, frame.index, dtype=object)


def _as_words(texts: pd.Series[Any]) -> pd.Series[Any]:
    return texts.str.replace("_", " ").str.capitalize()


def _full_names(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return what each row is called, told apart by the id where a name is there twice."""
    column = next(name for name in ("name", "title") if name in frame.columns)
    texts = _texts(frame, column).replace(NONE, "(no name)")
    if "id" not in frame.columns:
        return texts
    told_apart = texts + " (" + frame["id"].astype("string").fillna("").astype(object) + ")"
    return texts.where(~texts.duplicated(keep=False) & (texts != "(no name)"), told_apart)


def _rows(series: Any, value: Any, index: pd.Index[Any], **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"series": series, "value": value, **more}, index=index)


def _spans(frame: pd.DataFrame, series: Any, value: Any = 1.0, always: Any = False) -> pd.DataFrame:
    more = {"first": stamps(frame, "startDate"), "last": stamps(frame, "endDate")}
    return _rows(series, value, frame.index, always=always, **more)


def _archived(frame: pd.DataFrame) -> pd.Series[Any]:
    return flag(frame, "isArchived").map({True: "Archived", False: "Active"})


def _nested_numbers(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Return a number of each record in a column, 0 where there is none."""
    found = [one.get(name) if isinstance(one, dict) else None for one in column.tolist()]
    return pd.Series(pd.to_numeric(pd.Series(found, column.index, dtype=object))).fillna(0.0)


# -- one list after the other


def _assignments(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    left = flag(frame, "isTemplate")
    if "isActive" in frame.columns:
        left |= ~flag(frame, "isActive")
    billable = flag(frame, "isBillable").map({True: "Billable", False: "Non-billable"})
    series = billable.where(~flag(frame, "isPlaceholder"), "Placeholders")
    hours = amounts(frame, "minutesPerDay") / 60
    spans = _spans(frame, series, hours, flag(frame, "isNonWorkingDay"))[~left]
    notes = ["Every day from Monday to Friday counts; rp.hours leaves out time off."]
    if left.any():
        notes.append(f"Templates and inactive ones are left out: {int(left.sum()):,}.")
    colours = {"Billable": BLUE, "Non-billable": ORANGE, "Placeholders": GREEN}
    titles = ("Assigned hours", HOURS)
    return spread_over_time(spans, about, titles, notes, colours=colours, freq=options.freq)


def _contracts(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    kinds = _texts(frame, "employmentType").str.capitalize()
    if _called(frame) == "Current" and "roleId" in frame.columns:
        # Those that have ended are not in it: over time it would only rise.
        who = about.label(frame, "roleId")
        titles_ = ("Contracts of today by role", "Role", "Contracts")
        return bars_by_group(_rows(kinds, 1.0, frame.index, who=who), titles_, top=options.top)
    spans = _spans(frame, kinds)
    notes = ["Those of this list, at the end of each period; without an end they go on."]
    titles = ("Contracts in force", "Contracts")
    return running_over_time(spans, about, titles, notes, freq=options.freq)


def _time_off(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    part = frame["minutesPerDay"].notna() if "minutesPerDay" in frame.columns else False
    series = pd.Series(np.where(part, "Part of the day", "Whole days"), frame.index, dtype=object)
    notes = ["Days of people, from Monday to Friday."]
    colours = {"Whole days": BLUE, "Part of the day": ORANGE}
    if "Part of the day" not in set(series):
        colours.pop("Part of the day")
    titles, spans = ("Days off", "Days of people"), _spans(frame, series)
    return spread_over_time(spans, about, titles, notes, colours=colours, freq=options.freq)


def _named_spans(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    names = _full_names(frame)
    if "projectId" in frame.columns:
        names = about.label(frame, "projectId") + ": " + _texts(frame, "name")
        again = names.duplicated(keep=False)
        names = names.where(~again, names + " " + (names.groupby(names).cumcount() + 1).astype(str))
    spans = _spans(frame, "Running").assign(who=names)
    if len(spans) <= (options.top or MOST) and options.freq is None:
        return spans_by_row(
            spans, about, ("From when to when", "Phase" if "color" in frame else "What")
        )
    notes = ["At the end of each period."]
    what = _called(frame)
    titles = (f"{what} in progress", what)
    return running_over_time(spans, about, titles, notes, freq=options.freq)


def _expenses(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    date = stamps(frame, "date")
    parts = [
        _rows(name.capitalize(), amounts(frame, name), frame.index, date=date)
        for name in ("charge", "cost")
    ]
    colours = {"Charge": BLUE, "Cost": ORANGE}
    rows, titles = pd.concat(parts, ignore_index=True), ("Other expenses", MONEY)
    return bars_over_time(rows, about, titles, freq=options.freq, colours=colours, beside=True)


def _planned_and_actual(frame: pd.DataFrame, **more: Any) -> pd.DataFrame:
    columns = {"Planned": "assignments", "Actual": "actuals"}
    parts = [
        _rows(name, _nested_numbers(frame[column], "totalMinutes") / 60, frame.index, **more)
        for name, column in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _hours_by_day(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    rows, titles = _planned_and_actual(frame, date=stamps(frame, "date")), ("Hours", HOURS)
    return bars_over_time(rows, about, titles, freq=options.freq, colours=PLANNED, beside=True)


def _totals(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    who = about.label(frame[["id"]].rename(columns={"id": "projectId"}), "projectId")
    rows, titles = _planned_and_actual(frame, who=who), ("Hours by project", "Project", HOURS)
    return bars_by_group(rows, titles, top=options.top, colours=PLANNED, beside=True)


def _rates(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    per = about.project(frame, "rateType")
    is_daily = (per == "days").fillna(False).astype(bool)
    value = amounts(frame, "rate").where(~is_daily, amounts(frame, "rate") / DAY_HOURS)
    rows = pd.DataFrame({"who": about.label(frame, "roleId"), "value": value})
    titles = ("Rates by role", "Role", "Rate an hour (account currency)")
    notes = [f"Those of a day ({int(is_daily.sum()):,}) are divided by {DAY_HOURS} hours."]
    if per.isna().any():
        titles = (*titles[:2], "Rate (account currency)")
        notes = ["Of an hour or of a day, as the project has it."]
    return marks_by_group(rows, titles, notes if is_daily.any() or per.isna().any() else [])


def _rate_cards(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    pairs = [
        (who, one.get("rateHourly"))
        for who, rates in zip(_full_names(frame), frame["rates"].tolist(), strict=True)
        for one in (rates if isinstance(rates, (list, tuple, np.ndarray)) else ())
        if isinstance(one, dict)
    ]
    rows = pd.DataFrame(pairs, columns=["who", "value"])
    rows["value"] = pd.to_numeric(rows["value"])
    return marks_by_group(rows, ("Hourly rates of the cards", "Rate card", "Rate an hour"))


def _roles(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    who = _full_names(frame)
    columns = {"Rate": "standardRate", "Cost": "defaultHourCost"}
    parts = [_rows(name, amounts(frame, c), frame.index, who=who) for name, c in columns.items()]
    titles = ("Usual rate and cost of roles", "Role", "An hour (account currency)")
    colours = {"Rate": BLUE, "Cost": ORANGE}
    rows = pd.concat(parts, ignore_index=True)
    return bars_by_group(rows, titles, top=options.top, colours=colours, beside=True)


def _budgeted_roles(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    hours, who = amounts(frame, "estimatedMinutes") / 60, about.label(frame, "roleId")
    rows = _rows("Budgeted", hours, frame.index, who=who)
    return bars_by_group(rows, ("Budgeted hours by role", "Role", HOURS), top=options.top)


def _skills(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    level = frame["level"].astype("string").fillna("not said").map("Level {}".format).astype(object)
    rows = _rows(level, 1.0, frame.index, who=about.label(frame, "skillId"))
    known = sorted(set(level) - {UNSAID})
    colours = dict(zip(known, LEVELS, strict=False)) | (
        {UNSAID: PALE} if UNSAID in set(level) else {}
    )
    whole = colours if set(colours) == set(level) else None
    titles = ("People by skill", "Skill", "People")
    return bars_by_group(rows, titles, top=options.top, colours=whole)


def _people(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    rows = _rows(_archived(frame), 1.0, frame.index, who=about.label(frame, "teamId"))
    titles = ("People by team", "Team", "People")
    return bars_by_group(rows, titles, top=options.top, colours=PRESENT)


def _projects(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    state = pd.Series("Confirmed", frame.index, dtype=object)
    state = state.where(flag(frame, "isConfirmed"), "Tentative")
    state = state.where(~flag(frame, "isTemplate"), "Template")
    state = state.where(~flag(frame, "isArchived"), "Archived")
    budget = amounts(frame, "budget")
    colours = {name: tint for name, tint in STATES.items() if name in set(state)}
    if (budget > 0).sum() < 2:
        kinds = _texts(frame, "pricingModel").map(lambda text: PRICES.get(text, text))
        rows = _rows(state, 1.0, frame.index, who=kinds)
        titles = ("Projects by pricing model", "Pricing model", "Projects")
        return bars_by_group(rows, titles, top=options.top, colours=colours)
    rows = _rows(state, budget, frame.index, who=_full_names(frame))[budget > 0]
    without = int((budget <= 0).sum())
    notes = [f"Without a budget, and not shown: {without:,}."] if without else []
    titles = ("Budgets of projects", "Project", MONEY)
    return bars_by_group(rows, titles, notes, top=options.top, colours=colours)


def _members(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    kind = flag(frame, "isPlaceholder").map({True: "Placeholders", False: "People"})
    rows = _rows(kind, 1.0, frame.index, who=about.label(frame, "roleId"))
    titles = ("Members of projects by role", "Role", "Members")
    colours = {"People": BLUE, "Placeholders": GREEN}
    return bars_by_group(rows, titles, top=options.top, colours=colours)


def _events(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    kinds = _as_words(_texts(frame, "type"))
    rows = _rows(kinds, 1.0, frame.index, date=_days(frame, "timestamp"))
    return bars_over_time(rows, about, ("Events", "Events"), freq=options.freq)


def _statuses(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    rows = _rows("Rows", 1.0, frame.index, who=_as_words(_texts(frame, "status")))
    what = _called(frame)
    return bars_by_group(rows, (f"{what} by status", "Status", what), top=options.top)


# The first that a frame has the columns of.
RULES: tuple[tuple[tuple[str, ...], Draw], ...] = (
    (("personId", "projectId", "startDate", "endDate", "minutesPerDay"), _assignments),
    (("employmentType", "personId", "startDate", "endDate"), _contracts),
    (("personId", "startDate", "endDate"), _time_off),
    (("name", "startDate", "endDate"), _named_spans),
    (("date", "cost", "charge"), _expenses),
    (("date", "assignments", "actuals", "totalMinutes"), _hours_by_day),
    (("id", "assignments", "actuals", "totalMinutes"), _totals),
    (("roleId", "rate"), _rates),
    (("name", "rates"), _rate_cards),
    (("name", "standardRate", "defaultHourCost"), _roles),
    (("roleId", "estimatedMinutes"), _budgeted_roles),
    (("skillId", "level"), _skills),
    (("firstName", "lastName", "teamId"), _people),
    (("name", "pricingModel", "isConfirmed"), _projects),
    (("personId", "projectId", "roleId", "isPlaceholder"), _members),
    (("timestamp", "type"), _events),
    (("projectId", "status"), _statuses),
)


# -- all others, by what kind of columns they have


def _by_kind(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    """Draw how many there are of what a row lists, a number by name, or when there was a row."""
    is_named = any(name in frame.columns for name in ("name", "title"))
    listing, number = next(_lists(frame), None), next(_numbers(frame), None)
    if is_named and listing is not None:
        what = f"{words(listing.removesuffix('Ids'))}s".capitalize()
        return _by_name(frame, _lengths(frame[listing]), (f"{what} of each", "Name", what), options)
    if is_named and number is not None:
        what = words(number).capitalize()
        titles = (f"{what} by name", "Name", what)
        return _by_name(frame, amounts(frame, number), titles, options)
    key = next((str(c) for c in frame.columns if str(c).endswith("Id")), None)
    if key is not None and number is not None:
        of, what = called([key]), words(number).capitalize()
        rows = _rows("All", amounts(frame, number), frame.index, who=about.label(frame, key))
        return bars_by_group(rows, (f"{what} by {of.lower()}", of, what), top=options.top)
    return _by_date(frame, about, options)


def _by_name(
    frame: pd.DataFrame, value: pd.Series[Any], titles: tuple[str, str, str], options: Options
) -> Drawn:
    rows = _rows("All", value, frame.index, who=_full_names(frame))
    return bars_by_group(rows, titles, top=options.top)


def _by_date(frame: pd.DataFrame, about: About, options: Options) -> Drawn:
    column = next((name for name in WHEN if name in frame.columns), None)
    if column is None:
        raise FrameError(
            f"There is no picture of {_what(frame)}: it has neither dates nor amounts of its own."
        )
    rows = _rows("Rows", 1.0, frame.index, date=_days(frame, column))
    what = _called(frame)
    return bars_over_time(rows, about, (f"{what} by {words(column)}", what), freq=options.freq)


def _lengths(column: pd.Series[Any]) -> pd.Series[Any]:
    sizes = [len(one) if isinstance(one, (list, tuple, np.ndarray)) else 0 for one in column]
    return pd.Series(sizes, column.index, dtype=float)


def _lists(frame: pd.DataFrame) -> Iterator[str]:
    return (str(c) for c in frame.columns if str(c).endswith("Ids"))


def _numbers(frame: pd.DataFrame) -> Iterator[str]:
    for name, dtype in frame.dtypes.items():
        text = str(name)
        plain = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
        if plain and text != "id" and not text.endswith("Id") and text not in NO_AMOUNTS:
            yield text


def _days(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return the days of dates, or of timestamps as they are written: in UTC."""
    return stamps(frame, column)
