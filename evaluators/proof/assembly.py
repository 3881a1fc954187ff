"""From the results of pieces to the proof of a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.task import Task
from evaluators.proof.answer_check import answer_problems, start_answers
from evaluators.proof.definition_mutants import Variant
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.result import (
    EquivalentResult,
    FaultCheck,
    MutantResult,
    ScenarioCheck,
    TaskProof,
    TriedMutant,
)
from evaluators.proof.scored_runs import label_of, scored_runs

MIN_MUTATION_SCORE = 0.98
"""Share killed among the mutants that are not listed as equivalent."""


@dataclass
class Findings:
    """What the pieces of a task found out; each part as its function in `evaluators.proof.pieces` returns it."""

    again: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Label of a scenario -> table -> how it differs when the solution runs again."""
    streams: list[Mapping[str, Any]] = field(default_factory=list)
    models: list[Mapping[str, Any]] = field(default_factory=list)
    """Upstream first."""
    derived: Mapping[str, Any] | None = None
    workspace: Mapping[str, Any] | None = None
    idle: Mapping[str, Any] | None = None
    tests: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """`solution` or `start`, and the label of a scenario -> its data tests."""
    definitions: dict[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """`solution`, `start`, or id of a variant -> label of a scenario -> what is wrong in it."""
    variants: tuple[Sequence[Variant], Sequence[Variant]] | tuple[()] = ()
    """Wrong and right versions of the Dagster definitions."""
    errors: list[str] = field(default_factory=list)
    """Pieces that could not be done."""


def assemble(task: Task, found: Findings) -> TaskProof:
    """The proof of a task.

    Raises:
        SpecError: `proof.yaml` is not valid.
    """
    listing = Listing(task)
    tried = [TriedMutant.model_validate(item) for part in _variants(found) for item in part["mutants"]]
    mutants = tuple(mutant.settled(listing.reason(mutant.id)) for mutant in tried)
    equivalents = tuple(
        EquivalentResult.model_validate(item) for part in _variants(found) for item in part["equivalents"]
    )
    workspace = found.workspace or {"missing": [], "leaks": [], "problems": []}
    derived = found.derived or {"agreed": [], "problems": []}
    repeats = [*_repeats(task, found), *(model["order"] for model in found.models if model["order"])]
    n_columns = sum(len(spec.columns) for spec in task.scored_tables.values())
    faults = _faults(found)
    idle_fails = _idle_fails(task, found)
    return TaskProof(
        task=task.id,
        kind=task.spec.kind,
        oracle=tuple(_oracle(task, found)),
        idle_fails=idle_fails,
        mutants=mutants,
        equivalents=equivalents,
        faults=faults,
        n_facts=len(task.spec.answer),
        n_columns=n_columns,
        n_columns_described=n_columns - len(workspace["missing"]),
        n_leaks=len(workspace["leaks"]),
        is_deterministic=not repeats,
        second_derivations=tuple(derived["agreed"]),
        problems=(
            *found.errors,
            *_failing_data_tests(found),
            *_failing_definitions(found),
            *(["the idle agent succeeds: the start is already right"] if idle_fails is False else []),
            *answer_problems(task),
            *_wrong_faults(faults),
            *workspace["problems"],
            *(f"{name} is scored and described nowhere in the workspace" for name in workspace["missing"]),
            *(f"leak: {leak}" for leak in workspace["leaks"]),
            *repeats,
            *derived["problems"],
            *variant_problems(mutants, equivalents),
            *(listing.problems(mutants) if not found.errors else []),
        ),
        is_whole=not found.errors,
    )


def variant_problems(mutants: Sequence[MutantResult], equivalents: Sequence[EquivalentResult]) -> list[str]:
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


def _variants(found: Findings) -> Iterator[Mapping[str, Any]]:
    """Streams come before models, as in a pipeline."""
    yield from found.streams
    yield from found.models
    if found.variants:
        yield _tried_definitions(found)


def _tried_definitions(found: Findings) -> Mapping[str, Any]:
    """Versions of Dagster definitions in the form of other mutants and equivalents."""
    mutants, equivalents = [], []
    for is_wrong, variants in zip((True, False), found.variants, strict=True):
        for variant in variants:
            if variant.id not in found.definitions:
                continue
            label, name, text = _first_wrong(found.definitions[variant.id])
            if is_wrong:
                facts = {"id": variant.id, "before": variant.before, "after": variant.after, "killed_in": label}
                facts["killed_by"] = f"{name}: {text}" if label else ""
                mutants.append({**facts, "operator": variant.operator, "part": variant.path, "diff": variant.diff})
            else:
                equivalents.append(
                    {
                        "operator": variant.operator,
                        "part": variant.path,
                        "is_accepted": not label,
                        "difference": f"{label}: {name}: {text}" if label else "",
                        "diff": variant.diff,
                    }
                )
    return {"mutants": mutants, "equivalents": equivalents}


def _first_wrong(by_scenario: Mapping[str, Mapping[str, str]]) -> tuple[str, str, str]:
    """Scenario, table or check, and how it is wrong; empty = nothing is."""
    for label, wrong in by_scenario.items():
        for name, text in wrong.items():
            return label, name, text
    return "", "", ""


def _repeats(task: Task, found: Findings) -> Iterator[str]:
    for scenario, dials in scored_runs([task]):
        label = label_of(scenario.name, dials)
        for table, text in found.again.get(label, {}).items():
            if table in task.scored_tables:
                yield f"{label}: {table} differs when the solution runs again: {text}"


def _oracle(task: Task, found: Findings) -> Iterator[ScenarioCheck]:
    """In which scenarios the solution passes: where it builds gold's tables again, or where its data tests do."""
    passed: dict[str, list[bool]] = {}
    for scenario, dials in scored_runs([task]):
        label = label_of(scenario.name, dials)
        if task.faults is not None:
            if ("solution", label) in found.tests:
                passed.setdefault(scenario.name, []).append(found.tests["solution", label]["is_success"])
        elif task.spec.orchestration is not None:
            if label in found.definitions.get("solution", {}):
                passed.setdefault(scenario.name, []).append(not found.definitions["solution"][label])
        elif label in found.again:
            is_same = not found.again[label].keys() & task.scored_tables.keys()
            passed.setdefault(scenario.name, []).append(is_same)
    for name in task.spec.scenarios:
        if name in passed:
            yield ScenarioCheck(scenario=name, n_passed=sum(passed[name]), n_trials=len(passed[name]))


def _idle_fails(task: Task, found: Findings) -> bool | None:
    if "start" in found.definitions:
        return bool(_first_wrong(found.definitions["start"])[0])
    starts = [result["is_success"] for (who, _), result in found.tests.items() if who == "start"]
    if found.idle is None and not starts:
        return None
    lacks_answer = bool(task.spec.answer) and not start_answers(task)
    fails = bool(found.idle["fails_in"]) if found.idle is not None else not all(starts)
    return fails or lacks_answer


def _failing_data_tests(found: Findings) -> Iterator[str]:
    for (who, label), result in found.tests.items():
        if who == "solution" and not result["is_success"]:
            alarms = f": {result['alarms'][0]}" if result["alarms"] else ""
            yield f"the data tests of the solution fail in {label}{alarms}"


def _failing_definitions(found: Findings) -> Iterator[str]:
    for label, wrong in found.definitions.get("solution", {}).items():
        for name, text in wrong.items():
            yield f"the solution fails in {label}: {name}: {text}"


def _faults(found: Findings) -> tuple[FaultCheck, ...]:
    """Each seeded fault of a `data_tests` task, over all scenarios."""
    caught: dict[str, dict[str, list[bool]]] = {"solution": {}, "start": {}}
    for (who, _), result in found.tests.items():
        for fault, is_caught in result["caught"].items():
            caught[who].setdefault(fault, []).append(is_caught)
    return tuple(
        FaultCheck(
            fault=fault, n_caught=sum(some), n_trials=len(some), is_caught_by_idle=any(caught["start"].get(fault, ()))
        )
        for fault, some in caught["solution"].items()
    )


def _wrong_faults(faults: Sequence[FaultCheck]) -> Iterator[str]:
    for fault in faults:
        if fault.n_caught < fault.n_trials:
            yield (f"fault '{fault.fault}' is caught by the solution in {fault.n_caught} of {fault.n_trials} scenarios")
    for fault in faults:
        if fault.is_caught_by_idle:
            yield f"fault '{fault.fault}' is caught by the start already"
