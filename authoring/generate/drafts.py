"""Broken pipelines whose symptom people see and no data test does: what repairs are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from authoring.generate.broken_tables import CannotTellError
from authoring.generate.candidates import MIN_HOPS, Break, breaks, distances
from authoring.generate.changed_builds import BrokenBuild
from authoring.generate.differences import Counts, TableDifference, describe_difference
from authoring.generate.known_breaks import Line
from authoring.generate.scored_tables import scored_tables
from authoring.generate.world_runs import WorldRuns
from benchmark.files import scratch_folder
from benchmark.world import World
from evaluators.scoring.table_verdicts import judge_tables

Difficulty = Literal["easy", "medium", "hard"]
MIN_ROWS = 3
MAX_SHARE = 0.6
"""Of the rows of the table in which people see it; more, and everything would be wrong."""
MAX_SHARE_ANYWHERE = 1.2
"""Of the rows of any mart; more, and rows multiply."""
_HARD_HOPS = 3
"""More models than this between cause and symptom make a repair hard."""
_MAX_PER_MODEL = 3
"""Tasks in which one model is broken."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Draft:
    """A broken pipeline, and what is wrong in its tables."""

    world: World
    breaks: tuple[Break, ...]
    hops: int
    """Models from the cause to the symptom; the farthest of several."""
    symptoms: tuple[TableDifference, ...]
    """One per break: the mart in which people see it."""
    others: tuple[TableDifference, ...]
    """Further marts that differ."""
    n_wrong: int
    """Tables of the world that differ, whatever their stage."""
    scored: dict[str, list[str]]
    """Stage -> tables."""
    difficulty: Difficulty

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Same for two drafts that break the same models and make the same rows wrong."""
        models = sorted(item.mutant.model for item in self.breaks)
        return (*models, *sorted(item.fingerprint for item in (*self.symptoms, *self.others)))


class _Noticed(NamedTuple):
    """A break that shows on every seed."""

    item: Break
    mart: str
    hops: int
    n_marts: int
    """Marts in which something is wrong."""


def _difficulty(group: Sequence[_Noticed]) -> Difficulty:
    """By causes, by how far they lie from the symptom, and by how many tables show it."""
    if len(group) > 1 or group[0].hops > _HARD_HOPS:
        return "hard"
    return "easy" if group[0].hops == MIN_HOPS and group[0].n_marts == 1 else "medium"


class DraftMaker:
    """Makes drafts of a world."""

    def __init__(self, runs: WorldRuns, seed: int, fallen: Counter[str], known: frozenset[Line] = frozenset()) -> None:
        """Nothing is built yet.

        Args:
            runs: The world's, entered.
            seed: Decides the order of candidates.
            fallen: Receives what falls, by reason; `tried` counts all.
            known: Lines that other tasks break.
        """
        self._runs = runs
        self.world = runs.world
        self._seed = seed
        self.fallen = fallen
        self._known = known
        self._marts = {n: s for n, s in self.world.tables.items() if s.stage == "marts" and s.key}
        self._seen: set[tuple[str, ...]] = set()
        self._n_broken: Counter[str] = Counter()
        self._n_seen_in: Counter[str] = Counter()

    def drafts(self, difficulty: Difficulty | None) -> Iterator[Draft]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; hard ones have two causes. None = one cause, as difficult as it comes.
        """
        n_breaks = 2 if difficulty == "hard" else 1
        waiting: list[_Noticed] = []
        for found in self._noticed():
            waiting.append(found)
            group = _independent(waiting, n_breaks, self._runs.gold.lineage)
            if group is None:
                continue
            for used in group:
                waiting.remove(used)
            if difficulty and _difficulty(group) != difficulty:
                self.fallen["another difficulty"] += 1
                continue
            draft = self._built(group)
            if draft is None:
                continue
            if draft.fingerprint in self._seen:
                self.fallen["a duplicate of another"] += 1
                continue
            self._seen.add(draft.fingerprint)
            self._n_broken.update(found.item.mutant.model for found in group)
            self._n_seen_in.update(item.table for item in draft.symptoms)
            yield draft

    def _noticed(self) -> Iterator[_Noticed]:
        for item in breaks(self.world, self._runs.visible, self._seed, self.fallen, self._known):
            self._runs.progress(f"{self.fallen['tried']} candidates tried")
            if self._n_broken[item.mutant.model] >= _MAX_PER_MODEL:
                self.fallen["its model is broken in enough tasks"] += 1
                continue
            found = self._shown_in(item)
            if not isinstance(found, str) and not self._runs.spots.are_few([item.mutant.model, found.mart]):
                found = "the scored tables would accept too many wrong versions"
            if isinstance(found, str):
                self.fallen[found] += 1
            else:
                yield found

    def _shown_in(self, item: Break) -> _Noticed | str:
        """The mart in which people see a break, on every seed; else why they do not."""
        broken = {item.mutant.model: item.mutant.sql}
        hops = distances(self._runs.gold.lineage, item.mutant.model)
        marts = self._marts
        far: list[str] = []
        n_marts = 0
        for number, tables in enumerate(self._runs.tables.values()):
            try:
                counts = tables.count(broken, marts)
            except CannotTellError:
                return "the SQL does not run"
            if number == 0:
                n_marts = sum(bool(found.n_wrong) for found in counts.values())
                if not n_marts:
                    return "nobody can see the symptom"
                if max(found.share for found in counts.values()) > MAX_SHARE_ANYWHERE:
                    return "rows multiply"
                far = [name for name, found in counts.items() if hops[name] >= MIN_HOPS and _is_plain(found)]
                if not far:
                    return "the symptom is beside the cause, or in too few or too many rows"
            far = [name for name in far if name in counts and counts[name].n_wrong]
            if not far:
                return "another seed does not show it"
            marts = {name: marts[name] for name in far}
        # Marts take turns, too; among those that had as many, the farthest.
        mart = min(far, key=lambda name: (self._n_seen_in[name], -hops[name], name))
        return _Noticed(item, mart, hops[mart], n_marts)

    def _built(self, group: Sequence[_Noticed]) -> Draft | None:
        """Build a broken pipeline with dbt; None where a test notices or nothing is wrong in the end."""
        models = ", ".join(found.item.mutant.model for found in group)
        self._runs.progress(f"{self.fallen['tried']} candidates tried; building with {models} broken")
        with scratch_folder("generate") as scratch:
            built = self._runs.builder.build(
                [found.item for found in group], list(self._runs.task.scored_tables), scratch
            )
            if isinstance(built, str):
                self.fallen[built] += 1
                return None
            return self._draft(group, built)

    def _draft(self, group: Sequence[_Noticed], built: BrokenBuild) -> Draft | None:
        gold = self._runs.gold
        verdicts = judge_tables(gold.folder, built.folder, self._runs.task.scored_tables, built.unreadable)
        wrong = {name for name, verdict in verdicts.items() if not verdict.is_match}
        if any(found.mart not in wrong for found in group):
            self.fallen["the built table is right"] += 1
            return None

        def describe(name: str) -> TableDifference:
            spec = self.world.tables[name]
            return describe_difference(name, spec, gold.folder / f"{name}.parquet", built.folder / f"{name}.parquet")

        symptoms = list(dict.fromkeys(found.mart for found in group))
        others = sorted(name for name in wrong if name in self._marts and name not in symptoms)
        causes = [(found.item.mutant.model, found.mart) for found in group]
        return Draft(
            self.world,
            tuple(found.item for found in group),
            max(found.hops for found in group),
            tuple(describe(name) for name in symptoms),
            tuple(describe(name) for name in others),
            len(wrong),
            scored_tables(self.world, gold.lineage, causes, wrong, self._runs.spots),
            _difficulty(group),
        )


def _is_plain(counts: Counts) -> bool:
    return counts.n_wrong >= MIN_ROWS and counts.share <= MAX_SHARE


def _independent(
    waiting: Sequence[_Noticed], n_breaks: int, lineage: Mapping[str, tuple[str, ...]]
) -> list[_Noticed] | None:
    """The last of those that wait, with others whose models do not depend on one another; None = not enough yet."""
    group = [waiting[-1]]
    for other in waiting[:-1]:
        if len(group) == n_breaks:
            break
        models = {found.item.mutant.model for found in group}
        own = other.item.mutant.model
        is_apart = not models & distances(lineage, own).keys() and not any(
            own in distances(lineage, model) for model in models
        )
        if is_apart and other.mart not in {found.mart for found in group}:
            group.append(other)
    return group if len(group) == n_breaks else None
