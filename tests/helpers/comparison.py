"""The judge's comparison, held to its quick form."""

from typing import Any

import duckdb

from benchmark.scorecard import Verdict
from evaluators.compare.tables import compare_tables, tables_match


def compare_and_match(connection: duckdb.DuckDBPyConnection, gold: str, output: str, **options: Any) -> Verdict:
    """The verdict of `compare_tables`; `tables_match` must say the same."""
    verdict = compare_tables(connection, gold, output, **options)
    assert tables_match(connection, gold, output, **options) == verdict.is_match, verdict
    return verdict
