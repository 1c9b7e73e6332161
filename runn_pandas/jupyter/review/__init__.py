"""The review of a plan: looked at row by row, pushed, and what became of each row."""

from runn_pandas.jupyter.review.app import PlanReview
from runn_pandas.jupyter.review.view import ReviewView

PlanReview.view_type = ReviewView
__all__ = ["PlanReview"]
