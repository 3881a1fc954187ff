"""Options of compared columns, as a task may set them."""

from typing import Any

from benchmark.tables import ColumnOptions


def loosened(**options: Any) -> ColumnOptions:
    """Options with a reason, which every option of a column needs."""
    return ColumnOptions(reason="a test", **options)
