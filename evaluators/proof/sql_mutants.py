"""Mutants and equivalents of a task's models, tried on the data of every run that the task scores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluators.proof import dbt_built_mutants as late
from evaluators.proof.equivalents.whole_query import make_equivalents
from evaluators.proof.gold_database import MutantOutcome, Outcomes
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.result import EquivalentResult, TriedMutant
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_trees import Mutant, Scope, make_mutants, parse, render, short_diff
from runtime.fork_client import ForkRuntime


class ModelCase(NamedTuple):
    """A model, where it can be tried, and for which tasks."""

    relation: str
    states: list[RunState]
    project: Path
    """The laid solution."""
    runtime: ForkRuntime
    scratch: Path
    """An empty folder of this model's own."""
    tasks: frozenset[str]
    """Those that ask."""
    touched: frozenset[str]
    """Tasks whose agents write or change the model; for the others an incremental one is tried in its first run only,
    as a query."""

    def states_of(self, task: str) -> list[RunState]:
        """The states that a task scores."""
        return [state for state in self.states if task in state.tasks]

    def is_repeated(self, state: RunState, task: str) -> bool:
        """Whether an earlier state of a task has the same gold: a query cannot tell the two apart."""
        states = self.states_of(task)
        return any(other.gold.folder == state.gold.folder for other in states[: states.index(state)])


class _Made(NamedTuple):
    """A mutant in the two shapes that a model may have."""

    mutant: Mutant
    sql_first: str | None
    """Its query in a first run; None where it changes what only later runs have."""
    sql_later: str | None
    text: str | None
    """The whole file, for a wrong configuration."""

    @property
    def id(self) -> str:
        """Of the mutant."""
        return self.mutant.id


class _Decided(NamedTuple):
    """Where a mutant was told from gold, and how."""

    label: str
    outcome: MutantOutcome
    is_late: bool


class _Trials:
    """What is known of each mutant for each task."""

    def __init__(self, made: Sequence[_Made], asked: Mapping[str, set[str]]) -> None:
        self.made = made
        self.asked = asked
        self.is_late = False
        """Whether the runs as they are have been tried."""
        self.decided: dict[tuple[str, str], _Decided] = {}
        """Mutant and task -> the first state in which it is rejected."""
        self.unknown: dict[tuple[str, str], list[str]] = {}
        """Mutant and task -> labels of the states in which queries cannot tell."""

    def open(self, tasks: Iterable[str]) -> dict[str, set[str]]:
        """Mutant -> those of some tasks that still ask; mutants that nobody asks for are left out."""
        asking = set(tasks)
        found = {
            item.id: {task for task in self.asked[item.id] & asking if (item.id, task) not in self.decided}
            for item in self.made
        }
        return {name: some for name, some in found.items() if some}

    def note(self, label: str, mutant: str, outcomes: Outcomes) -> None:
        """Keep what became of a mutant in a state."""
        for task, tried in outcomes.items():
            if tried.verdict in ("rejected", "stillborn"):
                self.decided[mutant, task] = _Decided(label, tried, self.is_late)
            elif tried.verdict == "unknown":
                self.unknown.setdefault((mutant, task), []).append(label)


def try_mutants(case: ModelCase) -> dict[str, tuple[TriedMutant, ...]]:
    """Make every mutant of a model and find for each task the first run in which a scored table differs."""
    found: dict[str, tuple[TriedMutant, ...]] = {}
    for tasks in _with_same_sql(case):
        states = [state for state in case.states if state.tasks & tasks]
        found |= _try_alike(case._replace(tasks=tasks, touched=case.touched & tasks, states=states))
    return found


def _with_same_sql(case: ModelCase) -> list[frozenset[str]]:
    """Tasks, together where they have the same mutants: those of their first run, and of a later one that dbt builds.

    A task that scores no later run must not be told of mutants that only another task's runs have.
    """
    groups: dict[tuple[str, str], set[str]] = {}
    for task in case.tasks:
        states = case.states_of(task)
        is_built = task in case.touched and any(state.database.needs_dbt(case.relation) for state in states)
        later = next((state for state in states if len(state.gold_runs) > 1), None) if is_built else None
        groups.setdefault((_timeless(states[0], case.relation), _timeless(later, case.relation)), set()).add(task)
    return [frozenset(tasks) for tasks in groups.values()]


def _timeless(state: RunState | None, relation: str) -> str:
    """A model's SQL without the instant of its run; empty where there is none."""
    sql = state.gold.relations[relation]["compiled"] if state else None
    return sql.replace(state.database.pinned_now, "") if state and sql else ""


def _try_alike(case: ModelCase) -> dict[str, tuple[TriedMutant, ...]]:
    made = _make(case)
    trials = _Trials(made, {item.id: {task for task in case.tasks if _is_for(case, item, task)} for item in made})
    for state in case.states:
        _try_in(case, state, trials)
    trials.is_late = True
    _try_reversed(case, trials)
    _try_below(case, trials)
    return {task: tuple(_results(trials, task)) for task in case.tasks}


def _is_for(case: ModelCase, item: _Made, task: str) -> bool:
    """Whether a task asks for a mutant: what only later runs of a model have is for tasks that touch it."""
    if item.sql_first:
        return True
    states = case.states_of(task) if task in case.touched else []
    if item.text:
        return any(state.database.needs_dbt(case.relation) for state in states)
    return any(len(state.gold_runs) > 1 for state in states)


def _results(trials: _Trials, task: str) -> Iterator[TriedMutant]:
    for item in trials.made:
        found = trials.decided.get((item.id, task))
        if task in trials.asked[item.id] and not (found and found.outcome.verdict == "stillborn"):
            mutant = item.mutant
            yield TriedMutant(
                id=mutant.id,
                operator=mutant.operator,
                part=mutant.model,
                before=mutant.before,
                after=mutant.after,
                killed_in=found.label if found else "",
                killed_by=f"{found.outcome.table} ({found.outcome.reason})" if found else "",
                is_killed_late=bool(found and found.is_late),
                diff=mutant.diff,
            )


def _try_reversed(case: ModelCase, trials: _Trials) -> None:
    """SQL whose result depends on the order of the rows that it reads is wrong, even where gold's order suits it."""
    queries = {item.id: item.sql_first for item in trials.made if item.sql_first}
    for state in case.states:
        tasks = {task for task in state.tasks & case.tasks if not case.is_repeated(state, task)}
        pending = trials.open(tasks)
        if state.database.needs_dbt(case.relation) or not queries.keys() & pending.keys():
            continue
        tried = state.database.try_reversed(case.relation, tasks)
        steady = {task for task, outcome in tried.items() if outcome.verdict == "accepted"}
        for mutant in sorted(queries.keys() & pending.keys()):
            if asking := pending[mutant] & steady:
                tried = state.database.try_sql(case.relation, queries[mutant], asking, is_reversed=True)
                rejected = {task: outcome for task, outcome in tried.items() if outcome.verdict == "rejected"}
                trials.note(f"{state.label}, rows upstream reversed", mutant, rejected)


def _try_below(case: ModelCase, trials: _Trials) -> None:
    """Let dbt build what is below a model where queries cannot tell, for example a Python model."""
    for state in case.states:
        pending = {
            mutant: {task for task in tasks if state.label in trials.unknown.get((mutant, task), ())}
            for mutant, tasks in trials.open(state.tasks).items()
        }
        here = [item for item in trials.made if pending.get(item.id)]
        database = state.database
        file = late.read_model_file(case.project, database.relations[case.relation], case.relation)
        texts = _texts(case, state, file, here)
        folder = case.scratch / f"below-{state.label.replace(' ', '-')}"
        tried = late.try_variants(
            state,
            case.project,
            case.runtime,
            case.relation,
            file,
            {mutant: late.Variant(text, pending[mutant]) for mutant, text in texts.items()},
            folder,
            database.below(case.relation),
        )
        for mutant, outcomes in tried.items():
            trials.note(state.label, mutant, outcomes)


def _texts(case: ModelCase, state: RunState, file: late.ModelFile, made: Iterable[_Made]) -> dict[str, str]:
    """Mutant -> the whole file of its model, as dbt builds it in this run."""
    is_later = state.previous is not None and state.database.needs_dbt(case.relation)
    texts = {}
    for item in made:
        sql = item.sql_later if is_later else item.sql_first
        text = item.text or (late.sql_text(file, sql, state) if sql else None)
        if text:
            texts[item.id] = text
    return texts


def _try_in(case: ModelCase, state: RunState, trials: _Trials) -> None:
    relation, database = case.relation, state.database
    if not database.needs_dbt(relation):
        tasks = {task for task in state.tasks & case.tasks if not case.is_repeated(state, task)}
        pending = trials.open(tasks)
        for item in trials.made:
            if item.sql_first and item.id in pending:
                trials.note(state.label, item.id, database.try_sql(relation, item.sql_first, pending[item.id]))
        return
    pending = trials.open(state.tasks & case.touched)
    file = late.read_model_file(case.project, database.relations[relation], relation)
    texts = _texts(case, state, file, [item for item in trials.made if item.id in pending])
    folder = case.scratch / state.label.replace(" ", "-")
    variants = {mutant: late.Variant(text, pending[mutant]) for mutant, text in texts.items()}
    tried = late.try_variants(state, case.project, case.runtime, relation, file, variants, folder)
    for mutant, outcomes in tried.items():
        trials.note(state.label, mutant, outcomes)


def _make(case: ModelCase) -> list[_Made]:
    relation, first = case.relation, case.states[0]
    scope = Scope(_types(first, relation))
    shapes: list[dict[str, Mutant]] = []
    later = next((state for state in _later_states(case) if len(state.gold_runs) > 1), None)
    for state in (first, later):
        compiled = state.gold.relations[relation]["compiled"] if state else None
        tree = parse(compiled, state.database.pinned_now) if state and compiled else None
        shapes.append({m.id: m for m in make_mutants(relation, tree, scope, MUTATIONS)} if tree is not None else {})
    made = [
        _Made(mutant, _sql(shapes[0], mutant.id), _sql(shapes[1], mutant.id), None)
        for mutant in (shapes[0] | {k: v for k, v in shapes[1].items() if k not in shapes[0]}).values()
    ]
    if any(state.database.needs_dbt(relation) for state in _later_states(case)):
        file = late.read_model_file(case.project, first.database.relations[relation], relation)
        original = file.head + file.body + file.tail
        for edit in late.config_edits(file, first.database.columns(relation)):
            digest = hashlib.sha256(f"{relation}|{edit.operator}|{edit.before}|{edit.after}".encode()).hexdigest()[:8]
            diff = short_diff(original, edit.text)
            mutant = Mutant(digest, edit.operator, relation, edit.before, edit.after, "", diff)
            made.append(_Made(mutant, None, None, edit.text))
    return made


def _later_states(case: ModelCase) -> list[RunState]:
    """States of the tasks that touch the model, in which dbt may build it."""
    return [state for state in case.states if state.tasks & case.touched]


def _sql(mutants: Mapping[str, Mutant], mutant_id: str) -> str | None:
    mutant = mutants.get(mutant_id)
    return mutant.sql if mutant else None


def _types(state: RunState, relation: str) -> dict[str, str]:
    """Column -> type of what a model reads and of what it makes."""
    found: dict[str, str] = {}
    for name in (*state.gold.relations[relation]["parents"], relation):
        found |= {column.lower(): kind for column, kind in state.database.columns(name).items()}
    return found


def try_equivalents(case: ModelCase) -> dict[str, tuple[EquivalentResult, ...]]:
    """Rewrite a model in every way that changes nothing; the judge must accept each in each run, for each task."""
    results: dict[str, tuple[EquivalentResult, ...]] = dict.fromkeys(case.tasks, ())
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for task in sorted(case.tasks):
        if states := _query_states(case, task):
            is_unique = all(state.database.has_unique_rows(case.relation) for state in states)
            kinds.setdefault((is_unique, _is_strict(states[0], case.relation, task)), []).append(task)
    for (is_unique, is_strict), tasks in kinds.items():
        results |= _try_rewrites(case, tasks, is_unique=is_unique, is_strict=is_strict)
    return results


def _query_states(case: ModelCase, task: str) -> list[RunState]:
    """States of a task in which a model is its query, each gold once."""
    return [
        state
        for state in case.states_of(task)
        if not state.database.needs_dbt(case.relation) and not case.is_repeated(state, task)
    ]


def _is_strict(state: RunState, relation: str, task: str) -> bool:
    return any(watch.spec.strict for watch in state.database.watches.get(relation, ()) if task in watch.tasks)


def _try_rewrites(
    case: ModelCase, tasks: Sequence[str], *, is_unique: bool, is_strict: bool
) -> dict[str, tuple[EquivalentResult, ...]]:
    """The rewrites that fit some tasks, tried for all of them at once."""
    states = {task: _query_states(case, task) for task in tasks}
    first = states[tasks[0]][0]
    relation, database = case.relation, first.database
    tree = parse(first.gold.relations[relation]["compiled"], database.pinned_now)
    found = make_equivalents(relation, tree, database.columns(relation), is_unique=is_unique, is_strict=is_strict)
    results: dict[str, list[EquivalentResult]] = {task: [] for task in tasks}
    for item in found:
        differences: dict[str, str] = {}
        for state in case.states:
            asking = {task for task in tasks if state in states[task] and task not in differences}
            for task, tried in state.database.try_sql(relation, item.sql, asking).items() if asking else ():
                if tried.verdict != "accepted":
                    differences[task] = f"{state.label}: {tried.table} {tried.verdict} {tried.reason}".strip()
        for task in tasks:
            difference = differences.get(task, "")
            results[task].append(
                EquivalentResult(
                    operator=item.operator,
                    part=relation,
                    is_accepted=not difference,
                    difference=difference,
                    diff=short_diff(render(tree), item.sql) if difference else "",
                )
            )
    return {task: tuple(some) for task, some in results.items()}
