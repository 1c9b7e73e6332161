"""A local Parquet copy of an account, kept up to date incrementally."""
