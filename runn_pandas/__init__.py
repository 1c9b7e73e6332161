"""Runn (runn.io) for people who think in DataFrames.

``pd.read_runn("people")`` reads any list of the Runn API v1 into a typed frame. Start with
``rp.connect("demo")``, which needs no token and no network.
"""

from runn_pandas import cache, errors
from runn_pandas.accessor import register
from runn_pandas.account import Account, connect, current, use
from runn_pandas.reader.read import read_many, read_runn
from runn_pandas.reader.resources import resources
from runn_pandas.recording import cassette

__all__ = [
    "Account",
    "cache",
    "cassette",
    "connect",
    "current",
    "errors",
    "read_many",
    "read_runn",
    "resources",
    "use",
]
__version__ = "0.1.0"

register()
