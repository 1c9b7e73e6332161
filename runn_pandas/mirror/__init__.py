"""A local Parquet copy of an account, kept up to date incrementally."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from runn_pandas.account import Account
    from runn_pandas.mirror.api import Mirror

__all__ = ["Mirror", "mirror"]


def mirror(
    path: str | os.PathLike[str],
    resources: Sequence[str] | None = None,
    account: Account | None = None,
) -> Mirror:
    """Open a local copy of an account: a folder of Parquet tables that keeps itself up to date.

    Nothing is read yet and no folder is made; ``.sync()`` does both.

    Parameters
    ----------
    path : path
        The folder. It is the mirror's own, and only its owner can read it.
    resources : sequence of str, optional
        The lists to hold, besides those that it holds already. By default every account-wide
        list except ``activity-log`` and ``reports/totals/projects``. Lists for each of
        something (``"projects/{projectId}/phases"``) are refused: the account has ``"phases"``.
    account : Account, optional
        Whose data; the current account, when it syncs, if not given. Reading needs none.

    Returns
    -------
    Mirror

    Raises
    ------
    ResourceError
        If a resource is unknown or cannot be mirrored.
    ConfigError
        If the folder holds the mirror of another account, or is damaged.

    Examples
    --------
    >>> import tempfile
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> folder = tempfile.TemporaryDirectory()
    >>> copy = rp.mirror(folder.name + "/copy", resources=["roles", "teams"])
    >>> done = copy.sync()
    >>> done[["resource", "added"]].values.tolist()
    [['roles', 12], ['teams', 5]]
    >>> copy.read("roles").equals(rp.read_runn("roles"))
    True
    >>> folder.cleanup()
    """
    from runn_pandas.mirror.api import Mirror

    return Mirror(path, resources, account)


def __getattr__(name: str) -> Any:
    if name != "Mirror":
        raise AttributeError(f"module 'runn_pandas.mirror' has no attribute {name!r}")
    from runn_pandas.mirror.api import Mirror

    return Mirror
