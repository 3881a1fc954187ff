"""Connections, or some streams of one, that can be taken away: what tasks of `load` are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from agents.saboteur import N_SABOTAGES
from authoring.built.tables import read_connections
from authoring.generate.candidates import distances, seeded
from authoring.generate.drafts import Difficulty
from authoring.generate.raw_contracts import RawStream, RawTable, raw_table, way_of
from authoring.generate.world_runs import WorldRuns
from authoring.model_files.yaml_columns import without_streams
from authoring.new_task.task_files import by_stage
from benchmark.connection import ConnectionSpec
from benchmark.task import Task

MAX_WHOLE = 4
"""Streams of a connection that is taken away as a whole; of a larger one some are."""
MIN_TOGETHER, MAX_TOGETHER = 2, 3
"""Streams that are taken out of a larger connection together."""
_N_MODELS = N_SABOTAGES + 1
"""Models on the raw tables that are scored, too; so a half right answer is told from a wrong one."""
_EASY_TABLES = 3


class Unloaded(NamedTuple):
    """Raw tables that nothing loads any more, and what is known of them."""

    sources: tuple[RawStream, ...]
    """All of one connection, in the order of its file."""
    tables: tuple[RawTable, ...]
    removed: tuple[str, ...]
    """The connection's file, if it is gone as a whole."""
    files: dict[str, str]
    """The connection's file without the streams, if others are left: path -> text."""
    scored: dict[str, list[str]]
    """Stage -> tables."""
    n_wrong: int
    """Tables of the world that nothing can fill now."""
    difficulty: Difficulty

    @property
    def is_whole(self) -> bool:
        """Whether the whole connection is to be written."""
        return bool(self.removed)


class LoadMaker:
    """Finds streams of a world that can be taken away."""

    def __init__(
        self, runs: WorldRuns, written: Iterable[Task], kept: Collection[str], seed: int, fallen: Counter[str]
    ) -> None:
        """Nothing is tried yet.

        Args:
            runs: The world's, entered.
            written: Tasks of the world that people wrote; what one of them asks for is not asked for again.
            kept: Streams, as `connection.stream`, of which people said that the source keeps its rows: to read them
                in full each night is not wrong, only dear. For other streams nobody could tell.
            seed: Decides the order of candidates.
            fallen: Receives what falls, by reason; `tried` counts all.
        """
        self._runs = runs
        self._seed = seed
        self._kept = frozenset(kept)
        self.fallen = fallen
        self._known = {
            frozenset(task.spec.scored.get("raw", ())) for task in written if task.spec.kind == "load"
        }  # fmt: skip

    def drafts(self, difficulty: Difficulty | None) -> Iterator[Unloaded]:
        """Drafts in the order of the seed.

        Args:
            difficulty: Only these; None = as difficult as it comes.
        """
        for spec, sources in self._candidates():
            self.fallen["tried"] += 1
            self._runs.progress(f"{self.fallen['tried']} candidates tried")
            found = self._draft(spec, sources)
            if isinstance(found, Unloaded) and difficulty and found.difficulty != difficulty:
                found = "another difficulty"
            if isinstance(found, str):
                self.fallen[found] += 1
            else:
                yield found

    def _candidates(self) -> Iterator[tuple[ConnectionSpec, list[RawStream]]]:
        """Small connections as a whole, and parts of large ones; connections take turns."""
        queues = []
        for spec in self._ordered(read_connections(self._runs.world.project_dir)):
            system = self._runs.world.spec.systems.get(spec.connection)
            if system is None:
                self.fallen["no source system has the name of the connection"] += 1
                continue
            every = [RawStream(spec, stream, system) for stream in spec.streams]
            sources = [source for source in every if self._is_fit(source)]
            is_small = len(sources) == len(every) <= MAX_WHOLE
            queues.append((spec, [sources] if is_small else self._parts(sources)))
        for turn in range(max((len(parts) for _, parts in queues), default=0)):
            yield from ((spec, parts[turn]) for spec, parts in queues if turn < len(parts))

    def _is_fit(self, source: RawStream) -> bool:
        """Whether the raw tables tell right ways to load a stream from wrong ones."""
        if way_of(source.connection, source.stream) == "copy":
            return True
        if f"{source.connection.connection}.{source.stream.name}" not in self._kept:
            self.fallen["streams that may be read in full, for all that anybody knows"] += 1
            return False
        if not self._runs.is_changed_next_day(source.table):
            self.fallen["streams that the next day does not change"] += 1
            return False
        return True

    def _ordered(self, specs: Sequence[ConnectionSpec]) -> list[ConnectionSpec]:
        return sorted(specs, key=lambda spec: seeded(self._seed, self._runs.world.id, f"load|{spec.connection}"))

    def _parts(self, sources: Sequence[RawStream]) -> list[list[RawStream]]:
        """Groups of streams, as different as there are; each stream in one at most."""
        place = {source.table: seeded(self._seed, self._runs.world.id, f"load|{source.table}") for source in sources}
        left = sorted(sources, key=lambda source: place[source.table])
        parts = []
        while len(left) >= MIN_TOGETHER:
            part = [left.pop(0)]
            while left and len(part) < MAX_TOGETHER:
                ways = {way_of(source.connection, source.stream) for source in part}
                other = next((s for s in left if way_of(s.connection, s.stream) not in ways), left[0])
                left.remove(other)
                part.append(other)
            parts.append([source for source in sources if source in part])
        return parts

    def _draft(self, spec: ConnectionSpec, sources: Sequence[RawStream]) -> Unloaded | str:
        world, runs = self._runs.world, self._runs
        names = [source.table for source in sources]
        if not all(name in world.tables for name in names):
            return "a raw table is not in tables.yaml"
        if frozenset(names) in self._known:
            return "a written task asks for the same"
        is_whole = len(sources) == len(spec.streams)
        if spec.source == "manifest" and not is_whole:
            return "streams of a manifest hang together"
        as_of = world.pinned_now(world.spec.dials()).date()
        tables = [
            raw_table(source, world.tables[source.table], runs.visible.columns(source.table), runs.graph, as_of)
            for source in sources
        ]
        told = tuple(table for table in tables if table is not None)
        if len(told) < len(tables):
            return "a table is loaded in a way for which there are no words"
        if not all(table.description for table in told):
            return "a raw table is not described"
        path = f"el/{spec.connection}.yaml"
        files = {}
        if not is_whole:
            text = runs.files[path].read_text(encoding="utf-8")
            files[path] = without_streams(text, {source.stream.name.lower() for source in sources})
        below = {found for name in names for found in distances(runs.gold.lineage, name)}
        return Unloaded(
            tuple(sources),
            told,
            (path,) if is_whole else (),
            files,
            by_stage(world, [*names, *self._models(names)]),
            sum(name in below for name in world.tables),
            _difficulty(spec, told),
        )

    def _models(self, names: Sequence[str]) -> list[str]:
        """Models made from the raw tables: those that read them directly first, then marts."""
        world, lineage = self._runs.world, self._runs.gold.lineage
        steps: dict[str, int] = {}
        for name in names:
            for found, n in distances(lineage, name).items():
                steps[found] = min(n, steps.get(found, n))
        below = [name for name in world.tables if steps.get(name, 0) > 0]

        def rank(name: str) -> tuple[bool, bool, str]:
            is_direct = steps[name] == 1 and world.tables[name].stage == "staging"
            return not is_direct, world.tables[name].stage != "marts", seeded(self._seed, world.id, f"load|{name}")

        return sorted(below, key=rank)[:_N_MODELS]


def _difficulty(spec: ConnectionSpec, tables: Sequence[RawTable]) -> Difficulty:
    """By how many tables there are, in how many ways their rows come, and whether an API has to be described."""
    if spec.source == "manifest":
        return "hard" if len(tables) >= _EASY_TABLES else "medium"
    is_plain = len(tables) <= _EASY_TABLES and len({table.way for table in tables}) == 1
    return "easy" if is_plain else "medium"
