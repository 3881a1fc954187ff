"""The proof of one task, as far as it needs no agent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmark.files import scratch_folder
from benchmark.task import Task
from benchmark.workspace import prepare_workspace
from evaluators.proof.column_docs import undescribed_columns
from evaluators.proof.connection_mutants import try_connections
from evaluators.proof.copied_rows import GoldRows, gold_rows
from evaluators.proof.determinism import differences_of_repeat, models_that_follow_the_order_of_rows
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.result import EquivalentResult, MutantResult, TaskProof
from evaluators.proof.scored_runs import RunState, open_states
from evaluators.proof.second_derivation import second_derivations
from evaluators.proof.sql_mutants import ModelCase, try_equivalents, try_mutants
from evaluators.proof.targets import Laid, laid_out, models_above, models_to_mutate
from evaluators.proof.workspace_leaks import find_leaks
from runtime.fork_client import ForkRuntime

MIN_MUTATION_SCORE = 0.98
"""Share killed among the mutants that are not listed as equivalent."""

Step = Callable[[str], None]


def prove_task(task: Task, runtime: ForkRuntime, on_step: Step) -> TaskProof:
    """Mutants, equivalents, descriptions, leaks, determinism and second derivations of a task.

    Args:
        task: The task.
        runtime: Where loads and builds run.
        on_step: Receives the name of each step as it starts.

    Raises:
        LockgateError: The solution does not run, or `proof.yaml` is not valid.
    """
    listing = Listing(task)
    on_step("gold")
    with open_states(task, runtime) as states, laid_out(task) as laid, scratch_folder("proof") as scratch:
        on_step("workspace")
        prepare_workspace(task, scratch / "workspace")
        missing = undescribed_columns(task, scratch / "workspace")
        leaks = find_leaks(scratch / "workspace", laid, _rows_to_hide(task, states))
        on_step("repeat")
        (scratch / "repeat").mkdir()
        repeats = differences_of_repeat(task, laid.solution, states, runtime, scratch / "repeat")
        repeats += models_that_follow_the_order_of_rows(states, models_above(task, states[0].gold))
        on_step("second derivations")
        derived, derivation_problems = second_derivations(task, states)
        mutants, equivalents = _variants(task, states, laid, runtime, listing, scratch, on_step)
    n_columns = sum(len(spec.columns) for spec in task.scored_tables.values())
    return TaskProof(
        task=task.id,
        kind=task.spec.kind,
        mutants=mutants,
        equivalents=equivalents,
        n_columns=n_columns,
        n_columns_described=n_columns - len(missing),
        n_leaks=len(leaks),
        is_deterministic=not repeats,
        second_derivations=derived,
        problems=(
            *(f"{name} is scored and described nowhere in the workspace" for name in missing),
            *(f"leak: {leak}" for leak in leaks),
            *repeats,
            *derivation_problems,
            *variant_problems(mutants, equivalents),
            *listing.problems(mutants),
        ),
    )


def _rows_to_hide(task: Task, states: list[RunState]) -> list[GoldRows]:
    """Rows of the scored tables on the data of every run; a seed is a file of the project and may be seen."""
    folders = {state.gold.folder: state.gold for state in states}
    return [
        gold_rows(table, folder / f"{table}.parquet", spec.columns)
        for folder, gold in folders.items()
        for table, spec in task.scored_tables.items()
        if gold.relations.get(table, {}).get("type") != "seed"
    ]


def _variants(
    task: Task,
    states: list[RunState],
    laid: Laid,
    runtime: ForkRuntime,
    listing: Listing,
    root: Path,
    on_step: Step,
) -> tuple[tuple[MutantResult, ...], tuple[EquivalentResult, ...]]:
    mutants: list[MutantResult] = []
    equivalents: list[EquivalentResult] = []
    if any(path.startswith("el/") for path in laid.changed):
        on_step("connections")
        (root / "connections").mkdir()
        tried, accepted = try_connections(task, states, laid, runtime, listing, root / "connections")
        mutants += tried
        equivalents += accepted
    for relation, is_touched in models_to_mutate(task, states[0].gold, laid.changed):
        on_step(relation)
        (root / relation).mkdir()
        case = ModelCase(relation, states, laid.solution, runtime, root / relation, is_touched)
        mutants += try_mutants(case, listing)
        equivalents += try_equivalents(case)
    return tuple(mutants), tuple(equivalents)


def variant_problems(mutants: tuple[MutantResult, ...], equivalents: tuple[EquivalentResult, ...]) -> list[str]:
    """What the mutants and equivalents say against a task."""
    problems = [
        f"equivalent {item.operator} of {item.part} is not accepted: {item.difference}"
        for item in equivalents
        if not item.is_accepted
    ]
    counted = [mutant for mutant in mutants if mutant.outcome != "equivalent"]
    killed = sum(mutant.outcome == "killed" for mutant in counted)
    if counted and killed / len(counted) < MIN_MUTATION_SCORE:
        share = f"{killed} of {len(counted)}"
        problems.append(f"only {share} mutants are killed, less than {MIN_MUTATION_SCORE:.0%}")
    return problems
