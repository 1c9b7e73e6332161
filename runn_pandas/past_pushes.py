"""What was pushed before: ``rp.journal`` and ``rp.undo``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from runn_pandas.account import current

if TYPE_CHECKING:
    from runn_pandas.push.plan import Plan


def journal(
    *,
    close: int | None = None,
    clear: int | Literal["ended", True] | None = None,
    of: str | None = None,
) -> pd.DataFrame:
    """List what the last pushes of this machine to the current account did.

    It lies in the user's state folder (``RUNN_STATE_DIR``), and is that of the account whatever
    its token: an account is known by its oldest people, projects and roles.

    Parameters
    ----------
    close : int, optional
        The number of an interrupted push that nobody will continue: the account is asked about
        its rows in doubt, and it is over. What it made stays.
    clear : int, "ended" or True, optional
        Forget what a push of this number sent and what came back, or what all did that ended,
        for good: they cannot be undone then. That it made records, and which ids these have,
        stays known without their content.
    of : str, optional
        Where it could not be told whether an earlier push was to this account: that of the
        token which the error names, or ``"new"`` if it was to another.

    Returns
    -------
    DataFrame
        A row for each field that was sent: when, which push, resource, action, id, field, the old
        and the new value, what became of it, and whether `undo` can take the push back (``yes``,
        or ``no:`` and why).

    Raises
    ------
    PlanError
        If there is no interrupted push of the number to close, no ended one to clear, or no
        journal of that token.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> rp.journal().empty
    True
    """
    from runn_pandas.push.api import journal

    return journal(current(), close=close, clear=clear, of=of)


def undo(push: int) -> Plan:
    """Plan to take a push back, whichever process of this machine made it.

    Parameters
    ----------
    push : int
        Its number in `journal`, whose column ``undo`` says which pushes can be taken back.

    Returns
    -------
    Plan
        What restores the old values, where the API can; ``.apply()`` carries it out. A row that
        was changed in Runn since the push is a conflict. What cannot be undone, and why, is in
        the plan's text.

    Raises
    ------
    PlanError
        If there is no push of the number, or another one continued it.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> teams = rp.read_runn("teams").head(1)
    >>> result = teams.assign(name="Renamed").runn.push()
    >>> rp.undo(int(rp.journal()["push"].iloc[0])).requests
    1
    """
    from runn_pandas.frame.encode import as_python
    from runn_pandas.push.api import undo

    # Taken out of the journal's frame, it is a number of numpy's.
    return undo(as_python(push), account=current())
