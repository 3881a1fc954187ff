"""Running expectation suites in this process."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmark.scorecard import ExpectationResult
from evaluators.expectations.run import run_job
from evaluators.expectations.suite import TableSuite


def run(suites: Iterable[TableSuite], tables: Path, **extra: Any) -> list[ExpectationResult]:
    arguments = {
        "suites": [s.model_dump(mode="json") for s in suites],
        "tables": str(tables),
        "unreadable": {},
        **extra,
    }
    return [ExpectationResult.model_validate(item) for item in run_job(arguments)]
