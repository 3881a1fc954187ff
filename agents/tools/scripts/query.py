"""Runs inside the sandbox: one SQL statement on the warehouse, read-only; prints a table of at most 100 rows."""

import sys
from pathlib import Path

import duckdb

MAX_ROWS = 100

if __name__ == "__main__":
    path = Path("warehouse.duckdb")
    if not path.exists():
        sys.exit("There is no warehouse yet; load the connections first.")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            cursor = connection.execute(sys.stdin.read())
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchmany(MAX_ROWS + 1)
    except duckdb.Error as error:
        sys.exit(str(error))
    lines = [" | ".join(names), *(" | ".join("NULL" if cell is None else str(cell) for cell in row) for row in rows)]
    print("\n".join(lines[: MAX_ROWS + 1]))  # noqa: T201 - its answer
    more = "; there are more" if len(rows) > MAX_ROWS else ""
    print(f"({min(len(rows), MAX_ROWS)} rows{more})")  # noqa: T201 - its answer
