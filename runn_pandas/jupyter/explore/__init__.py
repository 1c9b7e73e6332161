"""An account to look through: a resource and filters chosen, read, and shown as a table."""

from runn_pandas.jupyter.explore.app import Explorer, Static
from runn_pandas.jupyter.explore.view import ExploreView

Explorer.view_type = ExploreView
__all__ = ["Explorer", "Static"]
