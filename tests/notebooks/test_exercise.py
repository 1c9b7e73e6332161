"""The hidden answers of the class exercise run, and print what is written under them."""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from textwrap import dedent
from typing import Any

import pandas as pd
import pytest
from nbformat import NotebookNode

import runn_pandas as rp
from runn_pandas import recording
from tests.notebooks.execute import LABEL, NOTEBOOKS, SVG, read

EXERCISE = NOTEBOOKS / "06-class-exercise.ipynb"
BLOCK = re.compile(
    r"^```python\n(.*?)^```\n\nIt shows:\n\n^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
TABLES = (
    "actuals",
    "assignments",
    "clients",
    "contracts",
    "leave",
    "people",
    "projects",
    "roles",
    "teams",
)
SAME_PRINT = int(pd.__version__.split(".")[0]) >= 3


def is_picture(value: Any) -> bool:
    return hasattr(value, "mark") and hasattr(value, "to_dict")


def shown(code: str, names: dict[str, Any]) -> str:
    """What a cell with this code shows: what it prints, and its last expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(tree, "<answer>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<answer>", "eval"), names)
            if value is not None and not is_picture(value):
                print(value)
    return out.getvalue()


def begun(change: Callable[[str], str] = str) -> dict[str, Any]:
    """What the cells before the first question define, their code changed."""
    names: dict[str, Any] = {}
    alt = pytest.importorskip("altair")
    # Which renderer the notebook chooses is its own business.
    with pytest.MonkeyPatch.context() as patched, alt.renderers.enable("default"):
        patched.chdir(NOTEBOOKS)
        patched.setattr(recording, "_recording", {})
        patched.setattr(sys, "path", [*sys.path])
        for cell in read(EXERCISE).cells:
            if cell.source.startswith("## 1. "):
                break
            if cell.cell_type == "code":
                shown(change(cell.source), names)
    return names


@pytest.fixture(scope="module")
def given() -> dict[str, Any]:
    pytest.importorskip("vcr", reason="needs vcrpy: pip install .[record]")
    names = begun()
    assert "from a cassette" in repr(rp.current()), "and reads nothing else"
    return names


@pytest.fixture(scope="module")
def given_another_week() -> dict[str, Any]:
    """The week after it, of the demo account: there are projects with a plan alone."""
    changes = {'cassette("data/class.yaml")': 'connect("demo")', "06-15": "06-22"}
    changes["06-21"] = "06-28"

    def changed(code: str) -> str:
        for old, new in changes.items():
            code = code.replace(old, new)
        return code

    return begun(changed)


def questions() -> list[NotebookNode]:
    return [cell for cell in read(EXERCISE).cells if re.match(r"## \d\. ", cell.source)]


def said(given: dict[str, Any], number: int, code: str) -> str:
    """What the check says of an answer that is given as code, after the cells at the beginning."""
    names = {name: value.copy() if name in TABLES else value for name, value in given.items()}
    shown(code, names)
    found: str = given["check"].said(number, names["answer"])
    return found


@pytest.mark.parametrize("at", range(9))
def test_an_answer_stands_alone_passes_its_check_and_prints_what_is_under_it(
    at: int, given: dict[str, Any]
) -> None:
    ((code, told),) = BLOCK.findall(questions()[at].source)
    with pd.option_context("display.width", 100):
        printed = shown(code, {n: v.copy() if n in TABLES else v for n, v in given.items()})
    assert printed.startswith(f"{at + 1}: Right.\n")
    if SAME_PRINT:
        assert printed == told, code


def test_a_picture_that_is_checked_is_seen(given: dict[str, Any]) -> None:
    ((code, _),) = BLOCK.findall(questions()[8].source)
    names = dict(given)
    shown(code, names)
    drawn, check = names["answer"], given["check"]
    with redirect_stdout(io.StringIO()) as out:
        assert check(9, drawn) is drawn, "the notebook shows what a cell returns"
        wrong = drawn.properties(title="")
        assert check(9, wrong) is wrong, "one looks at what is wrong as well"
        assert check(9, ...) is None
        assert check(3, given["actuals"]) is None
    assert out.getvalue().startswith("9: Right.\n9: A picture without a title")


def test_the_hidden_answer_has_its_picture(given: dict[str, Any]) -> None:
    ((code, _),) = BLOCK.findall(questions()[8].source)
    (place,) = re.findall(r"^!\[[^\]]+\]\(([^)]+)\)$", questions()[8].source, re.MULTILINE)
    names = dict(given)
    shown(code, names)
    stored = LABEL.findall((NOTEBOOKS / place).read_text("utf-8"))
    rows = next(iter(names["answer"].to_dict()["datasets"].values()))
    assert {row[name] for row in rows for name in ("day", "kind")} <= set(stored)
    pytest.importorskip("vl_convert")
    with rp.style_charts():
        fresh = names["answer"]._repr_mimebundle_()
    assert LABEL.findall(fresh[SVG]) == stored, "store it anew: fresh[SVG]"


def test_every_question_has_one_answer_a_place_for_ones_own_and_a_check() -> None:
    cells = read(EXERCISE).cells
    asked = [at for at, cell in enumerate(cells) if re.match(r"## \d\. ", cell.source)]
    assert len(asked) == 9
    for number, at in enumerate(asked, 1):
        source = cells[at].source
        assert source.startswith(f"## {number}. ")
        assert source.count("<summary>Answer</summary>") == 1
        assert source.count("<details>") == source.count("</details>")
        # Markdown within a details element begins after an empty line.
        assert not re.search(r"</summary>\n[^\n]", source)
        own = cells[at + 1].source
        assert own.startswith("# Your answer: ")
        assert own.endswith(f"\nanswer = ...\n\ncheck({number}, answer)")
        assert cells[at + 1].outputs[0].text == f"{number}: no answer yet.\n"


# What people write, and words of the hint that fits.
WRONG = {
    "those without a team are left out": (
        1,
        """
        names = teams.set_index("id")["name"]
        answer = people.loc[~people["isArchived"], "teamId"].map(names).value_counts()
        """,
        "Who is in no row",
    ),
    "those who have left are counted": (
        1,
        """
        names = teams.set_index("id")["name"]
        answer = people["teamId"].map(names).value_counts(dropna=False)
        """,
        "does not work here any more",
    ),
    "ids in the place of teams": (
        1,
        "answer = people[~people['isArchived']].groupby('teamId').size()",
        "not labelled as asked for",
    ),
    "a sentence": (1, "answer = 'seven'", "should be a Series of numbers of people"),
    "minutes": (
        2,
        """
        names = projects.set_index("id")["name"]
        answer = (actuals.groupby("projectId")["hours"].sum() * 60).rename(names).nlargest(5)
        """,
        "another unit",
    ),
    "only what is billable": (
        2,
        """
        names = projects.set_index("id")["name"]
        minutes = actuals.groupby("projectId")["billableMinutes"].sum()
        answer = (minutes / 60).rename(names).nlargest(5)
        """,
        "cannot be invoiced was worked",
    ),
    "ids of projects": (
        2,
        "answer = actuals.groupby('projectId')['hours'].sum().nlargest(5)",
        "names are asked for",
    ),
    "all projects": (
        2,
        """
        names = projects.set_index("id")["name"]
        answer = actuals.groupby("projectId")["hours"].sum().rename(names)
        """,
        "are too many",
    ),
    "a mean of shares": (
        3,
        """
        minutes = ["billableMinutes", "nonbillableMinutes"]
        client = actuals["projectId"].map(projects.set_index("id")["clientId"])
        sums = actuals.groupby(client)[minutes].sum()
        answer = (sums["billableMinutes"] / sums.sum(axis=1)).mean()
        """,
        "In a mean of the clients' shares",
    ),
    "percent": (
        3,
        """
        sums = actuals[["billableMinutes", "nonbillableMinutes"]].sum()
        answer = sums["billableMinutes"] / sums.sum() * 100
        """,
        "in percent",
    ),
    "the other share": (
        3,
        """
        sums = actuals[["billableMinutes", "nonbillableMinutes"]].sum()
        answer = round(sums["nonbillableMinutes"] / sums.sum(), 2)
        """,
        "can be invoiced",
    ),
    "people on leave": (
        4,
        """
        answer = people.loc[
            ~people["isArchived"] & ~people["id"].isin(actuals["personId"]), "id"
        ].tolist()
        """,
        "look into `leave`",
    ),
    "archived people": (
        4,
        """
        away = [*actuals["personId"], *leave["personId"]]
        answer = people[~people["id"].isin(away)]
        """,
        "does not work here any more",
    ),
    "names in the place of ids": (4, "answer = people['firstName']", "should be the ids"),
    "an open end is not after Monday": (
        5,
        """
        answer = contracts[
            (contracts["startDate"] <= monday) & (contracts["endDate"] >= monday)
        ]
        """,
        "NaT >= monday",
    ),
    "the last contract": (
        5,
        "answer = contracts.drop_duplicates('personId', keep='last')",
        "need not be the one in force",
    ),
    "all contracts": (5, "answer = contracts", "people have had several"),
    "no default cost": (
        6,
        """
        ends = contracts["endDate"]
        now = contracts[(contracts["startDate"] <= monday) & (ends.isna() | (ends >= monday))]
        worked = actuals.groupby("personId")["hours"].sum()
        cost = now["costPerHour"] * now["personId"].map(worked)
        answer = cost.groupby(now["roleId"].map(roles.set_index("id")["name"])).sum()
        """,
        "cost nothing",
    ),
    "the default cost for all": (
        6,
        """
        ends = contracts["endDate"]
        now = contracts[(contracts["startDate"] <= monday) & (ends.isna() | (ends >= monday))]
        worked = actuals.groupby("personId")["hours"].sum()
        usual = now["roleId"].map(roles.set_index("id")["defaultHourCost"])
        cost = (usual * now["personId"].map(worked))[now["personId"].isin(worked.index)]
        answer = cost.groupby(now["roleId"].map(roles.set_index("id")["name"])).sum()
        """,
        "none of its own",
    ),
    "a merge with all contracts": (
        6,
        """
        rows = actuals.merge(contracts, on="personId", suffixes=("_", "")).merge(
            roles, left_on="roleId", right_on="id", suffixes=("", "_role")
        )
        rows["cost"] = rows["hours"] * rows["costPerHour"].fillna(rows["defaultHourCost"])
        answer = rows.groupby("name")["cost"].sum()
        """,
        "counted once for each",
    ),
    "the other sign": (
        7,
        """
        daily = assignments.runn.daily(monday, sunday, contracts=contracts, time_off=leave)
        planned = daily.groupby("projectId")["minutes"].sum() / 60
        answer = planned.sub(actuals.groupby("projectId")["hours"].sum(), fill_value=0)
        """,
        "other way round",
    ),
    "planned on every day": (
        7,
        """
        first = assignments["startDate"].clip(lower=monday)
        last = assignments["endDate"].clip(upper=sunday)
        hours = assignments["minutesPerDay"] * ((last - first).dt.days + 1) / 60
        planned = hours.groupby(assignments["projectId"]).sum()
        answer = actuals.groupby("projectId")["hours"].sum().sub(planned, fill_value=0)
        """,
        "on which days",
    ),
    "a line": (
        9,
        "answer = alt.Chart(actuals).mark_line().encode(x='date', y='hours')",
        "bars",
    ),
    "nothing said": (
        9,
        """
        days = actuals.groupby("date", as_index=False)["hours"].sum()
        answer = alt.Chart(days).mark_bar().encode(x="date:O", y=alt.Y("hours:Q", title=""))
        """,
        "can be invoiced, and what not? A picture without a title",
    ),
    "half of the hours": (
        9,
        """
        days = actuals.groupby("date", as_index=False)["billableMinutes"].sum()
        days["hours"] = days["billableMinutes"] / 120
        answer = alt.Chart(days, title="Hours").mark_bar().encode(x="date:O", y="hours:Q")
        """,
        "not all hours",
    ),
    "cut off": (
        9,
        """
        days = actuals.groupby("date", as_index=False)["hours"].sum()
        up = alt.Y("hours:Q", scale=alt.Scale(zero=False))
        answer = alt.Chart(days, title="Hours").mark_bar().encode(x="date:O", y=up)
        """,
        "begin at zero",
    ),
    "no chart": (9, "answer = actuals", "a chart of Altair"),
}


# In the class's week these happen to be right.
WRONG_IN_ANOTHER_WEEK = {
    "an inner join": (
        7,
        """
        daily = assignments.runn.daily(monday, sunday, contracts=contracts, time_off=leave)
        planned = (daily.groupby("projectId")["minutes"].sum() / 60).rename("planned")
        actual = actuals.groupby("projectId")["hours"].sum()
        both = planned.to_frame().join(actual, how="inner")
        answer = both["hours"] - both["planned"]
        """,
        "only a plan, or only actuals",
    ),
    "missing differences": (
        7,
        """
        daily = assignments.runn.daily(monday, sunday, contracts=contracts, time_off=leave)
        planned = daily.groupby("projectId")["minutes"].sum() / 60
        answer = actuals.groupby("projectId")["hours"].sum() - planned
        """,
        "missing values",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_gets_the_hint_that_fits_it(name: str, given: dict[str, Any]) -> None:
    number, code, hint = WRONG[name]
    told = said(given, number, dedent(code))
    assert hint in told
    assert told != "Right."


@pytest.mark.parametrize("name", WRONG_IN_ANOTHER_WEEK)
def test_the_checks_know_the_slips_of_another_week(
    name: str, given_another_week: dict[str, Any]
) -> None:
    number, code, hint = WRONG_IN_ANOTHER_WEEK[name]
    assert hint in said(given_another_week, number, dedent(code))


@pytest.mark.parametrize("at", range(9))
def test_the_answers_are_right_in_another_week_and_account(
    at: int, given_another_week: dict[str, Any]
) -> None:
    ((code, _),) = BLOCK.findall(questions()[at].source)
    assert said(given_another_week, at + 1, code) == "Right."


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("capacity.loc[off.personId, (week", "_ = (off.personId, (week", "days of leave"),
        ('/ by_team["capacity"] * 100', '/ by_team["capacity"]', "percent is asked for"),
        ('.fillna("(none)")', "", "in no team"),
        (
            'answer = by_team["hours"] / by_team["capacity"] * 100',
            'each = per_person["hours"] / per_person["capacity"] * 100\n'
            'answer = each.groupby(team.fillna("(none)")).mean()',
            "In a mean of percentages",
        ),
    ],
)
def test_the_slips_of_utilisation_are_known(
    old: str, new: str, hint: str, given: dict[str, Any]
) -> None:
    ((code, _),) = BLOCK.findall(questions()[7].source)
    assert code.count(old) == 1
    code = code.replace(old, new)
    if new.startswith("_ = "):
        code = code.replace("<= off.endDate)] = 0", "<= off.endDate))")
    assert hint in said(given, 8, code)


def test_what_is_done_to_the_tables_changes_no_check(given: dict[str, Any]) -> None:
    code = "actuals['billableMinutes'] = 0; answer = 0.5"
    assert said(given, 3, code).startswith("Not yet.")
    ((right, _),) = BLOCK.findall(questions()[2].source)
    assert said(given, 3, right) == "Right."


def test_the_class_needs_no_account(tmp_path: Path) -> None:
    with rp.cassette(NOTEBOOKS / "data" / "class.yaml") as account:
        assert account.read_only
        assert rp.read_runn("clients")["name"].str.contains("(demo)", regex=False).any()
