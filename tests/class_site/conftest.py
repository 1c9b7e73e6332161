"""The folder with a built class site, and with what its tests in Pyodide need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Not imported in a search for doctests: it needs what only the gate installs.
collect_ignore = ["prepare.py", "pyodide"]


@pytest.fixture(scope="session")
def built() -> Path:
    """``site`` and ``pyodide`` as .ci/run has made them."""
    folder = os.environ.get("RUNN_CLASS_SITE")
    if not folder:
        pytest.skip("needs RUNN_CLASS_SITE, the folder of the class site: see .ci/run")
    return Path(folder).resolve()
