"""A frame as a table to look through, within an app."""

from runn_pandas.jupyter.table.view import Table, page_of

__all__ = ["Table", "page_of"]
