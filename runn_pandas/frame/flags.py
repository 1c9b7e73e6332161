"""Options that are True or False: what else is given for one is refused, not guessed at."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from runn_pandas.errors import FilterError


def check_flags(
    optional: Collection[str] = (), error: type[Exception] = FilterError, **flags: Any
) -> None:
    """Refuse the options that are neither True nor False, of Python's or numpy's.

    Parameters
    ----------
    optional
        The names of those that may be None too.
    error
        What is raised.
    **flags
        The options, by name.

    Examples
    --------
    >>> check_flags(["new"], new=None, repeat=np.bool_(True))
    """
    for name, value in flags.items():
        none = value is None and name in optional
        if not none and not isinstance(value, (bool, np.bool_)):
            known = "True, False or None" if name in optional else "True or False"
            raise error(f"{name} is {known}, not {value!r:.40}.")
