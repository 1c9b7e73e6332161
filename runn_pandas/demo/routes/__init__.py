"""What each operation of the API does: the reads, and the writes with their rules."""

from runn_pandas.demo.routes import rules
from runn_pandas.demo.routes.reading import READS
from runn_pandas.demo.routes.request import RoutedRequest
from runn_pandas.demo.routes.writing import WRITES, WriteRequest

__all__ = ["READS", "WRITES", "RoutedRequest", "WriteRequest", "rules"]
