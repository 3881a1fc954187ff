"""The mutation operators by name; each is a mistake that data engineers make."""

from __future__ import annotations

from evaluators.proof.mutants import rows, values, windows
from evaluators.proof.sql_trees import Operator

MUTATIONS: dict[str, Operator] = {
    operator.__name__: operator
    for operator in (
        rows.join_kind,
        rows.join_condition_dropped,
        rows.fan_out,
        rows.filter_dropped,
        rows.deduplication_dropped,
        rows.distinct_lost,
        rows.union_kind,
        rows.group_column_dropped,
        rows.and_or,
        rows.predicate_negated,
        rows.list_value_dropped,
        values.bound_moved,
        values.constant_moved,
        values.sum_for_mean,
        values.extremes_swapped,
        values.count_of_rows,
        values.quantile_kind,
        values.coalesce_lost,
        values.cleaning_lost,
        values.case_branch_dropped,
        values.case_branches_swapped,
        values.division_kind,
        values.difference_turned,
        values.date_grain,
        values.time_zone_dropped,
        values.wrong_column,
        windows.window_order_turned,
        windows.window_tie_broken_otherwise,
        windows.window_partition_dropped,
        windows.window_frame_dropped,
        windows.rank_kind,
        windows.neighbour_swapped,
    )
}
"""In the order in which mutants are made."""


def describe(operator: Operator) -> str:
    """First sentence of an operator's docstring."""
    return (operator.__doc__ or "").strip().split("\n\n")[0]
