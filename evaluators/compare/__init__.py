"""Comparison of two tables: what equality means, and evidence of what differs."""

from evaluators.compare.columns import ComparisonError
from evaluators.compare.tables import compare_tables, verdict_of_identical

__all__ = ["ComparisonError", "compare_tables", "verdict_of_identical"]
