"""The independent pieces of which proofs are made. Each runs in a process of its own, and its result is JSON."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.errors import LockgateError
from benchmark.file_tree import solution_files
from benchmark.files import project_files, scratch_folder
from benchmark.generator_parameters import Dials
from benchmark.hostile_tree import remove_tree
from benchmark.tables import TableSpec
from benchmark.task import Task
from benchmark.workspace import (
    TICKET_NAME,
    apply_submission,
    collect_submission,
    lay_solution,
    lay_start,
    prepare_workspace,
)
from evaluators.compare.columns import ComparisonError
from evaluators.data_tests.evaluate import Compiled, DataTestSetup, evaluate_faults
from evaluators.pipeline.gold import pipeline_hash
from evaluators.pipeline.kept_builds import near_builds, note_repeated
from evaluators.pipeline.kept_loads import solution_loads
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.parsed_projects import lay_parse
from evaluators.pipeline.runner import PipelineChain
from evaluators.proof.column_docs import undescribed_columns
from evaluators.proof.connection_mutants import StreamToTry, try_streams
from evaluators.proof.copied_rows import GoldRows, gold_rows
from evaluators.proof.definition_runs import failed_checks, failures_of_definitions
from evaluators.proof.determinism import differences_of_repeat, order_of_rows_shows
from evaluators.proof.idle import failing_scenario
from evaluators.proof.scored_runs import (
    HOLDOUT_SEEDS,
    Golds,
    data_to_test,
    find_golds,
    label_of,
    open_states,
    read_golds,
    runs_that_passed,
    scored_runs,
)
from evaluators.proof.second_derivation import second_derivations
from evaluators.proof.sql_mutants import ModelCase, try_equivalents, try_mutants
from evaluators.proof.targets import laid_out
from evaluators.proof.workspace_leaks import find_leaks
from evaluators.scenarios import Runs, Scenario
from evaluators.scoring.table_verdicts import judge_tables
from runtime.dbt.clock import clock_environment, parse_pinned
from runtime.fork_client import ForkRuntime
from runtime.interface import WITH_DAGSTER

Result = dict[str, Any]
"""What a piece found out; JSON."""


@dataclass(frozen=True)
class Piece:
    """One piece of work."""

    kind: str
    """A key of `KINDS`."""
    tasks: tuple[Task, ...]
    """Tasks of one solution that want to know."""
    folders: Mapping[int, Mapping[Runs, Path]] = field(default_factory=dict)
    """Seed -> runs of the solution -> folder of their gold."""
    options: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 1.0
    """About how long it takes; the longest is done first."""

    @property
    def golds(self) -> Golds:
        """Gold of the solution."""
        return read_golds(self.folders)

    @property
    def label(self) -> str:
        """What it does, in a few words."""
        return str(self.options.get("label", self.kind))


def run_piece(piece: Piece, runtime: ForkRuntime) -> Result:
    """Do a piece of work.

    Raises:
        LockgateError: It cannot be done; the message is for the task's author.
    """
    with scratch_folder(f"proof: {piece.kind}") as scratch:
        return KINDS[piece.kind](piece, runtime, scratch)


def _find_gold(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """Gold of one seed: `seed`."""
    del scratch
    found = find_golds(piece.tasks, runtime, [piece.options["seed"]])
    return {
        "golds": [
            {"runs": [list(run) for run in runs], "folder": str(gold.folder)}
            for golds in found.values()
            for runs, gold in golds.items()
        ]
    }


def _run_again(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """The solution once more on one seed: label of a scenario -> table -> how it differs from gold."""
    seed, task = piece.options["seed"], piece.tasks[0]
    dials, golds = task.world.spec.dials(seed), piece.golds[seed]
    scenarios = [(scenario, dials) for scenario, dials in scored_runs(piece.tasks) if dials.seed == seed]
    project = scratch / "solution"
    lay_solution(task, project)
    tested = runs_that_passed(piece.tasks, golds, pipeline_hash(project))
    loads = solution_loads(task, dials, runtime, scratch / "loads", no_timer, turn=2)
    near = None
    if loads is not None:
        files, place = solution_files(task), scratch / "near"
        near = near_builds(task.world, files, dials, loads, PipelineChain, runtime, place, no_timer, "repeated")
    parsed = scratch / "parsed"
    shutil.copytree(project, parsed)
    if near is None:
        lay_parse(parsed, runtime, clock_environment(task.world.pinned_now(dials)))
    (scratch / "again").mkdir()
    differences = differences_of_repeat(
        task.world,
        parsed,
        dials,
        [(scenario.runs, golds[scenario.gold_runs]) for scenario, _ in scenarios],
        runtime,
        scratch / "again",
        loads,
        tested,
        near,
    )
    found = {}
    for (scenario, _), different in zip(scenarios, differences, strict=True):
        found[label_of(scenario.name, dials)] = different
        if not different and scenario.runs == scenario.gold_runs:
            note_repeated(task.world, project, dials, scenario.runs)
    return found


def _try_model(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """Mutants and rewrites of `relation`; task -> `mutants`, `equivalents`, `order`.

    Further options: `mutating` (tasks that want mutants), `touched` (those whose agents write the model) and `ordered`
    (tasks whose scored tables come from it).
    """
    relation, options = piece.options["relation"], piece.options
    asking = {task.id for task in piece.tasks}  # others may have the same question, and get this answer
    mutating, touched = (asking.intersection(options[name]) for name in ("mutating", "touched"))
    with open_states(piece.tasks, piece.golds) as states:
        lay_solution(piece.tasks[0], scratch / "solution")
        lay_parse(scratch / "solution", runtime, clock_environment(parse_pinned(states[0].database.pinned_now)))
        (scratch / "models").mkdir()
        case = ModelCase(
            relation,
            states,
            scratch / "solution",
            runtime,
            scratch / "models",
            frozenset(mutating),
            frozenset(touched),
        )
        mutants = try_mutants(case) if mutating else {}
        equivalents = try_equivalents(case) if mutating else {}
        order = order_of_rows_shows(states, relation, asking.intersection(options["ordered"]))
    return {
        task.id: {
            "mutants": [item.model_dump(mode="json") for item in mutants.get(task.id, ())],
            "equivalents": [item.model_dump(mode="json") for item in equivalents.get(task.id, ())],
            "order": order.get(task.id, ""),
        }
        for task in piece.tasks
    }


def _try_streams(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """Mutants and rewrites of the `streams` of one connection; `in_stream` of task and stream -> both."""
    task, wanted = piece.tasks[0], frozenset(piece.options["wanted"])
    asked = {
        stream: [task.id for task in piece.tasks if in_stream(task, stream) in wanted]
        for stream in piece.options["streams"]
    }
    lay_solution(task, scratch / "solution")
    (scratch / "streams").mkdir()
    with open_states(piece.tasks, piece.golds) as states:
        some = {stream: tasks for stream, tasks in asked.items() if tasks}
        found = try_streams(task.world, states, scratch / "solution", some, runtime, scratch / "streams")
    return {
        in_stream(task, stream): {
            "mutants": [item.model_dump(mode="json") for item in found[stream, task.id].mutants],
            "equivalents": [item.model_dump(mode="json") for item in found[stream, task.id].equivalents],
        }
        for task in piece.tasks
        for stream in piece.options["streams"]
        if (stream, task.id) in found
    }


def in_stream(task: Task, stream: StreamToTry) -> str:
    """The name of what a task is told of one stream."""
    return f"{task.id} {stream.table}"


def _derive(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """Second derivations: task -> `agreed`, `problems`."""
    del runtime, scratch
    with open_states(piece.tasks, piece.golds) as states:
        found = second_derivations(piece.tasks, states)
    return {
        task: {"agreed": list(derived.agreed), "problems": list(derived.problems)} for task, derived in found.items()
    }


def _look_at_workspace(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """What a task shows to its agent, and whether its solution arrives as a submission: `missing`, `problems`."""
    del runtime
    (task,) = piece.tasks
    workspace = scratch / "workspace"
    prepare_workspace(task, workspace)
    with laid_out(task) as laid:
        leaks = find_leaks(workspace, laid, rows_to_hide(task, piece.golds))
        missing = undescribed_columns(task, workspace)
        lay_solution(task, workspace)
        submission = collect_submission(task, workspace, scratch / "collected")
        apply_submission(task, submission.patch, scratch / "applied")
        arrives = _contents(scratch / "applied") == _contents(laid.solution)
    problems = [] if arrives else ["the solution changes protected files, or files that a submission cannot carry"]
    return {"missing": missing, "leaks": leaks, "problems": problems + _unjudgeable(piece)}


def rows_to_hide(task: Task, golds: Golds) -> list[GoldRows]:
    """Rows of the scored tables on the data of every run; a seed is a file of the project and may be seen."""
    by_folder = {gold.folder: gold for some in golds.values() for gold in some.values()}
    return [
        gold_rows(table, folder / f"{table}.parquet", spec.columns)
        for folder, gold in by_folder.items()
        for table, spec in task.scored_tables.items()
        if gold.relations.get(table, {}).get("type") != "seed"
    ]


def _contents(project: Path) -> dict[str, bytes]:
    """Files of a pipeline, without what only a workspace has."""
    paths = [path for path in project_files(project) if path.as_posix() not in (TICKET_NAME, ".gitignore")]
    return {path.as_posix(): (project / path).read_bytes() for path in paths}


def _unjudgeable(piece: Piece) -> list[str]:
    """Scored tables that even gold itself does not match: a column, key or option does not fit."""
    (task,) = piece.tasks
    found = []
    for scenario, dials in scored_runs(piece.tasks):
        folder = piece.folders[dials.seed][scenario.gold_runs]
        specs = {name: spec for name, spec in task.scored_tables.items() if _fit(folder, name, spec) not in _FITTING}
        try:
            verdicts = judge_tables(folder, folder, specs, {})
        except ComparisonError as error:
            return [f"{label_of(scenario.name, dials)}: {error}"]
        _FITTING.update(_fit(folder, name, specs[name]) for name, verdict in verdicts.items() if verdict.is_match)
        found += [
            f"{label_of(scenario.name, dials)}: {table} does not match itself: {verdict.summary}"
            for table, verdict in verdicts.items()
            if not verdict.is_match
        ]
    return found


_FITTING: set[str] = set()
"""Tables of gold that this process has seen to match themselves; tasks share most of them."""


def _fit(gold: Path, table: str, spec: TableSpec) -> str:
    return f"{gold}|{table}|{spec.model_dump_json()}"


def _be_idle(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """The start as it stands: `fails_in`, a scenario; empty = it fails in none."""
    (task,) = piece.tasks
    lay_start(task, scratch / "start")
    (scratch / "runs").mkdir()
    scenarios = sorted(
        scored_runs(piece.tasks), key=lambda item: (len(item[0].runs), item[0].seed != "visible", item[1].seed)
    )
    return {"fails_in": failing_scenario(task, scratch / "start", scenarios, piece.golds, runtime, scratch / "runs")}


def _test_data(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """The data tests of `who` (solution or start): label of a scenario -> `is_success`, `alarms`, `caught` by fault."""
    (task,), options = piece.tasks, piece.options
    project = scratch / "project"
    (lay_solution if options["who"] == "solution" else lay_start)(task, project)
    scenarios = [item for item in scored_runs(piece.tasks) if label_of(item[0].name, item[1]) in options["wanted"]]
    _lay_parse_of_solution(task, project, scenarios[0][1], runtime, for_data_tests=True)
    compiled: dict[tuple[str, ...], Compiled] = {}
    found: Result = {}
    for scenario, dials in scenarios:
        label = label_of(scenario.name, dials)
        setups = [
            DataTestSetup(
                task=task,
                project=project,
                gold=piece.folders[dials.seed][data.runs],
                now=data.now(task.world),
                folder=scratch / f"tests-{len(found)}-{number}",
                logs=scratch / f"logs-{len(found)}-{number}",
                runtime=runtime,
                is_trusted=True,
                data=data.name,
                compiled=compiled,
            )
            for number, data in enumerate(data_to_test(scenario, dials))
        ]
        result = evaluate_faults(setups, scenario.name, dials, no_timer)
        if result.faults is None:
            raise LockgateError(f"{task.id} has no faults.")
        found[label] = {
            "is_success": result.is_success,
            "alarms": list(result.faults.false_alarms),
            "caught": {fault.fault: fault.is_caught for fault in result.faults.faults},
        }
        for setup in setups:
            remove_tree(setup.folder)
    return found


def _run_definitions(piece: Piece, runtime: ForkRuntime, scratch: Path) -> Result:
    """Definitions of `who` (solution or start), with the `files` of a variant: label of a scenario -> what is wrong.

    A variant, and the start, end with the first scenario in which something is, and without a run where their own words
    show it; the solution runs in all of them.
    """
    (task,), options = piece.tasks, piece.options
    project = scratch / "project"
    (lay_start if options["who"] == "start" else lay_solution)(task, project)
    for path, text in options["files"].items():
        (project / path).write_text(text, encoding="utf-8")
    is_whole = options["who"] == "solution" and not options["files"]
    scenarios = [item for item in scored_runs(piece.tasks) if is_whole or item[1].seed not in HOLDOUT_SEEDS[1:]]
    _lay_parse_of_solution(task, project, scenarios[0][1], runtime)
    found: Result = {}
    with ForkRuntime(WITH_DAGSTER) as with_dagster:
        if not is_whole:
            scenarios.sort(key=_soonest_told)
            scenario, dials = scenarios[0]
            (scratch / "words").mkdir()
            if lacking := failed_checks(task, project, dials, with_dagster, scratch / "words"):
                return {label_of(scenario.name, dials): lacking}
        for label, wrong in failures_of_definitions(
            task, project, scenarios, piece.golds, with_dagster, scratch / "runs"
        ):
            found[label] = dict(wrong)
            if wrong and not is_whole:
                break
    return found


def _soonest_told(scored: tuple[Scenario, Dials]) -> tuple[bool, bool, bool]:
    """Where wrong definitions show soonest: in what they do after a failure.

    The first run is that of many scenarios; on other data it tells nothing new.
    """
    runs = scored[0].runs
    return scored[0].seed == "holdout", len(runs) > 1, not any(run.incident for run in runs)


def _lay_parse_of_solution(task: Task, project: Path, dials: Dials, runtime: ForkRuntime, **options: bool) -> None:
    """Give a project what dbt's parse of the task's solution left, from which its own is quicker.

    Args:
        task: Whose solution.
        project: Another project of the task, in which nothing has run.
        dials: Of the run whose instant the parse has.
        runtime: Where it is done.
        options: `for_data_tests` of `lay_parse`.
    """
    with scratch_folder("solution") as folder:
        lay_solution(task, folder)
        lay_parse(project, runtime, clock_environment(task.world.pinned_now(dials)), of=folder, **options)


KINDS: dict[str, Callable[[Piece, ForkRuntime, Path], Result]] = {
    "gold": _find_gold,
    "again": _run_again,
    "model": _try_model,
    "streams": _try_streams,
    "derive": _derive,
    "workspace": _look_at_workspace,
    "idle": _be_idle,
    "tests": _test_data,
    "definitions": _run_definitions,
}
