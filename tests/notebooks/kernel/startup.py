"""Run by IPython before the first cell: charts that are stored as data, and no progress bars.

Altair's own way loads its scripts from a CDN, under an id that changes with every run; the type
that it calls "mimetype" is newer than what JupyterLab 4 draws. A bar comes up on a slow machine
only, so it is no output of the notebook, and TQDM_DISABLE means nothing to those of a notebook.
"""

from __future__ import annotations

from functools import partialmethod
from typing import Any

from tqdm.notebook import tqdm_notebook


def _drawn(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    schema = "https://vega.github.io/schema/vega-lite/v5.json"
    return {
        "application/vnd.vegalite.v5+json": {**spec, "$schema": schema},
        "text/plain": "<chart>",
    }


try:
    import altair
except ImportError:
    pass
else:
    altair.renderers.register("stored", _drawn)
    altair.renderers.enable("stored")

tqdm_notebook.__init__ = partialmethod(tqdm_notebook.__init__, disable=True)
