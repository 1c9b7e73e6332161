"""The documentation site, built once for all tests that look at it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from docs.build import SAID
from tests.support.places import ROOT

LONGEST = 600  # seconds


class Built(NamedTuple):
    """A built site: where it is, and what the build said."""

    folder: Path
    said: str


@cache
def built() -> Built:
    """Build the site by its command, or take the one that ``RUNN_SITE`` names."""
    given = os.environ.get("RUNN_SITE")
    if given:
        folder = Path(given).resolve()
        return Built(folder, (folder.parent / SAID).read_text(encoding="utf-8"))
    out = Path(mkdtemp(prefix="site-"))
    done = subprocess.run(
        [sys.executable, "-m", "docs.build", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(out / "html", done.stdout)
