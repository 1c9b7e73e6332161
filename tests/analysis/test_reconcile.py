"""A timesheet against Runn: cases computed by hand, other tools' bugs, and properties."""

from __future__ import annotations

import datetime as dt
import json
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runn_pandas as rp
from runn_pandas.account import Account
from runn_pandas.analysis.days import business_dates
from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.reconciliation.actuals_to_write import corrections
from runn_pandas.analysis.reconciliation.api import reconcile, unmatched
from runn_pandas.analysis.reconciliation.left_out import notes
from runn_pandas.analysis.reconciliation.parsing import MINUTE, milliseconds
from runn_pandas.analysis.reconciliation.rounding import whole_minutes
from runn_pandas.analysis.reconciliation.runn_actuals import roles_for
from runn_pandas.errors import FilterError, FrameError, UnmatchedWarning

ADA, BEN, CYD = 1, 2, 3
WEB, APP, OWN = 10, 20, 30
DEV, LEAD = 100, 200
FIRST = ["date", "personId", "projectId"]
CONTRACT = [*FIRST, "timesheetMinutes", "runnMinutes", "differenceMinutes", "status"]
IDENTITY = [*FIRST, "roleId", "workstreamId"]
MINUTES = ["billableMinutes", "nonbillableMinutes"]


def actuals(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Actuals from (day of June, person, project, billable, nonbillable, role, workstream)."""
    full = [(*row, *(DEV, None)[len(row) - 5 :])[:7] for row in rows]
    names = ["date", *FIRST[1:], *MINUTES, "roleId", "workstreamId"]
    frame = pd.DataFrame(full, columns=names).astype(dict.fromkeys(names[1:], "Int64"))
    dates = [f"2026-06-{int(d):02d}" for d in frame["date"]]
    return frame.assign(date=pd.to_datetime(pd.Series(dates, dtype=object)))


def tables(*rows: tuple[Any, ...]) -> dict[str, pd.DataFrame]:
    refs = [
        [{"referenceName": "Harvest", "externalId": "W-1"}],
        [
            {"referenceName": "Harvest", "externalId": "A-1"},
            {"referenceName": "Harvest", "externalId": "A-2"},
        ],
        [],
    ]
    return {
        "actuals": actuals(*rows),
        "people": pd.DataFrame(
            {
                "id": [ADA, BEN, CYD],
                "firstName": ["Ada", "Ben", "Cyd"],
                "lastName": ["Abebe", "Ünal", "Cruz"],
                "email": ["ada@example.com", "ben@example.com", "cyd@example.com"],
            }
        ),
        "projects": pd.DataFrame(
            {
                "id": [WEB, APP, OWN],
                "name": ["Website", "App", "Internal"],
                "pricingModel": ["tm", "fp", "nb"],
                "references": refs,
            }
        ),
        "roles": pd.DataFrame({"id": [DEV, LEAD], "name": ["Developer", "Lead"]}),
        "project-members": pd.DataFrame(
            {
                "personId": [ADA, ADA, ADA, BEN],
                "projectId": [WEB, APP, APP, WEB],
                "roleId": [DEV, DEV, LEAD, LEAD],
                "workstreamId": pd.array([7, None, None, None], dtype="Int64"),
            }
        ),
        "contracts": pd.DataFrame(
            {
                "personId": [ADA, ADA],
                "roleId": [DEV, LEAD],
                "startDate": pd.to_datetime(["2025-01-01", "2026-06-03"]),
                "endDate": pd.to_datetime(["2026-06-02", None]),
            }
        ),
    }


def sheet(*rows: tuple[Any, ...], **columns: Any) -> pd.DataFrame:
    """A timesheet from (day of June, person, project, minutes)."""
    frame = pd.DataFrame(list(rows), columns=[*FIRST, "minutes"])
    dates = [f"2026-06-{int(d):02d}" for d in frame["date"]]
    return frame.assign(date=dates, **columns)


def told(result: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    part = result[list(columns)].astype(object)
    return list(part.where(part.notna(), None).itertuples(index=False, name=None))


def test_the_four_statuses_computed_by_hand() -> None:
    runn = tables((1, ADA, WEB, 300, 60), (2, ADA, WEB, 480, 0), (3, ADA, WEB, 0, 120))
    entries = sheet((1, ADA, WEB, 200), (1, ADA, WEB, 160), (2, ADA, WEB, 450), (3, ADA, APP, 90))
    result = reconcile(entries, tables=runn)
    assert list(result.columns)[:7] == CONTRACT
    assert told(result, *CONTRACT[1:]) == [
        (ADA, WEB, 360, 360, 0, "match"),
        (ADA, WEB, 450, 480, -30, "differs"),
        (ADA, WEB, None, 120, -120, "only_runn"),
        (ADA, APP, 90, None, 90, "only_timesheet"),
    ]
    assert result["date"].dt.day.tolist() == [1, 2, 3, 3]
    assert str(result["date"].dtype) == "datetime64[us]"
    assert {str(result[c].dtype) for c in CONTRACT[1:6]} == {"Int64"}
    assert list(result.attrs) == ["reconciliation"]


def test_nothing_outside_the_window_is_only_runn_and_both_its_ends_count() -> None:
    runn = tables(*((d, ADA, WEB, 60, 0) for d in range(1, 8)))
    entries = sheet((2, ADA, WEB, 60), (5, ADA, WEB, 60))
    assert reconcile(entries, tables=runn)["date"].dt.day.tolist() == [2, 3, 4, 5]
    wide = reconcile(entries, start="2026-06-01", end=dt.date(2026, 6, 6), tables=runn)
    assert wide["date"].dt.day.tolist() == [1, 2, 3, 4, 5, 6]
    narrow = reconcile(entries, start="2026-06-03", end="2026-06-05", tables=runn)
    assert narrow["status"].tolist() == ["only_runn", "only_runn", "match"]
    assert len(reconcile(entries, end="2026-06-03", tables=runn)) == 2


def test_a_team_s_timesheet_does_not_flag_everybody_else() -> None:
    runn = tables((1, ADA, WEB, 60, 0), (1, BEN, WEB, 60, 0), (1, CYD, WEB, 60, 0))
    entries = sheet((1, ADA, WEB, 60))
    assert reconcile(entries, tables=runn)["personId"].tolist() == [ADA]
    assert reconcile(entries, tables=runn, people=[BEN])["personId"].tolist() == [ADA, BEN]
    everybody = reconcile(entries, tables=runn, people="all")
    assert told(everybody, "personId", "status") == [
        (ADA, "match"),
        (BEN, "only_runn"),
        (CYD, "only_runn"),
    ]


def test_an_actual_of_0_is_an_actual() -> None:
    runn = tables((1, ADA, WEB, 0, 0), (2, ADA, WEB, 0, 0), (3, ADA, WEB, 0, 0))
    entries = sheet((1, ADA, WEB, 0), (2, ADA, WEB, 30), (4, ADA, WEB, 0))
    assert told(reconcile(entries, tables=runn), *CONTRACT[3:]) == [
        (0, 0, 0, "match"),
        (30, 0, 30, "differs"),
        (None, 0, 0, "match"),  # both say that nothing was worked
        (0, None, 0, "only_timesheet"),  # Runn counts what is scheduled until the 0 is logged
    ]


def test_what_only_runn_has_stays_unless_it_is_said() -> None:
    runn = tables((1, ADA, WEB, 60, 0), (2, ADA, WEB, 90, 30), (3, ADA, WEB, 0, 0))
    entries, window = sheet((1, ADA, WEB, 45)), {"start": "2026-06-01", "end": "2026-06-03"}
    kept = reconcile(entries, tables=runn, **window)
    assert told(kept, "status", *MINUTES) == [
        ("differs", 45, 0), ("only_runn", 90, 30), ("match", 0, 0),
    ]  # fmt: skip
    zeroed = reconcile(entries, tables=runn, only_runn="zero", **window)
    assert told(zeroed, "status", *MINUTES) == [
        ("differs", 45, 0), ("only_runn", 0, 0), ("match", 0, 0),
    ]  # fmt: skip
    assert [len(corrections(one)) for one in (kept, zeroed)] == [1, 2]
    with pytest.raises(FilterError, match="only_runn is one of 'keep', 'zero'"):
        reconcile(entries, tables=runn, only_runn="drop")


def test_only_the_projects_of_the_timesheet_are_compared() -> None:
    runn = tables((1, ADA, WEB, 60, 0), (1, ADA, APP, 300, 0), (1, ADA, OWN, 30, 0),
                  (1, BEN, APP, 90, 0))  # fmt: skip
    entries = sheet((1, ADA, WEB, 60))
    assert reconcile(entries, tables=runn)["projectId"].tolist() == [WEB]
    wider = reconcile(entries, tables=runn, projects=[APP])
    assert told(wider, "personId", "projectId") == [(ADA, WEB), (ADA, APP)]
    assert reconcile(entries, tables=runn, projects="all")["projectId"].tolist() == [WEB, APP, OWN]
    both = reconcile(entries, tables=runn, people=[BEN], projects=[APP])
    assert told(both, "personId", "projectId") == [(ADA, WEB), (ADA, APP), (BEN, APP)]
    # Where projects are no part of a key, those of the timesheet are not known.
    whole = reconcile(entries, on=["date", "personId"], tables=runn)
    assert whole["runnMinutes"].tolist() == [390]
    narrow = reconcile(entries, on=["date", "personId"], projects=[WEB], tables=runn)
    assert narrow["runnMinutes"].tolist() == [60]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"people": [ADA, 999]}, "people= takes ids of Runn's; 999 is nobody there"),
        ({"people": np.array([999.0])}, "999.0 is nobody"),
        ({"people": ["Ada"]}, "'Ada' is nobody"),
        ({"people": 999}, "999 is nobody"),
        ({"projects": [999]}, "projects= takes ids of Runn's; 999 is a template or no project"),
        ({"projects": [OWN]}, "30 is a template or no project"),
        ({"projects": "website"}, "projects is one of 'timesheet', 'all'"),
    ],
)
def test_whom_and_what_runn_does_not_have_is_refused(option: dict[str, Any], says: str) -> None:
    runn = tables((1, ADA, WEB, 60, 0))
    runn["projects"] = runn["projects"].assign(isTemplate=[False, False, True])
    with pytest.raises(FilterError, match=re.escape(says)):
        reconcile(sheet((1, ADA, WEB, 60)), tables=runn, **option)


def test_work_on_a_template_is_not_matched() -> None:
    runn = tables()
    runn["projects"] = runn["projects"].assign(isTemplate=[False, False, True])
    entries = sheet((1, ADA, OWN, 60), (1, ADA, WEB, 30))
    with pytest.warns(UnmatchedWarning, match=r"1 of 'projectId' \('30'\), of a template"):
        assert reconcile(entries, tables=runn)["projectId"].tolist() == [WEB]
    assert unmatched(entries, tables=runn)["reason"].tolist() == ["template"]


def test_somebody_with_unknown_projects_only_has_rows_that_are_not_written() -> None:
    runn = tables((1, ADA, WEB, 60, 0), (1, BEN, APP, 90, 0), (2, BEN, APP, 90, 0))
    entries = sheet((1, ADA, WEB, 60), (1, BEN, 999, 90))
    with pytest.warns(UnmatchedWarning, match="999"):
        result = reconcile(entries, tables=runn, end="2026-06-02", only_runn="zero")
    assert told(result, "personId", "projectId", "status", *MINUTES) == [
        (ADA, WEB, "match", 60, 0),
        (BEN, APP, "only_runn", None, None),
    ]


def test_a_key_with_several_actuals_shows_their_sum() -> None:
    runn = tables((1, ADA, APP, 100, 10, DEV), (1, ADA, APP, 20, 0, LEAD), (2, ADA, APP, 30, 0))
    result = reconcile(sheet((1, ADA, APP, 150), (2, ADA, APP, 30)), tables=runn)
    assert told(result, "roleId", *MINUTES, "runnBillableMinutes", "runnActuals") == [
        (None, 138, 12, 120, 2),
        (DEV, 30, 0, 30, 1),
    ]
    # One of the two is written, and has what the other does not.
    assert told(corrections(result, tables=runn), "roleId", *MINUTES) == [(DEV, 118, 12)]


@pytest.mark.parametrize(
    ("flags", "want"),
    [
        ((150, 0), [(DEV, 0, 105), (LEAD, 0, 45)]),
        ((100, 50), [(DEV, 5, 100)]),
        ((20, 130), [(DEV, 85, 20)]),
        ((160, 0), [(DEV, 0, 115), (LEAD, 0, 45)]),
        ((90, 0), [(DEV, 0, 90), (LEAD, 0, 0)]),
    ],
)
def test_what_is_no_longer_billable_stays_in_its_actual(
    flags: tuple[int, int], want: list[Any]
) -> None:
    runn = tables((1, ADA, APP, 105, 0, DEV), (1, ADA, APP, 45, 0, LEAD))
    no, yes = flags
    entries = sheet((1, ADA, APP, no), (1, ADA, APP, yes), flag=["No", "Yes"])
    result = reconcile(entries, billable="flag", tables=runn)
    fixes = corrections(result, tables=runn)
    assert told(fixes, "roleId", *MINUTES) == want
    assert set(result["status"]) == {"differs"}
    after = {**runn, "actuals": applied(runn["actuals"], fixes)}
    again = reconcile(entries, billable="flag", tolerance=0, tables=after)
    assert set(again["status"]) == {"match"}


def test_several_workstreams_of_a_role_are_not_doubled() -> None:
    runn = tables((1, ADA, APP, 100, 0, DEV, 7), (1, ADA, APP, 20, 0, DEV, 8),
                  (1, ADA, APP, 60, 0, LEAD))  # fmt: skip
    entries = sheet((1, ADA, APP, 150), (1, ADA, APP, 60), roleId=[DEV, LEAD])
    result = reconcile(entries, on=[*FIRST, "roleId"], tables=runn)
    assert told(result, "roleId", "workstreamId", "status") == [
        (DEV, None, "differs"), (LEAD, None, "match"),
    ]  # fmt: skip
    fixes = corrections(result, tables=runn)
    assert told(fixes, "roleId", "workstreamId", *MINUTES) == [(DEV, 7, 130, 0)]


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [("1min", "match"), (0, "differs"), ("59s", "differs"), (pd.Timedelta("2min"), "match")],
)
def test_tolerance(tolerance: Any, status: str) -> None:
    runn = tables((1, ADA, WEB, 59, 0))
    result = reconcile(sheet((1, ADA, WEB, 60)), tolerance=tolerance, tables=runn)
    assert result["status"].item() == status


def test_differences_within_the_tolerance_are_not_written() -> None:
    runn = tables((1, ADA, WEB, 59, 0))
    result = reconcile(sheet((1, ADA, WEB, 60)), tables=runn)
    assert told(result, *MINUTES) == [(59, 0)]
    assert corrections(result).empty


# -- bugs of other tools (rivals.md 2)


def test_bug_email_case_is_folded_on_both_sides() -> None:
    runn = tables((1, ADA, WEB, 60, 0))
    runn["people"]["email"] = ["Ada@Example.COM", "ben@example.com", "cyd@example.com"]
    entries = sheet((1, 0, WEB, 60)).drop(columns="personId").assign(Email=" aDA@example.com\t")
    result = reconcile(entries, match={"personId": {"email": "Email"}}, tables=runn)
    assert told(result, "personId", "status") == [(ADA, "match")]


def test_bug_n_harvest_projects_to_one_runn_project() -> None:
    runn = tables((1, ADA, APP, 90, 0))
    entries = pd.DataFrame(
        {"date": ["2026-06-01"] * 2, "personId": ADA, "Code": ["A-1", "a-2 "], "minutes": [30, 60]}
    )
    result = reconcile(entries, match={"projectId": {"references.Harvest": "Code"}}, tables=runn)
    assert told(result, *CONTRACT[2:]) == [(APP, 90, 90, 0, "match")]


def test_bug_doubled_entries_are_refused() -> None:
    entries = sheet((1, ADA, WEB, 60), (1, ADA, WEB, 60), (2, ADA, WEB, 5), Id=["e1", "e1", None])
    with pytest.raises(FrameError, match=r"1 entries.*'Id'.*e1.*60 minutes.*drop_duplicates"):
        reconcile(entries, entry_id="Id", tables=tables())
    once = entries.drop_duplicates("Id")
    assert reconcile(once, entry_id="Id", tables=tables())["timesheetMinutes"].tolist() == [60, 5]


def test_bug_utc_shift_a_zoned_stamp_keeps_its_own_day() -> None:
    late = pd.to_datetime(["2026-06-01 23:30", "2026-06-02 00:15"])
    for zone in ("America/New_York", "Pacific/Auckland"):
        entries = sheet((1, ADA, WEB, 30), (2, ADA, WEB, 30)).assign(date=late.tz_localize(zone))
        assert reconcile(entries, tables=tables())["date"].dt.day.tolist() == [1, 2]
    # A day in UTC need not be the worker's: it is taken, and said.
    for dates in (late.tz_localize("UTC"), ["2026-06-01T23:30:00Z", "2026-06-02T00:15:00.000Z"]):
        entries = sheet((1, ADA, WEB, 30), (2, ADA, WEB, 30)).assign(date=dates)
        with pytest.warns(UserWarning, match="times in UTC"):
            found = reconcile(entries, tables=tables())
        assert found["date"].dt.day.tolist() == [1, 2]
    days = sheet((1, ADA, WEB, 30)).assign(date=["2026-06-01T00:00:00Z"])
    assert reconcile(days, tables=tables())["date"].dt.day.tolist() == [1]
    texts = ["2026-06-01T23:30:00-04:00", "2026-06-02T00:15:00+12:00"]
    entries = sheet((1, ADA, WEB, 30), (2, ADA, WEB, 30)).assign(date=texts)
    assert reconcile(entries, tables=tables())["date"].dt.day.tolist() == [1, 2]


def test_bug_half_minute_drift_each_entry_is_not_rounded() -> None:
    runn = tables((1, ADA, WEB, 90, 0))
    entries = sheet(*[(1, ADA, WEB, 0.5)] * 180)  # rounded one by one: 0 or 180
    assert told(reconcile(entries, tolerance=0, tables=runn), *CONTRACT[3:]) == [
        (90, 90, 0, "match")
    ]
    # 3 x 20.4 = 61.2: the total is 61, so the day is 21 + 20 + 20, and not 60.
    entries = sheet((1, ADA, WEB, 20.4), (1, ADA, APP, 20.4), (1, ADA, OWN, 20.4))
    assert reconcile(entries, tables=tables())["timesheetMinutes"].tolist() == [21, 20, 20]


def test_bug_two_roles_on_a_day_are_added_up_not_overwritten() -> None:
    runn = tables((1, ADA, APP, 100, 0, DEV), (1, ADA, APP, 20, 0, LEAD))
    result = reconcile(sheet((1, ADA, APP, 120)), tables=runn)
    assert told(result, "runnMinutes", "status") == [(120, "match")]


def test_bug_the_billable_split_is_not_rewritten() -> None:
    runn = tables((1, ADA, WEB, 0, 240), (2, ADA, WEB, 90, 30))
    entries = sheet((1, ADA, WEB, 300), (2, ADA, WEB, 160), (3, ADA, WEB, 60), (3, ADA, OWN, 45))
    result = reconcile(entries, tables=runn)
    # As Runn has it; what is new is billable but on the non-billable project.
    assert told(result, *MINUTES) == [(0, 300), (120, 40), (60, 0), (0, 45)]


# -- units and what people have in their files


@pytest.mark.parametrize(
    ("values", "option"),
    [
        ([90, 30], {}),
        ([90.0, 30.0], {"minutes": "time"}),
        ([1.5, 0.5], {"hours": "time"}),
        (["1.5", "0.5"], {"hours": "time"}),
        ([5400, 1800], {"seconds": "time"}),
        (["1:30", "0:30:00"], {"hours": "time"}),
        (["01:30:00", "00:30:00"], {"minutes": "time"}),
        (pd.to_timedelta(["90min", "30min"]), {"minutes": "time"}),
        ([dt.timedelta(minutes=90), dt.timedelta(minutes=30)], {"minutes": "time"}),
        ([dt.time(1, 30), dt.time(0, 30)], {"minutes": "time"}),
        (pd.array([90, 30], dtype="int64[pyarrow]"), {"minutes": "time"}),
    ],
)
def test_durations(values: Any, option: dict[str, str]) -> None:
    name = "time" if option else "Minutes"
    entries = sheet((1, ADA, WEB, 0), (2, ADA, WEB, 0)).drop(columns="minutes")
    result = reconcile(entries.assign(**{name: values}), tables=tables(), **option)
    assert result["timesheetMinutes"].tolist() == [90, 30]


@pytest.mark.parametrize(
    ("value", "says"),
    [("1,5", "'1,5' in column 'minutes'.*decimal"), (-5, "negative"), (None, "have nothing in")],
)
def test_durations_that_are_none(value: Any, says: str) -> None:
    entries = sheet((1, ADA, WEB, 1), (1, ADA, WEB, 1))
    entries["minutes"] = pd.Series([value, 1], dtype=object)
    with pytest.raises(FrameError, match=says):
        reconcile(entries, tables=tables())


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        (["1.200", "7.5"], [1, 8]),
        (["1.200", "7,5"], None),
        (["1,200", "7.5"], [1200, 8]),
        (["1.200", 7.5], None),
        (["1,200", "60"], None),
        (["1.200", "60"], None),
    ],
)
def test_thousands_of_minutes_are_told_by_their_column_or_asked_about(
    written: list[Any], minutes: list[int] | None
) -> None:
    entries = sheet((1, ADA, WEB, 1), (2, ADA, WEB, 1)).rename(lambda n: f"r{n}")
    entries["minutes"] = pd.Series(written, entries.index, dtype=object)
    if minutes is not None:
        assert reconcile(entries, tables=tables())["timesheetMinutes"].tolist() == minutes
        return
    with pytest.raises(FrameError, match=r"in row r0 of column 'minutes' is 1200|no duration"):
        reconcile(entries, tables=tables())


def test_durations_that_cannot_be_read_are_counted() -> None:
    entries = sheet(*[(day, ADA, WEB, 1) for day in range(1, 7)]).rename(lambda n: f"r{n}")
    entries["minutes"] = ["1.5", "1,5", None, "2 h", "x", "1,25"]
    says = "'1,5' in column 'minutes' is no duration (4 rows have none: 'r1', 'r3', 'r4', ...): "
    with pytest.raises(FrameError, match=re.escape(says)):
        reconcile(entries, tables=tables())
    with pytest.raises(FrameError, match=r"'2 h' in column 'minutes' is no duration \(row 'r3'\)"):
        reconcile(entries.iloc[2:4], tables=tables())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"date": ["05/06/2026"]}, "'05/06/2026' in column 'date'.*dayfirst"),
        ({"personId": ["Ada"]}, "'Ada' in column 'personId' is no id.*match="),
        ({"minutes": [True]}, "flags"),
    ],
)
def test_columns_that_hold_something_else(change: dict[str, Any], says: str) -> None:
    with pytest.raises(FrameError, match=says):
        reconcile(sheet((1, ADA, WEB, 60)).assign(**change), tables=tables())


def test_missing_columns_are_named_with_what_to_do() -> None:
    entries = sheet((1, ADA, WEB, 60))
    with pytest.raises(FrameError, match=r"no column 'personId'.*match=.*Its columns are"):
        reconcile(entries.drop(columns="personId"), tables=tables())
    with pytest.raises(FrameError, match=r"no column 'minutes'.*hours="):
        reconcile(entries.rename(columns={"minutes": "Time"}), tables=tables())
    with pytest.raises(FrameError, match=r"no column 'date'.*match=\{'date'"):
        reconcile(entries.rename(columns={"date": "Spent"}), tables=tables())
    match = {"projectId": {"references.Jira": "projectId"}}
    with pytest.raises(FrameError, match=r"no field 'references.Jira' to match by.*Harvest"):
        reconcile(entries, match=match, tables=tables())
    with pytest.raises(FilterError, match="there is no 'clientId'"):
        reconcile(entries, on=("date", "clientId"), tables=tables())
    with pytest.raises(FilterError, match="one unit"):
        reconcile(entries, hours="a", seconds="b", tables=tables())


def test_an_index_and_a_date_column_of_another_name() -> None:
    entries = sheet((1, ADA, WEB, 60)).rename(columns={"date": "Spent"}).set_index("Spent")
    result = reconcile(entries, match={"date": "Spent"}, tables=tables())
    assert result["date"].dt.day.tolist() == [1]


def test_an_empty_timesheet_gives_an_empty_result_with_types() -> None:
    full = reconcile(sheet((1, ADA, WEB, 60)), tables=tables())
    empty = reconcile(sheet(), tables=tables())
    assert empty.empty
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
    everybody = {"people": "all", "tables": tables((1, BEN, WEB, 5, 0))}
    with pytest.raises(FrameError, match="start="):
        reconcile(sheet(), **everybody)
    month = reconcile(sheet(), start="2026-06-01", end="2026-06-30", **everybody)
    assert month["status"].tolist() == ["only_runn"]


def test_billable_is_compared_too() -> None:
    runn = tables((1, ADA, WEB, 120, 0), (2, ADA, WEB, 60, 60))
    entries = sheet(
        (1, ADA, WEB, 60), (1, ADA, WEB, 60), (2, ADA, WEB, 60.4), (2, ADA, WEB, 60),
        Billable=["Yes", "no", "YES", "No"],
    )  # fmt: skip
    result = reconcile(entries, billable="Billable", tables=runn)
    assert told(result, "differenceMinutes", "status", *MINUTES) == [
        (0, "differs", 60, 60),
        (0, "match", 60, 60),
    ]
    with pytest.raises(FrameError, match="'maybe' in column 'Billable'"):
        reconcile(entries.assign(Billable="maybe"), billable="Billable", tables=runn)


def test_work_of_a_day_on_a_project_is_no_total_line_whoever_did_it() -> None:
    entries = sheet((1, ADA, WEB, 60), (2, ADA, WEB, 30)).assign(Who=["Ada Abebe", "Suma"])
    entries = entries.drop(columns="personId")
    with pytest.warns(UnmatchedWarning, match="Suma"):
        reconcile(entries, match={"personId": {"name": "Who"}}, tables=tables((1, ADA, WEB, 60, 0)))


def test_nothing_on_a_non_billable_project_is_billable_whatever_was_ticked() -> None:
    runn = tables((1, ADA, OWN, 0, 45), (2, ADA, OWN, 30, 0))
    entries = sheet((1, ADA, OWN, 45), (2, ADA, OWN, 60), (3, ADA, OWN, 15), Billable=["Yes"] * 3)
    result = reconcile(entries, billable="Billable", tables=runn)
    assert told(result, "differenceMinutes", "status", *MINUTES) == [
        (0, "match", 0, 45),
        (30, "differs", 0, 60),
        (15, "only_timesheet", 0, 15),
    ]


def test_keys_other_than_the_usual() -> None:
    runn = tables((1, ADA, APP, 60, 0, DEV), (1, ADA, APP, 30, 0, LEAD), (2, ADA, APP, 30, 0))
    entries = sheet((1, ADA, APP, 90), (2, ADA, APP, 30))
    by_project = reconcile(entries, on=["projectId"], tables=runn)
    assert told(by_project, "timesheetMinutes", "runnMinutes") == [(120, 120)]
    assert "roleId" not in by_project
    # Two roles on the project, so the contract's: developer until the 2nd.
    by_role = reconcile(entries, on=(*FIRST, "roleId"), tables=runn)
    assert told(by_role, "roleId", "differenceMinutes") == [(DEV, 30), (LEAD, -30), (DEV, 0)]
    streams = reconcile(entries.assign(roleId=DEV, workstreamId=None), on=IDENTITY, tables=runn)
    assert told(streams, "workstreamId", "differenceMinutes")[0] == (None, 30)
    with pytest.raises(FrameError, match="corrections takes a result"):
        corrections(by_project)


def facts(result: pd.DataFrame, what: str) -> Any:
    return result.attrs["reconciliation"].get(what)


def test_rows_that_are_copies_are_counted_and_said() -> None:
    entries = sheet((1, ADA, WEB, 90), (1, ADA, WEB, 90), (2, ADA, WEB, 30), (1, BEN, WEB, 90))
    entries.index = pd.Index([2, 3, 4, 5])
    result = reconcile(entries, tables=tables((1, ADA, WEB, 90, 0)))
    assert told(result, "timesheetMinutes")[0] == (180,)
    own = {"date": "2026-06-01", "personId": ADA, "projectId": WEB, "minutes": 90.0}
    assert facts(result, "copies") == {
        "rows": 1,
        "minutes": 90.0,
        "first": [{**own, "row": 3, "of": 2}],
    }
    (said,) = notes(result)
    assert said.startswith("1 row is an exact copy of another in the timesheet (row 3; 1.50 h)")
    assert "rp.read_timesheet(path).drop_duplicates()" in said
    assert notes(result[result["status"] == "differs"].copy()) == [said], "a part of it knows too"
    numbered = entries.assign(ID=range(4))
    assert facts(reconcile(numbered, entry_id="ID", tables=tables()), "copies") is None
    assert facts(reconcile(entries.drop_duplicates(), tables=tables()), "copies") is None


def test_what_was_not_matched_is_a_part_of_the_result() -> None:
    names = [("Ada Abebe", WEB, 60), ("Ada Abeb", WEB, 90), ("Nobody", WEB, 45), ("Nobody", 99, 0)]
    entries = pd.DataFrame(
        {
            "date": pd.Timestamp("2026-06-01"),
            "Who": [who for who, *_ in names],
            "projectId": [project for _, project, _ in names],
            "minutes": [minutes for *_, minutes in names],
        }
    )
    how = {"match": {"personId": {"name": "Who"}}, "tables": tables((1, ADA, 21, 30, 0))}
    with pytest.warns(UnmatchedWarning):
        result = reconcile(entries, projects="all", **how)
    found = facts(result, "unmatched")
    assert {name: found[name] for name in ("rows", "minutes", "ofRows", "ofMinutes")} == {
        "rows": 3,
        "minutes": 135.0,
        "ofRows": 4,
        "ofMinutes": 195.0,
    }
    table = unmatched(entries, **how)
    assert found["values"] == len(table) == 3
    assert [(one["value"], one["minutes"], one["nearMisses"]) for one in found["first"]] == [
        (value, minutes, near if isinstance(near, str) else None)
        for value, minutes, near in zip(
            table["value"], table["minutes"], table["nearMisses"], strict=True
        )
    ]
    assert json.loads(json.dumps(result.attrs)) == result.attrs
    (said,) = notes(result)
    assert said == (
        "3 of 4 rows of the timesheet (2.25 of 3.25 h) were not matched, and so not compared:"
        " 'Ada Abeb', 'Nobody', '99'."
    )


def test_of_many_values_without_an_id_the_result_keeps_the_first() -> None:
    entries = pd.DataFrame(
        {
            "date": pd.Timestamp("2026-06-01"),
            "Who": [f"Nobody {n}" for n in range(300)],
            "projectId": WEB,
            "minutes": range(1, 301),
        }
    )
    how = {"match": {"personId": {"name": "Who"}}, "tables": tables()}
    found = facts(reconcile(entries, on_unmatched="ignore", **how), "unmatched")
    assert (found["rows"], found["values"], len(found["first"])) == (300, 300, 20)
    assert found["first"][0]["value"] == "Nobody 299"
    assert found["undecided"] == []


# -- total lines


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        ({"date": "Total", "Who": None, "projectId": None}, True),
        ({"date": "Grand total", "Who": None, "projectId": None}, True),
        ({"date": "Summe", "Who": "Ada Abebe"}, True),
        ({"date": None, "Who": None, "projectId": None}, True),
        ({"date": " ", "Who": "", "projectId": None}, True),
        ({"date": None, "Who": "Total"}, True),
        ({"Who": "Total", "projectId": None}, True),
        ({"date": None, "Note": "Total of June", "projectId": None}, True),
        ({"Note": "Total refit"}, False),
        ({"Who": "Summer, Ann"}, False),
    ],
)
def test_a_total_line_is_left_out_and_said(cells: dict[str, Any], total: bool) -> None:
    entries = sheet((1, ADA, WEB, 60), (2, ADA, WEB, 60), (3, ADA, WEB, 120))
    entries = entries.drop(columns="personId").astype(object).assign(Who="Ada Abebe", Note="")
    for name, value in cells.items():
        entries.loc[2, name] = value
    options: dict[str, Any] = {"match": {"personId": {"name": "Who"}}, "tables": tables()}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = reconcile(entries, **options)
        missed = unmatched(entries, **options)
    texts = [str(one.message) for one in said]
    assert ("1 total line of the timesheet (row 2) is left out." in texts) == total
    if total:
        assert result["timesheetMinutes"].sum() == 120
        assert missed.empty


def test_a_row_of_somebody_without_a_date_is_no_total_line() -> None:
    entries = sheet((1, ADA, WEB, 60), (2, BEN, WEB, 30))
    entries.loc[1, "date"] = None
    with pytest.warns(UnmatchedWarning, match="1 row of the timesheet with 30 minutes"):
        reconcile(entries, tables=tables())


# -- what is not matched


def test_unmatched_minutes_cannot_be_missed() -> None:
    runn = tables((1, ADA, WEB, 60, 0))
    entries = pd.DataFrame(
        {
            "date": "2026-06-01",
            "Email": ["ada@example.com", "ada@exmaple.com", "ben@example.com", None],
            "Project": ["website", "Website", "Websiet", "App"],
            "minutes": [60, 30, 15.5, 4],
        }
    )
    options: dict[str, Any] = {
        "match": {"personId": {"email": "Email"}, "projectId": {"name": "Project"}},
        "tables": runn,
    }
    with pytest.warns(UnmatchedWarning, match=r"3 rows .* 50 minutes .*rp\.unmatched") as record:
        result = reconcile(entries, **options)
    assert len(record) == 1
    assert told(result, "timesheetMinutes", "status") == [(60, "match")]
    with pytest.raises(FrameError, match="3 rows"):
        reconcile(entries, **options, on_unmatched="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(reconcile(entries, **options, on_unmatched="ignore")) == 1
    missed = unmatched(entries, **options)
    assert told(missed, "key", "column", "value", "rows", "minutes", "reason") == [
        ("personId", "Email", "ada@exmaple.com", 1, 30.0, "none"),
        ("projectId", "Project", "Websiet", 1, 15.5, "none"),
        ("personId", "Email", None, 1, 4.0, "none"),
    ]
    assert missed["nearMisses"].tolist()[:2] == ["ada@example.com (1)", "Website (10)"]
    with pytest.raises(FrameError, match=r"not\s+reconcile's result"):
        unmatched(result)
    assert unmatched(entries[:1], **options).empty


def test_the_warning_names_the_column_that_each_value_is_from() -> None:
    entries = pd.DataFrame(
        {
            "date": "2026-06-01",
            "personId": ADA,
            "Project ID": ["H1", None],
            "Project": ["Website", "Websiet"],
            "minutes": [60, 30],
        }
    )
    match = {"projectId": {"references.Harvest": "Project ID", "name": "Project"}}
    with pytest.warns(UnmatchedWarning, match=r"1 of 'Project' \('Websiet'\) for projectId"):
        reconcile(entries, match=match, tables=tables((1, ADA, WEB, 60, 0)))


def test_the_result_with_the_unmatched_has_every_minute() -> None:
    entries = sheet((1, ADA, WEB, 60.25), (1, ADA, WEB, 10.5), (1, BEN, WEB, 20.25))
    entries["personId"] = ["Ada Abebe", "ADA  abebe", "Nobody"]
    options: dict[str, Any] = {
        "match": {"personId": {"name": "personId"}},
        "tables": tables(),
    }
    result = reconcile(entries, **options, on_unmatched="ignore")
    missed = unmatched(entries, **options)
    assert result["timesheetMinutes"].sum() + missed["minutes"].sum() == pytest.approx(91, abs=0.5)


# -- the way back to Runn


def applied(runn: pd.DataFrame, fixes: pd.DataFrame) -> pd.DataFrame:
    """What Runn has after the fixes: an actual is overwritten by its whole identity."""
    both = pd.concat([runn[[*IDENTITY, *MINUTES]], fixes], ignore_index=True)
    return both.drop_duplicates(IDENTITY, keep="last")


def test_corrections_make_everything_match() -> None:
    runn = tables(
        (1, ADA, WEB, 60, 0), (2, ADA, WEB, 60, 0), (3, ADA, WEB, 50, 0),
        (4, ADA, APP, 200, 40, DEV), (4, ADA, APP, 100, 20, LEAD),
        (5, ADA, APP, 200, 0, DEV), (5, ADA, APP, 100, 0, LEAD),
        (6, ADA, APP, 10, 0, DEV), (6, ADA, APP, 5, 0, LEAD),
    )  # fmt: skip
    entries = sheet(
        (1, ADA, WEB, 60), (2, ADA, WEB, 75), (4, ADA, APP, 400), (5, ADA, APP, 50),
        (6, ADA, OWN, 33), (6, ADA, WEB, 12),
    )  # fmt: skip
    result = reconcile(entries, tables=runn)
    # Of app there are two actuals a day, and the row has the sums of both.
    several = result["roleId"].isna()
    assert result.loc[several, "date"].dt.day.tolist() == [4, 5, 6]
    assert (result["runnActuals"] > 1).tolist() == several.tolist()
    assert told(result[several], *MINUTES) == [(333, 67), (50, 0), (15, 0)]
    fixes = corrections(result, tables=runn, only_runn="zero")
    assert list(fixes.columns) == [*IDENTITY, *MINUTES, "updatedAt"]
    days_ = fixes["date"].dt.day
    assert told(fixes[days_ == 4], *IDENTITY[1:], *MINUTES) == [(ADA, APP, DEV, None, 233, 47)]
    assert told(fixes[days_ == 5], "roleId", *MINUTES) == [(DEV, 0, 0), (LEAD, 50, 0)]
    # The person's workstream on the website is 7, and the role on internal that of the contract.
    new = fixes[(days_ == 6) & fixes["projectId"].isin([WEB, OWN])]
    assert told(new, "projectId", "roleId", "workstreamId") == [(WEB, DEV, 7), (OWN, LEAD, None)]
    assert set(fixes.index) <= set(result.index)
    after = {**runn, "actuals": applied(runn["actuals"], fixes)}
    again = reconcile(entries, tolerance=0, tables=after)
    assert set(again["status"]) == {"match"}
    assert corrections(again, tables=after).empty


def test_corrections_can_leave_what_only_runn_has() -> None:
    runn = tables((1, ADA, WEB, 60, 0), (2, ADA, WEB, 60, 0))
    result = reconcile(sheet((1, ADA, WEB, 30)), end="2026-06-02", tables=runn)
    assert len(corrections(result)) == 1
    assert len(corrections(result, only_runn="keep")) == 1
    zeroed = corrections(result, only_runn="zero")
    assert told(zeroed, *MINUTES) == [(30, 0), (0, 0)]
    asked = reconcile(sheet((1, ADA, WEB, 30)), end="2026-06-02", only_runn="zero", tables=runn)
    assert told(corrections(asked), *MINUTES) == [(30, 0), (0, 0)]
    assert len(corrections(asked, only_runn="keep")) == 1


def test_a_row_without_a_role_is_named() -> None:
    entries = sheet((1, CYD, WEB, 60), (1, ADA, WEB, 30))
    with pytest.warns(UnmatchedWarning, match=r"1 row.*\(1\.00 h\).*personId 3.*Fill in roleId"):
        result = reconcile(entries, tables=tables())
    with pytest.raises(FrameError, match="want of a role"):
        reconcile(entries, tables=tables(), on_unmatched="raise")
    assert result["roleId"].isna().tolist() == [False, True]
    with pytest.raises(FrameError, match=r"1 rows have no role.*personId 3.*roleId"):
        corrections(result, tables=tables())


def test_roles_by_runn_s_own_rule() -> None:
    keys = sheet((1, ADA, WEB, 0), (2, ADA, APP, 0), (3, ADA, APP, 0), (3, BEN, WEB, 0),
                 (3, BEN, APP, 0))  # fmt: skip
    keys["date"] = pd.to_datetime(keys["date"]).astype("datetime64[us]")
    keys[FIRST[1:]] = keys[FIRST[1:]].astype("Int64")
    found = roles_for(keys, Source(tables(), None))
    assert told(found, "roleId", "workstreamId") == [
        (DEV, 7), (DEV, None), (LEAD, None), (LEAD, None), (None, None),
    ]  # fmt: skip


# -- properties


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10_000_000)), min_size=1, max_size=40))
def test_rounding_keeps_totals(sums: list[tuple[int, int]]) -> None:
    exact = np.array([s for _, s in sums], dtype=np.int64)
    groups = pd.factorize(np.array([g for g, _ in sums]))[0]
    whole = whole_minutes(exact, groups)
    assert whole.sum() == (exact.sum() + MINUTE // 2) // MINUTE
    assert (abs(whole * MINUTE - exact) < MINUTE).all()
    for group in set(groups):
        part = groups == group
        assert abs(whole[part].sum() * MINUTE - exact[part].sum()) < MINUTE
    assert (whole[exact % MINUTE == 0] * MINUTE == exact[exact % MINUTE == 0]).all()


ENTRY = st.tuples(
    st.integers(1, 4),
    st.sampled_from([ADA, BEN]),
    st.sampled_from([WEB, APP]),
    st.decimals(0, 9, places=2).map(float),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=12)
@given(st.lists(ENTRY, min_size=1, max_size=25), st.randoms())
def test_shuffled_rows_give_the_same_result(rows: list[Any], random: Any) -> None:
    runn = tables((1, ADA, WEB, 60, 0), (2, BEN, APP, 61, 3), (2, BEN, APP, 5, 0, LEAD))
    shuffled = rows[:]
    random.shuffle(shuffled)
    turned = {**runn, "actuals": runn["actuals"][::-1].reset_index(drop=True)}
    # Some of them have no role.
    options: dict[str, Any] = {"hours": "minutes", "on_unmatched": "ignore"}
    first = reconcile(sheet(*rows), tables=runn, **options)
    other = reconcile(sheet(*shuffled), tables=turned, **options)
    pd.testing.assert_frame_equal(first, other)
    total = sum(round(r[3] * 100) * 0.6 for r in rows)
    assert abs(first["timesheetMinutes"].sum() - total) <= 0.5 + 1e-6
    # Whatever can be written is right afterwards.
    can = first["roleId"].notna() | first["runnMinutes"].notna()
    fixes = corrections(first[can], tables=runn, only_runn="zero")
    assert (fixes[MINUTES] >= 0).all(axis=None)
    after = {**runn, "actuals": applied(runn["actuals"], fixes)}
    again = reconcile(sheet(*rows), tables=after, **options).set_index(FIRST)
    assert set(again.loc[first[can].set_index(FIRST).index, "status"]) <= {"match"}


def test_runn_s_own_actuals_all_match(account: Account) -> None:
    own = rp.read_runn("actuals", minDate="2026-03-01", maxDate="2026-06-30")
    own["total"] = own["billableMinutes"] + own["nonbillableMinutes"]
    everybody = reconcile(own, minutes="total", people="all", tolerance=0)
    assert set(everybody["status"]) == {"match"}
    assert len(everybody) == len(own.drop_duplicates(FIRST))
    assert everybody["timesheetMinutes"].sum() == own["total"].sum()
    exact = reconcile(own, on=IDENTITY, minutes="total", tolerance=0)
    assert set(exact["status"]) == {"match"}
    assert len(exact) == len(own)
    assert corrections(everybody).empty


def test_a_harvest_export_of_the_demo(account: Account) -> None:
    """Whole way: e-mail and external reference, hours to two decimals, one day forgotten."""
    own = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-12")
    people = rp.read_runn("people").set_index("id")
    projects = rp.read_runn("projects", expand="references").set_index("id")
    harvest = pd.DataFrame(
        {
            "Date": own["date"].dt.strftime("%Y-%m-%d"),
            "Email": own["personId"].map(people["email"]).str.upper(),
            "Code": own["projectId"].map(projects["references.Harvest"]),
            "Hours": ((own["billableMinutes"] + own["nonbillableMinutes"]) / 60).round(2),
        }
    )
    known = harvest["Code"].notna() & harvest["Email"].notna()
    match = {"personId": {"email": "Email"}, "projectId": {"references.Harvest": "Code"}}
    result = reconcile(harvest[known], hours="Hours", match=match)
    covered = set(own.loc[known, "projectId"])
    ours = result[result["projectId"].isin(covered)]
    assert set(ours["status"]) == {"match"}
    assert set(result[~result["projectId"].isin(covered)]["status"]) <= {"only_runn", "match"}
    with pytest.warns(UnmatchedWarning, match=f"{(~known).sum():,} rows"):
        reconcile(harvest, hours="Hours", match=match)


def test_days_and_durations_alone() -> None:
    dates = business_dates(pd.Series(["2026-06-01 ", dt.date(2026, 6, 2), None]), "d")
    assert dates.dt.day.tolist()[:2] == [1, 2]
    assert dates.isna().tolist() == [False, False, True]
    assert milliseconds(pd.Series([0.33]), "h", "hours").tolist() == [1_188_000]


def test_what_may_be_unmatched_is_not_set_to_zero() -> None:
    """Hours that are in the timesheet under a name Runn does not have must not be wiped."""
    rp.connect("demo")
    person = 310019
    window = {"minDate": "2026-06-01", "maxDate": "2026-06-05"}
    actuals = rp.read_runn("actuals", **window)
    mine = actuals[actuals["personId"] == person].runn.names()
    entries = pd.DataFrame(
        {
            "date": mine["date"],
            "personId": mine["personId"],
            "Code": mine["projectName"],
            "minutes": mine["billableMinutes"] + mine["nonbillableMinutes"],
        }
    )
    entries["Code"] = entries["Code"].replace(entries["Code"].iloc[0], "Renamed in Harvest")
    with pytest.warns(UnmatchedWarning, match="not corrected to 0"):
        result = reconcile(entries, match={"projectId": {"name": "Code"}})
    open_ = result[result["status"] == "only_runn"]
    assert len(open_) > 0
    assert open_["billableMinutes"].isna().all()
    assert len(corrections(result)) == 0
    # A project id that Runn does not know leads nowhere either.
    plain = mine[["date", "personId", "projectId"]].assign(minutes=entries["minutes"])
    plain["projectId"] = plain["projectId"].replace(plain["projectId"].iloc[0], 99999999)
    with pytest.warns(UnmatchedWarning, match="99999999"):
        result = reconcile(plain)
    assert len(corrections(result)) == 0
    assert unmatched(plain)["value"].tolist() == [99999999]


def test_an_actual_that_is_there_twice_counts_once() -> None:
    runn = tables((1, ADA, WEB, 270, 0))
    runn["actuals"] = pd.concat([runn["actuals"].assign(id=1)] * 2)
    assert told(reconcile(sheet((1, ADA, WEB, 270)), tables=runn), "status") == [("match",)]


def test_an_actual_without_minutes_is_not_one_of_zero() -> None:
    runn = tables((1, ADA, WEB, 270, 0))
    runn["actuals"] = runn["actuals"].assign(billableMinutes=pd.NA, nonbillableMinutes=pd.NA)
    with pytest.raises(FrameError, match="without any minutes"):
        reconcile(sheet((1, ADA, WEB, 270)), tables=runn)
