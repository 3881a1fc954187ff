"""The rows that a submission's models handle, held against the limit of an `optimize` task."""

from __future__ import annotations

from benchmark.scorecard import WorkResult
from benchmark.work import WorkSpec
from evaluators.pipeline.gold import GoldBrokenError
from evaluators.pipeline.work import Work

MAX_MODELS = 10


def judge_work(spec: WorkSpec, own: Work, solution: Work) -> WorkResult:
    """Whether a pipeline stays within the limit.

    Args:
        spec: The limit.
        own: What the submission handles.
        solution: What the solution handles on the same data.

    Raises:
        GoldBrokenError: The solution's rows cannot be counted.
    """
    if solution.problem or not solution.rows:
        why = solution.problem or "it handles none"
        raise GoldBrokenError(f"the rows that the solution handles cannot be counted: {why}")
    problem = own.problem
    if not problem and (packs := sorted(own.packs - solution.packs)):
        problem = f"{', '.join(packs)} packs rows into one value, and what happens to them there cannot be counted"
    most = sorted(own.by_model.items(), key=lambda item: (-item[1], item[0]))[:MAX_MODELS]
    return WorkResult(
        is_within=not problem and own.rows <= spec.limit * solution.rows,
        rows=None if problem else own.rows,
        rows_of_solution=solution.rows,
        limit=spec.limit,
        by_model=dict(most),
        problem=problem,
    )
