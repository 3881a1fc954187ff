"""Runs of a submission's pipeline once more, in which tables that it got wrong are replaced by gold."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from benchmark.errors import SubmissionError
from benchmark.files import is_plain_folder
from benchmark.hostile_tree import remove_tree
from benchmark.tables import TableSpec
from evaluators.pipeline.loads import WAREHOUSE, WORKSPACE, Timer
from evaluators.pipeline.parsed_projects import take_over_parse
from evaluators.pipeline.partial_builds import GivenRelations
from evaluators.pipeline.runner import BUILD_LIMITS, GIVEN, PipelineChain, PipelineState
from evaluators.pipeline.workspace_copies import WorkspaceCopies
from evaluators.scenarios import PipelineRun, Runs, Scenario
from runtime.interface import ChildRequest, Runtime

GOLD, OWN, LOADED = "/gold", "/own", "/loaded"
"""How the inside of a sandbox calls gold of the replaced tables, the submission's tables, and a loaded workspace."""


class ScenarioRuns(NamedTuple):
    """What is known of a submission's runs in one scenario."""

    chain: PipelineChain
    scenario: Scenario
    gold_dirs: Mapping[Runs, Path]
    """Runs of the solution -> folder of its tables."""
    own_dir: Path
    """Folder of the submission's tables after the last run, end to end."""


class Rebuilds:
    """Builds every run of a scenario again around the same replaced tables. Runs that scenarios share are built once.

    A run begins with what the rebuilt run before it left, so tables that remember something remember what follows from
    gold. Its raw tables are those that the submission's own load brought. Several threads may ask for scenarios. A
    context manager: workspaces end with it.
    """

    def __init__(
        self,
        folder: Path,
        logs: Path,
        runtime: Runtime,
        timer: Timer,
        tables: Mapping[str, TableSpec],
        copies: WorkspaceCopies,
        slots: threading.Semaphore,
    ) -> None:
        """Nothing is built yet.

        Args:
            folder: For workspaces; made at the beginning, removed at the end.
            logs: For the logs of builds.
            runtime: Where they run.
            timer: Receives wall times.
            tables: The replaced tables.
            copies: Makes the workspaces.
            slots: One is held by each build while it runs.
        """
        self._copies = copies
        self._slots = slots
        self._folder = folder
        self._logs = logs
        self._runtime = runtime
        self._timer = timer
        self._tables = tables
        self.have_ended = True
        """Whether no build was cut off by a limit; another time it might come further."""
        self._states: dict[tuple[PipelineChain, Runs, Path, frozenset[str]], Future[PipelineState]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Make the folder."""
        self._folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the folder, and count its workspaces no longer."""
        remove_tree(self._folder)
        self._copies.forget(self._folder)

    def export(self, runs: ScenarioRuns, wanted: Collection[str], output: Path) -> dict[str, str]:
        """Build the runs of a scenario again and write tables to Parquet; as `PipelineChain.export`."""
        output.mkdir(parents=True)
        try:
            state = self._state(runs, len(runs.scenario.runs), frozenset(wanted))
        except SubmissionError as error:  # what was judged end to end stays as it is
            self.have_ended = False
            return dict.fromkeys(wanted, str(error))
        log = self._logs / f"{runs.scenario.name}-export.log"
        return runs.chain.export(state, sorted(wanted), output, self._runtime, log)

    def _state(self, runs: ScenarioRuns, n_runs: int, wanted: frozenset[str]) -> PipelineState:
        """The workspace after the first runs of a scenario, as far as tables that are wanted after the last need it."""
        done = runs.scenario.runs[:n_runs]
        gold = runs.gold_dirs[gold_runs_until(runs.scenario, done[-1])]
        key = (runs.chain, done, gold, wanted)
        with self._lock:
            is_here = key in self._states
            future = self._states.setdefault(key, Future())
            number = len(self._states)
        if not is_here:
            try:
                future.set_result(self._build_state(runs, done, wanted, number))
            except BaseException as error:  # noqa: BLE001 - raised again by whoever asks
                future.set_exception(error)
        return future.result()

    def _build_state(self, runs: ScenarioRuns, done: Runs, wanted: frozenset[str], number: int) -> PipelineState:
        """Build the last of some runs again, on what the rebuilt run before it left."""
        gold_runs = gold_runs_until(runs.scenario, done[-1])
        own = runs.chain.state(done)
        assert own.loaded is not None, "the chain does not keep what was loaded"
        before = self._state(runs, len(done) - 1, wanted).folder if len(done) > 1 else own.loaded
        folder = self._folder / f"{number}-{own.folder.name}"
        self._copies.copy(before, folder)
        if is_plain_folder(folder / "dbt"):
            loaded = own.loaded if len(done) > 1 else None
            for given in self._ways(runs.chain, done, folder, wanted, gold_runs):
                take_over_parse(own.folder, folder)
                if self._build(runs, done[-1], folder, runs.gold_dirs[gold_runs], loaded, given) or given is None:
                    break
                remove_tree(folder)  # begin again
                self._copies.forget(folder)
                self._copies.copy(before, folder)
        return replace(own, folder=folder, loaded=None)

    def _ways(
        self, chain: PipelineChain, done: Runs, folder: Path, wanted: frozenset[str], gold_runs: Runs
    ) -> Iterator[GivenRelations | None]:
        """What need not be built, the most first; None = everything is built. Each holds only while it is looked at."""
        if gold_runs == done and (given := chain.given_around(done, folder, self._tables, wanted)):
            yield given
        if given := chain.given(done, folder, self._tables):
            yield given
        yield None

    def _build(
        self,
        runs: ScenarioRuns,
        run: PipelineRun,
        folder: Path,
        gold: Path,
        loaded: Path | None,
        given: GivenRelations | None,
    ) -> bool:
        """Build one run again; whether dbt came to its end."""
        golden, own = (folder.with_name(f"{folder.name}-{label}") for label in ("gold", "own"))
        for source, target in ((gold, golden), (runs.own_dir, own)):
            target.mkdir()
            for name in self._tables:
                if (file := source / f"{name}.parquet").is_file() and not file.is_symlink():
                    shutil.copyfile(file, target / file.name)
        clock = runs.chain.now_environment(run.day)
        request = ChildRequest(
            entry="runtime.jobs.rebuild:run",
            arguments={
                "now": clock["PINNED_NOW"],
                "warehouse": f"../{WAREHOUSE}",
                "is_walled": self._runtime.has_walls,
                "gold": str(golden.resolve()),
                "own": str(own.resolve()),
                "replaced": {
                    name: {"columns": list(spec.columns), "key": list(spec.key)} for name, spec in self._tables.items()
                },
                "loaded": str(loaded.resolve() / WAREHOUSE) if loaded else None,
                **(
                    {
                        "given": given.arguments,
                        "options": list(given.options),
                        "is_around_gold": given.is_around_gold,
                    }
                    if given
                    else {}
                ),
            },
            directory=folder / "dbt",
            log_path=self._logs / f"{folder.name}.log",
            environment={**clock, "WAREHOUSE_PATH": f"../{WAREHOUSE}"},
            limits=BUILD_LIMITS,
            writable={WORKSPACE: folder},
            readable={GOLD: golden, OWN: own}
            | ({LOADED: loaded} if loaded else {})
            | ({GIVEN: given.folder} if given else {}),
        )
        with self._slots:
            result = self._runtime.run(request)  # however it ended, its tables tell
        self._timer("components", result.wall_seconds)
        if result.status != "ok":
            self.have_ended = False
        for path in (golden, own, *((given.folder,) if given else ())):
            remove_tree(path)
        return result.status == "ok" and isinstance(result.value, dict) and result.value.get("error") == ""


def gold_runs_until(scenario: Scenario, run: PipelineRun) -> Runs:
    """The runs of the solution whose tables stand for gold after one of a scenario's runs.

    They are the scenario's gold runs up to the day of that run. After a run in which sources fail, gold is what the
    tables are once the sources have recovered.
    """
    return tuple(gold_run for gold_run in scenario.gold_runs if gold_run.day <= run.day) or scenario.gold_runs[:1]


def gold_runs_of(scenario: Scenario) -> set[Runs]:
    """Every sequence of runs of the solution that a scenario needs gold of."""
    return {scenario.gold_runs} | {gold_runs_until(scenario, run) for run in scenario.runs}
