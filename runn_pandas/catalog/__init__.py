"""What Runn offers, as facts."""

from runn_pandas.catalog.resources import Catalog, Field, Operation, Parameter, Resource, load

__all__ = ["Catalog", "Field", "Operation", "Parameter", "Resource", "load"]
