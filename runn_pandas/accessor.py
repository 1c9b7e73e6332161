"""``df.runn``: each verb a few lines into the rooms below."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from runn_pandas.account import current
from runn_pandas.catalog import Resource, load
from runn_pandas.errors import FrameError, ResourceError
from runn_pandas.frame.nested import expand

if TYPE_CHECKING:
    from runn_pandas.lookup.matching import Match
    from runn_pandas.push.model import Origin
    from runn_pandas.push.plan import Plan

# The columns of what `rp.reconcile` gives. Known here, so that other pushes import no analysis.
RECONCILED = {"timesheetMinutes", "runnMinutes", "differenceMinutes", "status"}


class RunnAccessor:
    """What Runn adds to a DataFrame. It keeps no state beside the frame."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @property
    def resource(self) -> str | None:
        """The resource the frame was read from, or None.

        A hint and no proof: pandas keeps it through operations that change what a row means.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> rp.read_runn("teams").runn.resource
        'teams'
        """
        hint = self._frame.attrs.get("runn")
        name = hint.get("resource") if isinstance(hint, dict) else None
        return name if isinstance(name, str) else None

    def expand(self, *fields: str, tags: Literal["columns", "list"] = "columns") -> pd.DataFrame:
        """Turn nested fields into columns of their own.

        Parameters
        ----------
        *fields : str
            ``"references"``, ``"tags"``, ``"customFields"``, ``"skills"``, ``"managers"``, or a
            plain object such as ``"rosteredDays"``; without any, all that the frame has.
        tags : {"columns", "list"}
            One boolean column for each tag, or one column of lists of tag names.

        Returns
        -------
        DataFrame
            In the place of ``references`` the text columns ``references.Harvest`` and so on,
            one for each name met (``references.Harvest#2`` where a row has two); of ``tags``
            the boolean columns ``tags.Remote``; of ``customFields`` the columns
            ``customFields.Cost centre``: text, date, or boolean by the field's type, a select
            its option's name, or a list of them where any row has several; of ``skills`` the
            boolean ``skills.12`` and the integer ``skills.12.level`` by skill id; of
            ``managers`` the integer ``managers.id``; of a plain object a column for each part.
            Missing is NA.

        Raises
        ------
        FrameError
            If the frame has no such nested column.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> contracts = rp.read_runn("contracts").runn.expand("rosteredDays")
        >>> contracts["rosteredDays.monday"].dtype
        Int64Dtype()
        """
        names = fields[0] if len(fields) == 1 and isinstance(fields[0], list) else fields
        return expand(self._frame, *names, resource=self._found(), tags=tags)

    def plan(
        self,
        resource: str | None = None,
        *,
        on: str | Sequence[str] | None = None,
        na: Literal["unset", "omit"] | None = None,
        delete: Any = None,
        match: Match | None = None,
        new: bool | None = None,
        repeat: bool = False,
    ) -> Plan:
        """Show what a push of this frame would do; no write is sent.

        Parameters
        ----------
        resource : str, optional
            What the rows are; by default what the frame was read from.
        on : str or sequence of str, optional
            The columns that identify a row in place of its id, such as ``"email"`` or
            ``"references.Harvest"``. Texts are compared without outer blanks and in any case (ids
            of other systems, in references, in their own case); a key that fits several rows is
            refused, and what a row is found by is not written. Rows without a match are new.
        na : {"unset", "omit"}, optional
            Whether a missing cell unsets the value in Runn or says nothing; by default unset in
            a frame that was read from Runn, and omit in any other.
        delete : list, Series, Index or boolean Series, optional
            The rows to delete, by id or by a flag for each row. Nothing else is ever deleted.
        match : dict, optional
            How ids are found by names: ``{"personId": {"email": "Email"}, "projectId": {"name":
            "Project"}}``, Runn's field on the left, the frame's column on the right, as in
            `runn_pandas.reconcile`. These columns are not pushed themselves. Names are compared
            in any case and without outer blanks; one that leads to no record, or to several, is
            refused with the nearest names, and of several the only one that is not archived is
            meant. What `names` put beside ids is left out by itself.
        new : bool, optional
            With False no row is made: one that the account does not have is ``not tried``.
        repeat : bool
            Make new rows a second time that an earlier push of this machine has made, within a
            year, and that are still in the account; by default these are unchanged, and a note
            names the push.

        Returns
        -------
        Plan
            Its ``.summary`` and ``.changes`` are frames, ``.requests`` is what it costs, and
            ``.apply()`` carries it out.

        Raises
        ------
        PlanError
            If the frame cannot be pushed as it is; its ``.problems`` lists every bad cell.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> people = rp.read_runn("people")
        >>> people.loc[0, "lastName"] = "Nightingale"
        >>> people.runn.plan().changes[["field", "new"]].values.tolist()
        [['lastName', 'Nightingale']]
        """
        from runn_pandas.push.api import plan

        rows, origin = self._rows()
        return plan(
            rows,
            resource,
            account=current(),
            on=on,
            na=na,
            delete=delete,
            match=match,
            new=new,
            repeat=repeat,
            origin=origin,
        )

    def push(
        self,
        resource: str | None = None,
        *,
        on: str | Sequence[str] | None = None,
        na: Literal["unset", "omit"] | None = None,
        delete: Any = None,
        match: Match | None = None,
        new: bool | None = None,
        repeat: bool = False,
        delete_force: bool = False,
        conflict: Literal["skip", "overwrite", "raise"] = "skip",
        dry_run: bool = False,
        confirm: bool | None = None,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Write this frame back to Runn: only what changed, every row accounted for.

        Parameters
        ----------
        resource, on, na, delete, match, new, repeat
            As in `plan`.
        delete_force : bool
            Also delete people who have assignments or actuals.
        conflict : {"skip", "overwrite", "raise"}
            What to do with a row that was changed in Runn after it was read: leave it and say
            so, send it, or stop before anything is sent.
        dry_run : bool
            Send nothing; the result says what would be done.
        confirm : bool, optional
            Needed as True for more than 50 changes to a live account, unless asked.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        DataFrame
            A row for each row of the frame, under its index: ``action``, ``status`` (created,
            updated, deleted, unchanged, conflict, failed, unknown, not tried, planned), ``id``,
            ``error``, ``attempts``. Of a reconciliation (`rp.reconcile`) the actuals that make
            Runn agree are written: a row that matches is ``unchanged``, one that takes several
            writes has the worst status, and one that cannot be written is ``not tried`` and
            ``error`` says why. What the plan noted is in ``.attrs["notes"]``.

        Raises
        ------
        PlanError
            If the frame cannot be pushed as it is; nothing was sent.
        ReadOnlyError
            If the account is read-only.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> people = rp.read_runn("people")
        >>> people.loc[0, "lastName"] = "Nightingale"
        >>> people.runn.push()["status"].value_counts().to_dict()
        {'unchanged': 39, 'updated': 1}
        """
        from runn_pandas.push.api import push

        rows, origin = self._rows()
        return push(
            rows,
            resource,
            account=current(),
            on=on,
            na=na,
            delete=delete,
            match=match,
            new=new,
            repeat=repeat,
            delete_force=delete_force,
            conflict=conflict,
            dry_run=dry_run,
            confirm=confirm,
            progress=progress,
            origin=origin,
        )

    def daily(
        self,
        start: Any = None,
        end: Any = None,
        contracts: pd.DataFrame | None = None,
        time_off: Any = None,
        *,
        as_of: Any = None,
    ) -> pd.DataFrame:
        """Return assignments, or time off, day by day, as Runn counts them.

        The days are those of `runn_pandas.hours`: of the contract in force, without full-day leave,
        public holidays and rostered-off days; a marked non-working day always counts; templates,
        inactive assignments and the past of placeholders do not.

        Parameters
        ----------
        start, end : date, optional
            The window, both days included; those of the frame if not given.
        contracts : DataFrame, optional
            The contracts that say which days are worked; read if not given.
        time_off : DataFrame, dict or list of DataFrame, optional
            Leave, holidays and rostered-off days, to which assignments give way; read if not given.
        as_of : date, optional
            The day from which placeholders count, as in `runn_pandas.hours`.

        Returns
        -------
        DataFrame
            A row for each row and day that counts, with ``date``, ``minutes`` and the frame's other
            columns. Of time off the minutes are those off. Where several overlap, those of whole
            days come first, and together they are never more than contracted: what adds nothing
            has no row.

        Raises
        ------
        FilterError, FrameError
            If a date is none or the end before the start; if the frame is neither.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> week = rp.read_runn("assignments").runn.daily("2026-06-01", "2026-06-07")
        >>> week["minutes"].dtype
        Int64Dtype()
        """
        from runn_pandas.analysis.daily_rows import daily

        return daily(self._frame, start, end, contracts=contracts, time_off=time_off, as_of=as_of)

    def names(self, *, tables: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
        """Put a name column beside every id column: ``personId`` gets ``personName``.

        Parameters
        ----------
        tables : dict of str to DataFrame, optional
            Frames by resource, as `read_many` or a mirror's ``tables()`` gives them; what is
            missing is read (beside those of a mirror from the mirror alone, so no account is
            needed), and only what the frame's columns need.

        Returns
        -------
        DataFrame
            The frame with a text column more for each id column, or such a level of the index:
            people, placeholders and users as "First Last" (a user without a name as the e-mail
            address), all others by their name. An id that the list does not have is NA. A column
            that is there already stays, and an id without a list of names (``eventId``) gets none.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> actuals = rp.read_runn("actuals", minDate="2026-06-29").runn.names()
        >>> bool(actuals["personName"].notna().all())
        True
        """
        from runn_pandas.lookup.name_columns import names

        return names(self._frame, tables=tables)

    def ids(
        self, match: Match | None = None, *, tables: Mapping[str, pd.DataFrame] | None = None
    ) -> pd.DataFrame:
        """Put ids in the place of names: the way back from `names`.

        Parameters
        ----------
        match : dict, optional
            How ids are found: ``{"personId": {"email": "Email"}, "projectId": {"name":
            "Project"}}``, as `push` takes it; by default ``personId`` by ``personName``, and so
            on, for each such column.
        tables : dict of str to DataFrame, optional
            Frames by resource, as `read_many` gives them; what is missing is read, as it is now.

        Returns
        -------
        DataFrame
            The frame with a column of ids (``Int64``) in the place of the columns by which they
            were found. A row without a name keeps the id that it has, or has none.

        Raises
        ------
        FrameError
            If names lead to no record or to several, each once with its rows and the nearest
            names (also in ``.problems``); if a name is not that of the id beside it.

        Examples
        --------
        >>> import pandas as pd
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> sheet = pd.DataFrame({"Project": ["basalt website "], "hours": [7.5]})
        >>> sheet.runn.ids({"projectId": {"name": "Project"}})
           projectId  hours
        0     480014    7.5
        """
        from runn_pandas.lookup.ids import ids

        return ids(self._frame, match, tables=tables)

    def to_excel(self, path: Any) -> None:
        """Write this frame as a workbook, which ``pd.read_excel`` and a push read back.

        Parameters
        ----------
        path : str, Path or file
            A file ``.xlsx``; one that is there is replaced.

        Raises
        ------
        FrameError
            If a cell, or the frame, is too long for Excel.
        MissingPackageError
            If openpyxl is not installed.

        Notes
        -----
        The head stays in sight and columns are as wide as what they hold. Dates are days, moments
        are in UTC without a zone (a note at the head says so), ids are whole numbers, nested
        fields are JSON. A text is text: what looks like a formula is not evaluated. Levels of the
        index that have names come first, as columns.

        What comes back unchanged is no change: ``pd.read_excel(path).runn.push("people")`` sends
        what was edited. A cell that was emptied leaves Runn's value as it is, unless
        ``na="unset"`` is said.

        Examples
        --------
        >>> import io
        >>> import pandas as pd
        >>> import runn_pandas as rp
        >>> account, book = rp.connect("demo"), io.BytesIO()
        >>> rp.read_runn("people").runn.to_excel(book)
        >>> pd.read_excel(book).runn.plan("people").requests
        0
        """
        from runn_pandas.frame.excel import write_excel

        write_excel(self._frame, path)

    def plot(self, **options: Any) -> Any:
        """Draw the picture that fits this kind of frame, as an Altair chart.

        Parameters
        ----------
        **options
            See `runn_pandas.analysis.plotting.api.plot`.

        Returns
        -------
        altair.Chart

        Raises
        ------
        FrameError
            If there is no picture for this kind of frame; the message says what can be drawn.
        """
        from runn_pandas.analysis.plotting.api import plot

        return plot(self._frame, **options)

    def _rows(self) -> tuple[pd.DataFrame, Origin | None]:
        """Return what is pushed: of a reconciliation the actuals that make Runn agree."""
        if not set(self._frame.columns) >= RECONCILED:
            return self._frame, None
        from runn_pandas.analysis.reconciliation.actuals_to_write import writes
        from runn_pandas.analysis.reconciliation.left_out import notes
        from runn_pandas.push.model import Origin

        fixes, rows, refused = writes(self._frame)
        return fixes, Origin(self._frame.index, rows, refused, notes(self._frame))

    def __repr__(self) -> str:
        what = self.resource or "a frame that was not read from Runn"
        return f"<df.runn of {what}, {len(self._frame)} rows>"

    def _found(self) -> Resource | None:
        if self.resource is None:
            return None
        try:
            return load().find(self.resource)[0]
        except ResourceError:
            return None


def on(frame: pd.DataFrame) -> RunnAccessor:
    """Return what ``frame.runn`` is, in a way that type checkers and editors know.

    pandas adds accessors while it runs, where no checker sees them: ``rp.on(df).push()`` is
    ``df.runn.push()``, and `runn_pandas.read_runn` is ``pd.read_runn``.

    Parameters
    ----------
    frame : DataFrame
        Any frame.

    Returns
    -------
    RunnAccessor
        Its verbs are those of ``df.runn``.

    Raises
    ------
    FrameError
        If it is no DataFrame.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> rp.on(rp.read_runn("teams")).plan().requests
    0
    """
    if not isinstance(frame, pd.DataFrame):
        raise FrameError(f"rp.on takes a DataFrame, not {type(frame).__name__}.")
    return RunnAccessor(frame)


def register() -> None:
    """Add ``df.runn`` and ``pd.read_runn``, once, also when the package is loaded again."""
    from runn_pandas.reader.read import read_runn

    pandas: Any = pd
    ours = [getattr(pd.DataFrame, "runn", None), getattr(pd, "read_runn", None)]
    # Only what is free, or is of an earlier import of this package.
    accessor, reader = [
        there is None or getattr(there, "__module__", "").startswith("runn_pandas")
        for there in ours
    ]
    if accessor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            pd.api.extensions.register_dataframe_accessor("runn")(RunnAccessor)
    if reader:
        pandas.read_runn = read_runn
