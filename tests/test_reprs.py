"""What one sees of an account, a plan and the listings: in a notebook and in a terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import html
from runn_pandas.account import Account

TOKEN = "TEST_secret-token-of-the-account"
NAME = "<script>alert('x')</script> $x^2$ \\(y\\)"


@pytest.mark.parametrize(
    "settings", [{}, {"read_only": True}, {"offline": True}, {"max_age": None}]
)
def test_an_account_never_shows_its_token(settings: dict[str, Any]) -> None:
    account = rp.connect(TOKEN, base_url="https://runn.example", **settings)
    for shown in (repr(account), account._repr_html_()):
        assert "secret" not in shown
        assert "runn.example" in shown
        assert account.fingerprint in shown
    markup = account._repr_html_()
    assert ("read-only" in markup) == bool(settings.get("read_only"))
    assert ("from the cache only" in markup) == bool(settings.get("offline"))
    assert ("of any age" if "max_age" in settings else "up to 15 min old") in markup


def test_the_demo_says_that_it_is_one() -> None:
    assert "the demo account" in rp.connect("demo")._repr_html_()


def test_a_plan_shows_names_as_text(account: Account) -> None:
    people = rp.read_runn("people").head(3)
    people["lastName"] = pd.Series([NAME, "y" * 5000, "\u202eabc"], dtype="object")
    plan = people.runn.plan()
    markup = plan._repr_html_()
    assert "<script" not in markup
    assert "&lt;script&gt;" in markup
    assert "$x^2$" not in markup
    assert "mathjax_ignore" in markup
    assert len(markup) < 10_000
    assert "3 changed" in repr(plan)
    assert "3 requests to write." in repr(plan)


def test_what_pandas_shows_of_the_listings_is_escaped(account: Account) -> None:
    teams = rp.read_runn("teams").head(1)
    teams["name"] = NAME
    teams.index = pd.Index([NAME], name="<b>row</b>")
    for frame in (teams.runn.push(dry_run=True), rp.resources(), rp.cache.info()):
        markup = frame._repr_html_()
        assert "<script" not in markup
        assert "<b>" not in markup
        assert repr(frame)


def test_the_listings_have_types_that_read_well(account: Account) -> None:
    rp.read_runn("teams")
    rp.read_runn("actuals", minDate="2026-06-01")
    info = rp.cache.info()
    assert (info["age"] == info["age"].dt.floor("s")).all()
    resources = rp.resources()
    assert resources["page_limit"].dtype == "Int64"
    assert list(resources.columns[:3]) == ["resource", "kind", "filters"]


@pytest.mark.parametrize(
    ("value", "markup"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        ("$x$", "<span>$</span>x<span>$</span>"),
        ("\\(x", "<span>\\</span>(x"),
        ("y" * 400, "y" * 299 + "…"),
        (None, "None"),
        (0, "0"),
    ],
)
def test_text(value: Any, markup: str) -> None:
    assert html.text(value) == markup


def test_tables_and_blocks_escape_each_part() -> None:
    made = html.block(NAME, html.table([NAME], [[NAME]], numeric=[NAME]), [NAME])
    assert made.count("&lt;script&gt;") == 4
    assert "<script" not in made
    assert "$x" not in made
