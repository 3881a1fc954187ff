"""A world's right pipeline on the seeds of a proof: what all kinds of generated tasks are made from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack

import duckdb

from authoring.generate.blind_spots import BlindSpots
from authoring.generate.broken_tables import BrokenTables
from authoring.generate.changed_builds import Builder
from authoring.lineage.project_graph import ProjectGraph, read_project
from benchmark.duckdb_sql import literal, quote
from benchmark.file_tree import FileTree, world_files
from benchmark.stages import STAGES
from benchmark.task import Task, TaskFile
from benchmark.world import World
from evaluators.pipeline.gold import Gold
from evaluators.proof.scored_runs import HOLDOUT_SEEDS, find_golds
from evaluators.scenarios.base import days
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime

Progress = Callable[[str], None]


class WorldRuns:
    """Gold of a world's pipeline on the visible seed and on the holdout seeds. Use it as a context manager."""

    def __init__(self, world: World, listed: Collection[str], progress: Progress) -> None:
        """Nothing is built yet.

        Args:
            world: The world.
            listed: Mutants that people listed as equivalent.
            progress: Receives what is being done.
        """
        self.world = world
        self._listed = frozenset(listed)
        self.progress = progress
        self._stack = ExitStack()
        self.files: FileTree = world_files(world)
        self.graph: ProjectGraph = read_project(self.files)
        scored = {stage: tuple(n for n, s in world.tables.items() if s.stage == stage) for stage in STAGES}
        spec = TaskFile(
            id="draft",
            kind="repair",
            title="?",
            difficulty="medium",
            scored={stage: names for stage, names in scored.items() if names},
        )
        self.task = Task(spec=spec, world=world, folder=world.folder / "tasks" / "draft")
        self.tables: dict[int, BrokenTables] = {}
        """Seed -> its tables; what agents see first."""
        self.runtime: ForkRuntime
        """Where pipelines run."""
        self.next_day: Gold
        """What agents see, a day later."""

    def __enter__(self) -> WorldRuns:
        runtime = self.runtime = self._stack.enter_context(ForkRuntime())
        seeds = (self.world.spec.visible_seed, *HOLDOUT_SEEDS)
        for seed in seeds:
            self.progress(f"gold of seed {seed}")
            golds = find_golds([self.task], runtime, [seed])[seed]
            gold = golds[days(1)]
            if seed == self.world.spec.visible_seed:
                self.next_day = golds[days(1, 2)]
            now = clock_environment(self.world.pinned_now(self.world.spec.dials(seed)))["PINNED_NOW"]
            self.tables[seed] = self._stack.enter_context(BrokenTables(gold, now))
        self.builder = Builder(self.task, self.visible.pinned_now, runtime)
        self.spots = BlindSpots(self.tables.values(), self.world.tables, self._listed)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def visible(self) -> BrokenTables:
        """The tables that agents see."""
        return self.tables[self.world.spec.visible_seed]

    @property
    def gold(self) -> Gold:
        """Of what agents see."""
        return self.visible.gold

    def is_changed_next_day(self, table: str) -> bool:
        """Whether what agents see of a table is other rows a day later."""
        columns = ", ".join(quote(column) for column in self.world.tables[table].columns)
        first, second = (
            f"(select {columns} from read_parquet({literal(str(gold.folder / f'{table}.parquet'))}))"
            for gold in (self.gold, self.next_day)
        )
        with duckdb.connect(":memory:") as connection:
            found = connection.execute(
                f"select count(*) from ((from {first} except all from {second}) union all "
                f"(from {second} except all from {first}))"
            ).fetchone()
        return bool(found and found[0])
