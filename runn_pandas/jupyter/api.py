"""What opens an app: ``rp.explore`` and ``rp.review``."""

from __future__ import annotations

from typing import Any

from runn_pandas.account import Account
from runn_pandas.errors import ConfigError
from runn_pandas.jupyter.app import ipywidgets
from runn_pandas.jupyter.board import Board, is_reconciliation
from runn_pandas.jupyter.explore import Explorer, Static
from runn_pandas.jupyter.review import PlanReview
from runn_pandas.push.plan import Plan


def explore(account: Account | None = None) -> Explorer | Static:
    """Look through an account in a notebook: choose a resource and filters, read, copy the code.

    Parameters
    ----------
    account : Account, optional
        Which account; the current one, whenever something is read, if not given.

    Returns
    -------
    Explorer
        The app, shown where it is the last value of a cell. What was read last is its
        ``frame``, the line that reads it its ``code``. Without ipywidgets the resources are
        shown instead.

    Raises
    ------
    ConfigError
        If `account` is no account. What goes wrong later is said in the app.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> app = rp.explore()
    >>> app.choose("actuals")
    >>> app.set(minDate="2026-06-01")
    >>> app.read()
    >>> app.code
    'pd.read_runn("actuals", minDate="2026-06-01")'
    >>> app.frame["date"].min()
    Timestamp('2026-06-01 00:00:00')
    """
    if account is not None and not isinstance(account, Account):
        raise ConfigError("account= takes an account, as rp.connect gives it.")
    return Explorer(account) if ipywidgets() is not None else Static()


def review(plan_or_reconciliation: Any) -> PlanReview | Board:
    """Open a plan or a reconciliation to look at, decide and push.

    Parameters
    ----------
    plan_or_reconciliation : Plan or DataFrame
        What ``df.runn.plan()`` gives, or a result of `rp.reconcile` by date, person and
        project.

    Returns
    -------
    PlanReview or Board
        Shown by a notebook as an app. Its buttons are plain methods: of a plan ``tick``,
        ``tick_all``, ``push``; of a reconciliation ``choose``, ``choose_group``, ``open_plan``.
        ``app.plan`` is the plan, ``app.result`` what became of its rows. Without ipywidgets a
        static table is shown, and the methods are all there.

    Raises
    ------
    TypeError
        If it is neither of them.
    FrameError
        If the reconciliation does not say which actual each row is about.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> teams = rp.read_runn("teams")
    >>> teams.loc[:1, "name"] = ["Design", "Build"]
    >>> app = review(teams.runn.plan())
    >>> app.tick(0, False)
    >>> app.push()
    >>> app.result["status"].value_counts().to_dict()
    {'unchanged': 3, 'not tried': 1, 'updated': 1}
    """
    what = plan_or_reconciliation
    if isinstance(what, Plan):
        return PlanReview(what)
    if is_reconciliation(what):
        return Board(what)
    raise TypeError(
        "rp.review takes a plan (df.runn.plan()) or a result of rp.reconcile, not"
        f" {type(what).__name__}."
    )
