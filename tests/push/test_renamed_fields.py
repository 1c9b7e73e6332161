"""Custom fields that are renamed in Runn after a frame was read."""

from __future__ import annotations

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk


def renamed(desk: Desk) -> str:
    """Rename the field of the PO number, and return its mark."""
    fields = desk.read("custom-fields/text", model="PROJECT")
    own = fields.loc[fields["name"] == "PO number", "id"].iloc[0]
    desk.account.request("PATCH", f"custom-fields/text/{own}", json={"name": "Order"})
    return f"#text{own}"


def test_a_frame_read_before_a_field_was_renamed_plans_what_it_says(desk: Desk) -> None:
    frame = desk.read("projects")
    renamed(desk)
    assert desk.plan(frame).requests == 0
    frame.loc[0, "name"] = "Mine"
    frame.at[0, "customFields"]["text"] = [
        {**one, "value": "PO-9"} for one in frame.at[0, "customFields"]["text"]
    ]
    plan = desk.plan(frame)
    assert plan.changes["field"].tolist() == ["name", "customFields.Order"]
    assert plan.apply()["status"].iloc[0] == "updated"
    now = desk.read("projects", expand="customFields")
    assert now["customFields.Order"].iloc[0] == "PO-9"


def test_a_field_is_found_by_its_mark_whatever_it_is_called(desk: Desk) -> None:
    frame = desk.read("projects", expand="customFields").head(3)
    mark = renamed(desk)
    marked = frame.rename(columns={"customFields.PO number": f"customFields.PO number{mark}"})
    assert desk.plan(marked).requests == 0
    changed = marked.assign(**{f"customFields.PO number{mark}": ["PO-9", pd.NA, pd.NA]})
    desk.push(changed, na="omit")
    now = desk.read("projects", expand="customFields")
    assert now["customFields.Order"].iloc[0] == "PO-9"


def test_a_column_of_a_renamed_field_says_how_it_is_mended(desk: Desk) -> None:
    frame = desk.read("projects", expand="customFields")
    renamed(desk)
    with pytest.raises(PlanError, match="if it has another name in Runn by now"):
        desk.plan(frame)
    assert (
        desk.plan(frame.rename(columns=lambda name: name.replace("PO number", "Order"))).requests
        == 0
    )
