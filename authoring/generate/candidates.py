"""Ways to break a world's models: mutants that can be written into a file, in an order that only the seed decides."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from authoring.generate.broken_tables import BrokenTables
from authoring.generate.known_breaks import Line, lost_lines
from authoring.generate.smells import (
    has_comment_nearby,
    is_odd_mutation,
    lost_column,
    odd_line,
    without_needless_asc,
)
from authoring.model_files.source_edits import write_back
from benchmark.world import World
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.sql_trees import Mutant, Scope, make_mutants, parse

MIN_HOPS = 2
"""Models from the broken one to the table in which people see it."""


class Break(NamedTuple):
    """One broken model."""

    mutant: Mutant
    path: str
    """Of its file, within the project."""
    text: str
    """The file, broken."""


def seeded(seed: int, world: str, name: str) -> str:
    """A place in an order that is the same on every machine."""
    return hashlib.sha256(f"{seed}|{world}|{name}".encode()).hexdigest()


def distances(lineage: Mapping[str, tuple[str, ...]], relation: str) -> dict[str, int]:
    """Table made from a model -> how many models below it, by the shortest way."""
    found = {relation: 0}
    level = {relation}
    while level:
        level = {name for name, parents in lineage.items() if name not in found and level & set(parents)}
        n = max(found.values()) + 1
        found |= dict.fromkeys(level, n)
    return found


def models_to_break(world: World, lineage: Mapping[str, tuple[str, ...]], relations: Iterable[str]) -> list[str]:
    """Models with a keyed mart far enough below them, sorted."""
    marts = {name for name, spec in world.tables.items() if spec.stage == "marts" and spec.key}
    return sorted(
        relation
        for relation in relations
        if relation in world.tables
        and any(n >= MIN_HOPS for name, n in distances(lineage, relation).items() if name in marts)
    )


def breaks(
    world: World, tables: BrokenTables, seed: int, fallen: Counter[str], known: frozenset[Line] = frozenset()
) -> Iterator[Break]:
    """Every way to break a model, in the order of the seed; models take turns.

    Args:
        world: The world.
        tables: Gold of what agents see.
        seed: Of the order.
        fallen: Receives what falls, by reason.
        known: Lines that other tasks break.
    """
    relations = tables.gold.relations
    usual = [name for name, node in relations.items() if node["compiled"] and node["type"] in ("view", "table")]
    models = models_to_break(world, tables.gold.lineage, usual)
    queues = {
        model: _in_turns(_mutants(tables, model), seed, world.id)
        for model in sorted(models, key=lambda model: seeded(seed, world.id, model))
    }
    sources = _texts_of_models(world)
    while queues:
        for model in list(queues):
            found = _next_break(sources, tables, queues[model], fallen, known)
            if found is None:
                del queues[model]
            else:
                yield found


def _in_turns(mutants: Iterable[Mutant], seed: int, world: str) -> list[Mutant]:
    """Mutants in the order of the seed, one of each operator before the second of any."""
    ordered = sorted(mutants, key=lambda mutant: seeded(seed, world, f"{mutant.model}|{mutant.id}"))
    turns: Counter[str] = Counter()
    placed: list[tuple[int, int, Mutant]] = []
    for mutant in ordered:
        placed.append((turns[mutant.operator], len(placed), mutant))
        turns[mutant.operator] += 1
    return [mutant for _, _, mutant in sorted(placed)]


def _mutants(tables: BrokenTables, model: str) -> list[Mutant]:
    node = tables.gold.relations[model]
    types: dict[str, str] = {}
    for name in (*node["parents"], model):
        types |= tables.columns(name)
    made = make_mutants(model, parse(node["compiled"], tables.pinned_now), Scope(types), MUTATIONS)
    return [mutant for mutant in made if not is_odd_mutation(mutant.operator, mutant.before, mutant.after)]


def _texts_of_models(world: World) -> dict[str, str]:
    """Path within the project -> text, of all models in SQL."""
    files = (world.project_dir / "dbt" / "models").rglob("*.sql")
    return {file.relative_to(world.project_dir).as_posix(): file.read_text(encoding="utf-8") for file in files}


def _next_break(
    sources: Mapping[str, str], tables: BrokenTables, queue: list[Mutant], fallen: Counter[str], known: frozenset[Line]
) -> Break | None:
    while queue:
        mutant = queue.pop(0)
        fallen["tried"] += 1
        node = tables.gold.relations[mutant.model]
        source = sources[node["path"]]
        text = write_back(source, node["compiled"], tables.pinned_now, mutant.sql)
        if text is None:
            fallen["cannot be written into the model's file"] += 1
            continue
        text = without_needless_asc(source, text)
        before, after = (parse(sql, tables.pinned_now) for sql in (node["compiled"], mutant.sql))
        if has_comment_nearby(source, text):
            fallen["a comment stands beside the line"] += 1
        elif odd_line(before, after):
            fallen["the line would stand out"] += 1
        elif lost_column(before, after, (t for path, t in sources.items() if path != node["path"])):
            fallen["a column would be read no more"] += 1
        elif known & lost_lines(node["path"], source, text):
            fallen["another task breaks this line"] += 1
        else:
            return Break(mutant, node["path"], text)
    return None
