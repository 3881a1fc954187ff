"""Several accepted golds: a table that differs from gold may equal an alternative that its task names, with a reason.

One ticket can have more than one right answer (the point that BLADE makes of analyses, arXiv 2408.09667). An
alternative is a variant of the solution. Its tables are built like gold, on the same data, and are tried one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmark.scorecard import Verdict
from benchmark.task import Task
from evaluators.scoring.table_verdicts import judge_tables
from runtime.fork_client import ForkRuntime

GoldFolder = Callable[[str], Path]
"""Name of an alternative -> folder with the Parquet files of its tables on the same data."""


def accept_alternatives(
    task: Task,
    verdicts: Mapping[str, Verdict],
    output_dir: Path,
    unreadable: Mapping[str, str],
    gold_folder: GoldFolder,
    runtime: ForkRuntime | None = None,
) -> dict[str, Verdict]:
    """Verdicts in which a mismatching table that equals an alternative matches, and says which one and why.

    Args:
        task: Names its alternatives.
        verdicts: Against gold; tables that match stay as they are.
        output_dir: Folder of the run's files.
        unreadable: As `judge_tables` wants it.
        gold_folder: Called only for an alternative that has a mismatching table to be tried on.
        runtime: As `judge_tables` wants it.
    """
    result = dict(verdicts)
    for alternative in task.spec.alternatives:
        tried = {
            name: task.scored_tables[name]
            for name in alternative.tables
            if name in result and not result[name].is_match and name not in unreadable
        }
        if not tried:
            continue
        again = judge_tables(gold_folder(alternative.name), output_dir, tried, unreadable, runtime)
        for name, verdict in again.items():
            if verdict.is_match:
                summary = f"{name} equals the accepted alternative '{alternative.name}': {alternative.reason}"
                result[name] = verdict.model_copy(update={"summary": summary})
    return result
