"""The demo account: a deterministic company behind the whole Runn API, in process."""

from runn_pandas.demo.company import TODAY, Company, build
from runn_pandas.demo.server import Demo, Request, serve

__all__ = ["TODAY", "Company", "Demo", "Request", "build", "serve"]
