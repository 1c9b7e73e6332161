"""Run by IPython before the first cell: charts as data that JupyterLab draws without a network.

Altair's own way loads its scripts from a CDN, under an id that changes with every run; the type
that it calls "mimetype" is newer than what JupyterLab 4 draws.
"""

from __future__ import annotations

from typing import Any


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
