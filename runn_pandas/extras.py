"""Packages that only a part of this one needs: imported when it is used, or how to install them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from runn_pandas.errors import MissingPackageError

# What to install for a module, as the extras of pyproject.toml have it. By their own names these
# install alike beside a clone of the project and beside one from an index.
REQUIREMENTS = {
    "altair": ("altair>=5.2", "vl-convert-python>=1.7"),
    "dask": ("dask[dataframe,distributed]>=2024.12",),
    "duckdb": ("duckdb>=1.0",),
    "ipywidgets": ("ipywidgets>=8.1",),
    "openpyxl": ("openpyxl>=3.1.3",),
    "vcr": ("vcrpy>=8.2.1",),
}


def command(module: str) -> str:
    """Return the command that installs a module.

    Examples
    --------
    >>> command("duckdb")
    'pip install "duckdb>=1.0"'
    """
    packages = " ".join(f'"{requirement}"' for requirement in REQUIREMENTS[module])
    return f"pip install {packages}"


def needed(module: str, what: str) -> Any:
    """Return a module, or raise `MissingPackageError` that says what needs it.

    Parameters
    ----------
    module : str
        A key of `REQUIREMENTS`, or a module inside of one of them.
    what : str
        What cannot be done without it, as the subject of a sentence: "SQL over a mirror".
    """
    name = module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"{what} needs {name}, which is not installed: {command(name)}."
        ) from error
