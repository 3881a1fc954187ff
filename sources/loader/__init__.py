"""The loader: reads the connections of an `el/` folder and writes raw tables into DuckDB.

Importing this package does not import airbyte-cdk; the first `load` does.
"""

from sources.loader.errors import LoadError
from sources.loader.load import load
from sources.loader.report import LoadReport, LoadRequest, StreamReport

__all__ = ["LoadError", "LoadReport", "LoadRequest", "StreamReport", "load"]
