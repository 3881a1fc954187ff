"""Mutants and equivalents of a task's models, tried on the data of every run that the task scores."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from evaluators.proof import dbt_built_mutants as late
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.equivalents.whole_query import make_equivalents
from evaluators.proof.gold_database import MutantOutcome
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.result import EquivalentResult, MutantResult
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_trees import Mutant, Scope, make_mutants, parse, render
from runtime.fork_client import ForkRuntime

Step = Callable[[str], None]


class ModelCase(NamedTuple):
    """A model and where it can be tried."""

    relation: str
    states: list[RunState]
    project: Path
    """The laid solution."""
    runtime: ForkRuntime
    scratch: Path
    """An empty folder of this model's own."""
    with_dbt: bool = True
    """False = only as a query: an incremental model in its first run."""


class _Made(NamedTuple):
    """A mutant in the two shapes that a model may have."""

    mutant: Mutant
    sql_first: str | None
    """Its query in a first run; None where it changes what only later runs have."""
    sql_later: str | None
    text: str | None
    """The whole file, for a wrong configuration."""


def try_mutants(case: ModelCase, listing: Listing) -> tuple[MutantResult, ...]:
    """Make every mutant of a model and find the first run in which a scored table differs."""
    made = _make(case)
    decided: dict[str, tuple[str, MutantOutcome]] = {}
    unknown: dict[str, list[str]] = {}
    for state in case.states:
        pending = [item for item in made if item.mutant.id not in decided]
        for mutant_id, tried in _try_in(case, state, pending).items():
            if tried.verdict in ("rejected", "stillborn"):
                decided[mutant_id] = (state.label, tried)
            elif tried.verdict == "unknown":
                unknown.setdefault(mutant_id, []).append(state.label)
    left = [item for item in made if item.mutant.id not in decided and not listing.reason(item.mutant.id)]
    decided |= _try_reversed(case, left)
    decided |= _try_below(case, [item for item in left if item.mutant.id not in decided], unknown)
    results = []
    for item in made:
        label, tried = decided.get(item.mutant.id, ("", MutantOutcome("accepted")))
        if tried.verdict != "stillborn":
            results.append(_result(item.mutant, label, tried, listing))
    return tuple(results)


def _try_reversed(case: ModelCase, survivors: Iterable[_Made]) -> dict[str, tuple[str, MutantOutcome]]:
    """SQL whose result depends on the order of the rows that it reads is wrong, even where gold's order suits it."""
    queries = {item.mutant.id: item.sql_first for item in survivors if item.sql_first}
    rejected: dict[str, tuple[str, MutantOutcome]] = {}
    for state in case.states if queries else ():
        database = state.database
        if database.needs_dbt(case.relation) or _is_repeated(case, state) or not database.is_steady(case.relation):
            continue
        for mutant_id in sorted(queries.keys() - rejected.keys()):
            tried = database.try_sql(case.relation, queries[mutant_id], is_reversed=True)
            if tried.verdict == "rejected":
                rejected[mutant_id] = (f"{state.label}, rows upstream reversed", tried)
    return rejected


def _try_below(
    case: ModelCase, survivors: Iterable[_Made], unknown: Mapping[str, list[str]]
) -> dict[str, tuple[str, MutantOutcome]]:
    """Let dbt build what is below a model where queries cannot tell, for example a Python model."""
    left = [item for item in survivors if item.mutant.id in unknown]
    decided: dict[str, tuple[str, MutantOutcome]] = {}
    for state in case.states:
        database = state.database
        here = [item for item in left if item.mutant.id not in decided and state.label in unknown[item.mutant.id]]
        file = late.read_model_file(case.project, database.relations[case.relation], case.relation)
        texts = _texts(case, state, file, here)
        folder = case.scratch / f"below-{state.label.replace(' ', '-')}"
        below = database.below(case.relation)
        for mutant_id, tried in late.try_variants(
            state, case.project, case.runtime, case.relation, file, texts, folder, below
        ).items():
            if tried.verdict in ("rejected", "stillborn"):
                decided[mutant_id] = (state.label, tried)
    return decided


def _texts(case: ModelCase, state: RunState, file: late.ModelFile, made: Iterable[_Made]) -> dict[str, str]:
    """Mutant -> the whole file of its model, as dbt builds it in this run."""
    is_later = state.previous is not None and state.database.needs_dbt(case.relation)
    texts = {}
    for item in made:
        sql = item.sql_later if is_later else item.sql_first
        text = item.text or (late.sql_text(file, sql, state) if sql else None)
        if text:
            texts[item.mutant.id] = text
    return texts


def _try_in(case: ModelCase, state: RunState, pending: Iterable[_Made]) -> dict[str, MutantOutcome]:
    relation, database = case.relation, state.database
    if database.needs_dbt(relation) and not case.with_dbt:
        return {}
    if not database.needs_dbt(relation):
        if _is_repeated(case, state):
            return {}
        return {item.mutant.id: database.try_sql(relation, item.sql_first) for item in pending if item.sql_first}
    file = late.read_model_file(case.project, database.relations[relation], relation)
    texts = _texts(case, state, file, pending)
    folder = case.scratch / state.label.replace(" ", "-")
    return late.try_variants(state, case.project, case.runtime, relation, file, texts, folder)


def _is_repeated(case: ModelCase, state: RunState) -> bool:
    """Whether an earlier run has the same gold: a query cannot tell the two apart."""
    earlier = case.states[: case.states.index(state)]
    return any(other.gold.folder == state.gold.folder for other in earlier)


def _make(case: ModelCase) -> list[_Made]:
    relation, first = case.relation, case.states[0]
    scope = Scope(_types(first, relation))
    shapes: list[dict[str, Mutant]] = []
    later = next((state for state in case.states if len(state.gold_runs) > 1), None) if case.with_dbt else None
    for state in (first, later):
        compiled = state.gold.relations[relation]["compiled"] if state else None
        tree = parse(compiled, state.database.pinned_now) if state and compiled else None
        shapes.append({m.id: m for m in make_mutants(relation, tree, scope, MUTATIONS)} if tree is not None else {})
    made = [
        _Made(mutant, _sql(shapes[0], mutant.id), _sql(shapes[1], mutant.id), None)
        for mutant in (shapes[0] | {k: v for k, v in shapes[1].items() if k not in shapes[0]}).values()
    ]
    if case.with_dbt and any(state.database.needs_dbt(relation) for state in case.states):
        file = late.read_model_file(case.project, first.database.relations[relation], relation)
        original = file.head + file.body + file.tail
        for edit in late.config_edits(file, first.database.columns(relation)):
            digest = hashlib.sha256(f"{relation}|{edit.operator}|{edit.before}|{edit.after}".encode()).hexdigest()[:8]
            diff = _diff(original, edit.text)
            mutant = Mutant(digest, edit.operator, relation, edit.before, edit.after, "", diff)
            made.append(_Made(mutant, None, None, edit.text))
    return made


def _sql(mutants: Mapping[str, Mutant], mutant_id: str) -> str | None:
    mutant = mutants.get(mutant_id)
    return mutant.sql if mutant else None


def _types(state: RunState, relation: str) -> dict[str, str]:
    """Column -> type of what a model reads and of what it makes."""
    found: dict[str, str] = {}
    for name in (*state.gold.relations[relation]["parents"], relation):
        found |= {column.lower(): kind for column, kind in state.database.columns(name).items()}
    return found


def _result(mutant: Mutant, label: str, tried: MutantOutcome, listing: Listing) -> MutantResult:
    is_killed = tried.verdict == "rejected"
    reason = listing.reason(mutant.id)
    return MutantResult(
        id=mutant.id,
        operator=mutant.operator,
        part=mutant.model,
        before=mutant.before,
        after=mutant.after,
        outcome="killed" if is_killed else "equivalent" if reason else "survived",
        killed_in=label if is_killed else "",
        killed_by=f"{tried.table} ({tried.reason})" if is_killed else "",
        reason="" if is_killed else reason,
        diff="" if is_killed else mutant.diff,
    )


def try_equivalents(case: ModelCase) -> tuple[EquivalentResult, ...]:
    """Rewrite a model in every way that changes nothing; the judge must accept each in each run."""
    relation = case.relation
    states = [s for s in case.states if not s.database.needs_dbt(relation) and not _is_repeated(case, s)]
    if not states:
        return ()
    database = states[0].database
    compiled = states[0].gold.relations[relation]["compiled"]
    tree = parse(compiled, database.pinned_now)
    spec = database.scored.get(relation)
    found = make_equivalents(
        relation,
        tree,
        database.columns(relation),
        is_unique=all(state.database.has_unique_rows(relation) for state in states),
        is_strict=spec.strict if spec else False,
    )
    results = []
    for item in found:
        difference = ""
        for state in states:
            tried = state.database.try_sql(relation, item.sql)
            if tried.verdict != "accepted":
                difference = f"{state.label}: {tried.table} {tried.verdict} {tried.reason}".strip()
                break
        results.append(
            EquivalentResult(
                operator=item.operator,
                part=relation,
                is_accepted=not difference,
                difference=difference,
                diff=_diff(render(tree), item.sql) if difference else "",
            )
        )
    return tuple(results)


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++")))
