"""Pushed where nothing can be written, to the wrong account, or in columns made by expand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import account as accounts
from runn_pandas import recording
from runn_pandas.errors import OfflineError, PlanError, PlanWarning, ReadOnlyError
from runn_pandas.push.api import journal, plan, push
from tests.support.desk import Desk, desk_of, new_demo
from tests.support.pushes import names_of


@pytest.fixture
def current(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk's account is the current one."""
    monkeypatch.setattr(accounts, "_default", desk.account)
    yield desk
    recording._recording.clear()


def renamed(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.loc[0, "name"] = "Renamed"
    return frame


# -- where nothing is written


def test_offline_nothing_is_sent(desk: Desk) -> None:
    desk.account.max_age = None
    teams = renamed(rp.read_runn("teams", account=desk.account))
    offline = desk.account.offline()
    made = plan(teams, account=offline)
    assert "compared with the cache, however old" in repr(made)
    with pytest.raises(OfflineError, match=r"Nothing was sent to 'teams'.*offline=True"):
        made.apply()
    with (
        pytest.warns(PlanWarning, match="compared with the cache"),
        pytest.raises(OfflineError, match="Nothing was sent"),
    ):
        push(teams, account=offline)
    with pytest.raises(OfflineError, match="not in the cache"):
        push(pd.DataFrame({"name": ["A"]}), "skills", account=offline)
    assert desk.bodies == []
    assert len(journal(desk.account)) == 0
    assert "Renamed" not in names_of(desk)


def test_in_a_cassette_nothing_is_sent(current: Desk, tmp_path: Path) -> None:
    path = tmp_path / "class.yaml"
    for run in ("records", "replays"):
        with rp.cassette(path):
            teams = renamed(rp.read_runn("teams"))
            assert teams.runn.push(dry_run=True)["status"].iloc[0] == "planned"
            for frame in (teams, pd.DataFrame({"name": ["A"]})):
                with pytest.raises(ReadOnlyError, match=r"a cassette only.*rp\.use\(account\)"):
                    frame.runn.push("teams")
            if run == "replays":
                with pytest.raises(OfflineError, match="cassette"):
                    pd.DataFrame({"name": ["A"]}).runn.push("skills")
        recording._recording.clear()
    assert current.bodies == []
    assert teams.runn.push("teams")["status"].iloc[0] == "updated"


# -- another account


def test_a_plan_is_not_applied_once_another_account_is_current(
    current: Desk, tmp_path: Path
) -> None:
    other = desk_of(new_demo(), tmp_path / "other", token="LIVE_other")
    made = renamed(rp.read_runn("teams")).runn.plan()
    back = made.undo()
    with rp.use(other.account):
        for one in (made, back):
            with pytest.raises(
                PlanError, match=rf"was made for account {made.account.fingerprint}"
            ):
                one.apply()
    assert current.bodies == []
    assert other.bodies == []
    assert made.apply()["status"].iloc[0] == "updated"
    assert other.bodies == []


def test_a_frame_is_not_pushed_to_another_account(current: Desk, tmp_path: Path) -> None:
    other = desk_of(new_demo(), tmp_path / "other", token="LIVE_other")
    teams = renamed(rp.read_runn("teams"))
    with rp.use(other.account):
        with pytest.raises(PlanError, match="another account"):
            teams.runn.push()
        with pytest.raises(PlanError, match="another account"):
            teams.runn.plan()
    assert other.bodies == []


# -- columns made by expand


VALUES: dict[str, Any] = {
    "text": "north",
    "checkbox": True,
    "date": pd.Timestamp("2031-05-06"),
}


def several_made(desk: Desk, model: str) -> pd.DataFrame:
    """A field with several values, which a project of the demo lacks; one project has one."""
    assert model == "PROJECT"
    options = [{"name": "North"}, {"name": "South"}, {"name": "East"}]
    sent = {"name": "Regions", "model": model, "singleSelect": False, "options": options}
    made = desk.account.request("POST", "custom-fields/select", json=sent)
    project = desk.read("projects")["id"].iloc[0]
    first = {"id": made["id"], "values": [{"id": made["options"][0]["id"]}]}
    desk.account.request("PATCH", f"projects/{project}/custom-fields/select", json=first)
    desk.bodies.clear()
    return pd.DataFrame([made])


@pytest.mark.parametrize("kind", ["text", "checkbox", "date", "select", "several"])
@pytest.mark.parametrize(
    ("read", "pushed", "model"),
    [
        ("people/custom-fields", "people/custom-fields", "PERSON"),
        ("people/custom-fields", "people", "PERSON"),
        ("projects", "projects", "PROJECT"),
        ("projects/custom-fields", "projects/custom-fields", "PROJECT"),
    ],
)
def test_custom_fields_as_columns(
    desk: Desk, read: str, pushed: str, model: str, kind: str
) -> None:
    fields = desk.read(f"custom-fields/{'select' if kind == 'several' else kind}", model=model)
    if "singleSelect" in fields:
        fields = fields[fields["singleSelect"] == (kind == "select")]
    if fields.empty:
        fields = several_made(desk, model)
    frame = desk.read(read, expand="customFields")
    label = f"customFields.{fields['name'].iloc[0]}"
    value = VALUES.get(kind)
    if kind in ("select", "several"):
        names = [one["name"] for one in fields["options"].iloc[0]]
        value = names[-1] if kind == "select" else names[-2:]
    row = next(n for n in frame.index if not same(frame.loc[n, label], value))
    own = frame.loc[row, "id" if read == "projects" else f"{model.lower()}Id"]
    if pushed == "people":
        frame = frame.rename(columns={"personId": "id"}).drop(columns=["createdAt", "updatedAt"])
    assert desk.plan(frame, pushed).requests == 0
    frame[label] = frame[label].astype(object)
    frame.at[row, label] = value
    made = desk.plan(frame, pushed)
    assert made.changes["field"].tolist() == [label]
    result = made.apply()
    assert result.loc[row, "status"] == "updated", result.loc[row, "error"]
    assert len(desk.bodies) == 1
    again = desk.read(read, expand="customFields")
    again = again.set_index("id" if read == "projects" else f"{model.lower()}Id")
    assert same(again.loc[own, label], value)
    if kind == "checkbox":
        return
    frame.at[row, label] = None
    # The frame's version is from before the first push.
    unset = desk.push(frame, pushed, na="unset", conflict="overwrite")
    assert unset.loc[row, "status"] == "updated"
    again = desk.read(read, expand="customFields")
    again = again.set_index("id" if read == "projects" else f"{model.lower()}Id")
    assert label not in again or missing(again.loc[own, label])


def missing(value: Any) -> bool:
    return (isinstance(value, (str, list)) and len(value) == 0) or bool(pd.isna(value))


def same(found: Any, value: Any) -> bool:
    if isinstance(value, list):
        return isinstance(found, list) and sorted(found) == sorted(value)
    if isinstance(found, list):
        return found == [value]
    return not pd.isna(found) and found == value


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_new_project_whose_answers_are_lost(desk: Desk, fault: str, at: int) -> None:
    fields = desk.read("custom-fields/text", model="PROJECT")["name"].iloc[0]
    frame = pd.DataFrame(
        {
            "name": ["Lost", "Found"],
            "clientId": int(desk.read("clients")["id"].iloc[0]),
            f"customFields.{fields}": ["v", "w"],
        }
    )
    desk.wire.fault_at(at, fault)
    result = desk.push(frame, "projects")
    assert list(result["status"]) == ["created", "created"], result["error"].tolist()
    there = desk.read("projects", expand="customFields")
    there = there[there["name"].isin(["Lost", "Found"])]
    assert len(there) == 2
    assert sorted(there[f"customFields.{fields}"]) == ["v", "w"]


# -- options of select fields


def test_options_of_a_new_select_field(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["Level"], "model": ["PERSON"], "options": [["a", "b"]]})
    assert list(desk.push(frame, "custom-fields/select")["status"]) == ["created"]
    there = desk.read("custom-fields/select", model="PERSON").set_index("name")
    assert [one["name"] for one in there.loc["Level", "options"]] == ["a", "b"]
    assert desk.plan(desk.read("custom-fields/select", model="PERSON")).requests == 0


def test_options_of_a_field_that_exists_are_rows_of_their_own(desk: Desk) -> None:
    fields = desk.read("custom-fields/select", model="PERSON")
    first = fields.head(1).copy()
    first["options"] = [[*fields["options"].iloc[0], {"name": "New"}]]
    with pytest.raises(PlanError, match=r"'options'.*are rows of 'custom-fields/select/\{select"):
        desk.push(first)
    assert desk.bodies == []
    own = int(fields["id"].iloc[0])
    rows = pd.DataFrame(fields["options"].iloc[0]).assign(selectFieldId=own)
    rows.loc[0, "name"] = "Renamed"
    rows.loc[len(rows)] = [None, "New", own]
    rows["id"] = rows["id"].astype("Int64")
    name = "custom-fields/select/{selectFieldId}/options"
    gone = int(rows["id"].iloc[1])
    result = desk.push(rows, name, delete=[gone])
    expected = ["updated", "deleted", *["unchanged"] * (len(rows) - 3), "created"]
    assert list(result["status"]) == expected, result["error"].tolist()
    there = desk.read("custom-fields/select", model="PERSON").set_index("id").loc[own, "options"]
    assert sorted(one["name"] for one in there) == sorted(rows["name"].drop(1))
    twin = pd.DataFrame({"selectFieldId": [own], "name": ["renamed"]})
    assert "taken already" in repr(desk.plan(twin, name))


# -- several levels of columns


@pytest.mark.parametrize("how", ["pivot_table", "agg", "unstack"])
def test_several_levels_of_columns_are_refused(desk: Desk, how: str) -> None:
    frame = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-03")
    made = {
        "pivot_table": lambda: frame.pivot_table(
            index="personId", columns="date", values=["billableMinutes"], aggfunc="sum"
        ),
        "agg": lambda: frame.groupby("personId").agg({"billableMinutes": ["sum", "max"]}),
        "unstack": lambda: frame.groupby(["personId", "date"])[["billableMinutes"]].sum().unstack(),
    }[how]()
    with pytest.raises(PlanError, match="several levels of columns"):
        desk.push(made, "actuals")
    assert desk.bodies == []
