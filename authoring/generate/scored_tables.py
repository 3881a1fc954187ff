"""What a repair scores: the broken model, what is wrong below it, and something that must stay right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from agents.saboteur import N_SABOTAGES
from authoring.generate.blind_spots import BlindSpots
from authoring.generate.candidates import distances, seeded
from benchmark.stages import STAGES
from benchmark.world import World

MAX_SCORED = 8
"""Tables that a task scores at most."""
_N_BETWEEN = 2
"""Of these, tables between cause and symptom, each counted for all causes together."""


def scored_tables(
    world: World,
    lineage: Mapping[str, tuple[str, ...]],
    causes: Sequence[tuple[str, str]],
    wrong: Collection[str],
    spots: BlindSpots,
) -> dict[str, list[str]]:
    """Choose tables, as far as a proof finds enough wrong versions of them.

    Args:
        world: The world.
        lineage: Of its tables.
        causes: Each broken model, with the mart in which people see it.
        wrong: Tables that differ.
        spots: What each table would not notice.

    Returns:
        Stage -> tables, in the order of `tables.yaml`.
    """
    marts = {name for name, spec in world.tables.items() if spec.stage == "marts" and spec.key}
    chosen = list(dict.fromkeys(name for cause in causes for name in cause))
    ways = {name for model, mart in causes for name in _between(lineage, model, mart)}
    below = {name for model, _ in causes for name in distances(lineage, model)}
    further = sorted(ways & set(wrong), key=lambda name: (world.tables[name].stage, name))[:_N_BETWEEN]
    further += [name for name in sorted(wrong) if name in marts]
    for name in dict.fromkeys(further):
        if name not in chosen and len(chosen) < MAX_SCORED - 1 and spots.are_few([*chosen, name]):
            chosen.append(name)
    steady = (name for name in sorted(below - set(wrong)) if name in marts)
    chosen += [name for name in steady if spots.are_few([*chosen, name])][:1]
    listed = [name for name in world.tables if name in chosen]
    by_stage = {stage: [name for name in listed if world.tables[name].stage == stage] for stage in STAGES}
    return {stage: names for stage, names in by_stage.items() if names}


def with_tables_above(
    world: World, lineage: Mapping[str, tuple[str, ...]], names: Sequence[str], spots: BlindSpots, seed: int
) -> list[str]:
    """Scored tables, with tables above them where they are so few that half an answer could not be told.

    Args:
        world: The world.
        lineage: Of its tables.
        names: Those that are chosen.
        spots: What each table would not notice.
        seed: Decides among tables that are equally near.
    """
    chosen = list(names)
    above = {
        name: min(distances(lineage, name).get(found, len(lineage)) for found in names)
        for name, spec in world.tables.items()
        if spec.stage != "raw" and name not in chosen and distances(lineage, name).keys() & set(names)
    }
    for name in sorted(above, key=lambda name: (above[name], seeded(seed, world.id, name))):
        if len(chosen) <= N_SABOTAGES and spots.are_few([*chosen, name]):
            chosen.append(name)
    return chosen


def _between(lineage: Mapping[str, tuple[str, ...]], top: str, bottom: str) -> set[str]:
    """Tables between two tables on any way."""
    below = distances(lineage, top).keys()
    found: set[str] = set()
    todo = [bottom]
    while todo:
        for parent in lineage.get(todo.pop(), ()):
            if parent in below and parent != top and parent not in found:
                found.add(parent)
                todo.append(parent)
    return found
