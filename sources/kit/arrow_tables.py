"""Results of DuckDB as Arrow tables that take the memory they need."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_ROWS_AT_ONCE = 8_192
"""DuckDB reserves memory for as many rows of each column before it fills them. Its own number is a million: some 100 MB
for a table of ten rows. Linux counts what is reserved, and refuses to start a process when it exceeds the machine's."""


def arrow_table(rows: "DuckDBPyConnection | DuckDBPyRelation") -> "pyarrow.Table":
    """What a query gives, in one piece.

    Args:
        rows: A relation, or a connection that has just executed a query.
    """
    return rows.to_arrow_table(_ROWS_AT_ONCE).combine_chunks()
