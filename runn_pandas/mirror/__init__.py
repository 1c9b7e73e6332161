"""A local Parquet copy of an account, kept up to date incrementally."""

from __future__ import annotations

from runn_pandas.mirror.mirror import Mirror, mirror

__all__ = ["Mirror", "mirror"]
