"""``df.runn``: each verb a few lines into the rooms below."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import pandas as pd

from runn_pandas.catalog import Resource, load
from runn_pandas.errors import ResourceError
from runn_pandas.frame.nested import expand


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

    def __repr__(self) -> str:
        what = self.resource or "a frame that was not read from Runn"
        return f"<df.runn of {what}, {len(self._frame)} rows: .resource, .expand(...)>"

    def _found(self) -> Resource | None:
        if self.resource is None:
            return None
        try:
            return load().find(self.resource)[0]
        except ResourceError:
            return None


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
