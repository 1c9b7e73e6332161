"""The board of a reconciliation: which side is right, and the plan that comes of it."""

from runn_pandas.jupyter.board.app import Board
from runn_pandas.jupyter.board.state import is_reconciliation
from runn_pandas.jupyter.board.view import BoardView

Board.view_type = BoardView
__all__ = ["Board", "is_reconciliation"]
