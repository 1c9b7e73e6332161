"""Get what the tests of the class site in Pyodide need: ``python -m tests.class_site.prepare DIR``.

Pyodide's runtime comes from npm, in the version that the kernel of the site has. The packages
that Pyodide's distribution gives in a browser come from the package index, in the distribution's
versions, as far as they are pure Python; pandas, numpy and pyarrow are not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION, PYODIDE_VERSION

from docs.class_site import IN_PYODIDE

PURE = (
    "attrs",
    "certifi",
    "charset-normalizer",
    "idna",
    "platformdirs",
    "requests",
    "typing-extensions",
    "urllib3",
    "wrapt",
    "yarl",
)
# What yarl is made of.
MORE = ("multidict==6.7.1", "propcache==0.4.1")


def main(folder: str) -> int:
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder]
    Path(folder).mkdir(parents=True, exist_ok=True)
    subprocess.run([*npm, f"pyodide@{PYODIDE_VERSION}"], check=True)
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    pip += ["--platform", "any", "--python-version", PYODIDE_PYTHON_VERSION]
    exact = [f"{name}=={IN_PYODIDE[name]}" for name in PURE]
    subprocess.run([*pip, "-d", str(Path(folder, "wheels")), *exact, *MORE], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
