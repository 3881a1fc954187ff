"""A task in which a model is broken by one of the proof's mutations, that no data test notices and people do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from authoring.built.project_run import run_project
from authoring.lineage.project_graph import LineageNode, read_project
from authoring.model_files.source_edits import write_back
from authoring.new_task.contract import contract_of
from authoring.new_task.symptom import Symptom, find_symptom
from authoring.new_task.task_files import (
    USUAL_RULES,
    NewTask,
    below,
    by_stage,
    find_models,
    new_task_folder,
    protected_paths,
    task_text,
    ticket_text,
)
from benchmark.errors import LockgateError, UnknownNameError
from benchmark.file_tree import world_files
from benchmark.files import scratch_folder
from benchmark.task import Task, TaskFile
from benchmark.workspace import lay_solution
from benchmark.world import World
from evaluators.pipeline.gold import Gold, get_gold
from evaluators.pipeline.loads import no_timer
from evaluators.proof.gold_database import GoldDatabase, watch_tables
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.scored_runs import HOLDOUT_SEEDS
from evaluators.proof.sql_trees import Mutant, Scope, make_mutants, parse
from evaluators.scenarios.base import days
from evaluators.scoring.table_verdicts import judge_tables
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime

_LOUD = ("predicate_negated", "filter_dropped", "join_condition_dropped", "fan_out", "cleaning_lost")
"""Mutations that mostly change every row, so that anybody sees at once where; tried last."""
_MAX_BUILDS = 4
"""Broken projects that are built until one has green data tests."""


@dataclass(frozen=True)
class _Case:
    """A model to break."""

    task: Task
    """What the task will be; its solution is the project."""
    node: LineageNode
    path: str
    """Of its file, within the project."""
    marts: tuple[str, ...]
    """Tables that people read, below it."""

    @property
    def source(self) -> str:
        """The model's file."""
        assert self.node.path is not None
        return self.node.path.read_text(encoding="utf-8")


def write_break_task(world: World, name: str, model: str, operator: str | None = None) -> NewTask:
    """Make a repair: a model is broken, and the ticket tells what people see.

    Args:
        world: The world.
        name: Of the task.
        model: Name of a dbt model with a mart below it.
        operator: One of the proof's mutations; None = the first that serves.

    Raises:
        LockgateError: No mutation changes a mart on every seed and passes the data tests, or a name is not right.
    """
    if operator is not None and operator not in MUTATIONS:
        raise UnknownNameError("operator", operator, list(MUTATIONS))
    case = _case(world, name, model)
    with ForkRuntime() as runtime, scratch_folder("new task") as scratch, ExitStack() as stack:
        seeds = (world.spec.visible_seed, HOLDOUT_SEEDS[0])
        golds = [_gold(case.task, seed, runtime) for seed in seeds]
        databases = [stack.enter_context(_database(case, gold, seed)) for gold, seed in zip(golds, seeds, strict=True)]
        mutants = _mutants(case, golds[0], databases[0], operator)
        for number, (mutant, text) in enumerate(_noticed(case, mutants, golds[0], databases)):
            if number == _MAX_BUILDS:
                break
            symptom = _built_symptom(case, text, golds[0], runtime, scratch / f"build-{number}")
            if symptom is not None:
                return _write(case, mutant, text, symptom)
    raise LockgateError(
        f"None of {len(mutants)} mutations of {model} changes a mart on two seeds, keeps every data test green, and "
        "can be written into its file. Choose a model upstream, or write start/ by hand."
    )


def _case(world: World, name: str, model: str) -> _Case:
    tree = world_files(world)
    graph = read_project(tree)
    nodes = find_models(world, graph, [model])
    if len(nodes) != 1:
        raise LockgateError("--break needs the name of one model.")
    [node] = nodes
    lower = below(graph, [node.full_name])
    marts = tuple(table for table in lower if table in world.tables and world.tables[table].stage == "marts")
    keyed = tuple(table for table in marts if world.tables[table].key)
    if not keyed:
        raise LockgateError(
            f"No mart with a key is made from {node.full_name}, so nobody would see that it is broken; the ticket "
            "never names the broken model. Choose a model upstream of a mart."
        )
    path = next(path for path, file in tree.items() if file == node.path)
    spec = TaskFile(
        id=name, kind="repair", title="?", difficulty="medium", scored=by_stage(world, [node.full_name, *lower])
    )  # fmt: skip
    return _Case(Task(spec=spec, world=world, folder=world.folder / "tasks" / name), node, path, keyed)


def _gold(task: Task, seed: int, runtime: ForkRuntime) -> Gold:
    dials = task.world.spec.dials(seed)
    return get_gold(task, dials, [days(1)], runtime, no_timer)[days(1)]


def _now(world: World, seed: int) -> str:
    return clock_environment(world.pinned_now(world.spec.dials(seed)))["PINNED_NOW"]


def _database(case: _Case, gold: Gold, seed: int) -> GoldDatabase:
    world = case.task.world
    marts = {table: world.tables[table] for table in case.marts}
    return GoldDatabase(gold, _now(world, seed), watch_tables({case.task.id: marts}), world.tables, 1)


def _mutants(case: _Case, gold: Gold, database: GoldDatabase, operator: str | None) -> tuple[Mutant, ...]:
    compiled = gold.relations[case.node.full_name]["compiled"]
    if not compiled:
        raise LockgateError(f"{case.node.full_name} is no SQL model; write start/ by hand.")
    types: dict[str, str] = {}
    for name in (*gold.relations[case.node.full_name]["parents"], case.node.full_name):
        types |= {column.lower(): kind for column, kind in database.columns(name).items()}
    operators = {operator: MUTATIONS[operator]} if operator else MUTATIONS
    tree = parse(compiled, database.pinned_now)
    mutants = make_mutants(case.node.full_name, tree, Scope(types), operators)
    return tuple(sorted(mutants, key=lambda mutant: mutant.operator in _LOUD))


def _noticed(
    case: _Case, mutants: Sequence[Mutant], gold: Gold, databases: Sequence[GoldDatabase]
) -> Iterator[tuple[Mutant, str]]:
    """Mutants that run, change a mart on every seed, and can be written into the file; with the file."""
    compiled, now = gold.relations[case.node.full_name]["compiled"], databases[0].pinned_now
    for mutant in mutants:
        text = write_back(case.source, compiled, now, mutant.sql)
        if text is None:
            continue
        task = case.task.id
        tried = [database.try_sql(case.node.full_name, mutant.sql, [task])[task] for database in databases]
        if all(item.verdict == "rejected" and not item.reason.startswith("does not run") for item in tried):
            yield mutant, text


def _built_symptom(case: _Case, text: str, gold: Gold, runtime: ForkRuntime, scratch: Path) -> Symptom | None:
    """What people see when the broken project is built; None where a data test notices, or no mart differs."""
    project = scratch / "project"
    lay_solution(case.task, project)
    (project / case.path).write_text(text, encoding="utf-8")
    world = case.task.world
    dials = world.spec.dials()
    run = run_project(project, world, dials, case.marts, runtime, scratch / "run")
    marts = {table: world.tables[table] for table in case.marts}
    if not run.failures:
        verdicts = judge_tables(gold.folder, run.folder, marts, run.unreadable)
        for table, verdict in verdicts.items():
            if not verdict.is_match and (run.folder / f"{table}.parquet").is_file():
                files = (gold.folder / f"{table}.parquet", run.folder / f"{table}.parquet")
                return find_symptom(table, world.tables[table], *files)
    shutil.rmtree(scratch, ignore_errors=True)
    return None


def _write(case: _Case, mutant: Mutant, text: str, symptom: Symptom) -> NewTask:
    task, world = case.task, case.task.world
    short = symptom.table.partition(".")[2]
    title = f"Figures in {short} do not agree"
    tree = world_files(world)
    with new_task_folder(world, task.id) as folder:
        yaml_text = task_text(
            task.folder,
            kind="repair",
            title=title,
            protected=protected_paths(tree),
            removed=(),
            scored={str(stage): names for stage, names in task.spec.scored.items()},
        )
        (folder / "task.yaml").write_text(yaml_text, encoding="utf-8")
        as_of = world.day_of_run(world.spec.dials())
        ticket = ticket_text(
            title,
            [
                f"People who read `{symptom.table}` compared it with what they know for certain, and the two differ. "
                f"Some examples, as of {as_of}:",
                symptom.examples,
                f"{symptom.sentence} Please find out why, and change it where it arises, so that every table is right.",
            ],
            (),
            [
                f"`{symptom.table}` holds what its description says. Grain and columns do not change; the YAML files "
                "beside the models describe them, and `docs/sources.md` says what the sources do.",
                "Whatever else is made from the same rows is right, too.",
                *USUAL_RULES,
            ],
        )
        (folder / "instruction.md").write_text(ticket, encoding="utf-8")
        (folder / "start" / case.path).parent.mkdir(parents=True)
        (folder / "start" / case.path).write_text(text, encoding="utf-8")
    notes = (
        f"broken: {case.path} by {mutant.operator}:\n{mutant.diff}",
        f"seen in {symptom.table}: {symptom.sentence} Every data test of the start is green.",
    )
    graph = read_project(tree)
    contracts = [contract_of(name, spec, graph, tree) for name, spec in task.scored_tables.items()]
    undescribed = [
        f"{contract.table}: nobody describes {', '.join(contract.undescribed)}; do so in its YAML, or in the ticket."
        for contract in contracts
        if contract.table in graph.tables and contract.undescribed
    ]
    return NewTask(
        task.folder,
        (
            *undescribed,
            "instruction.md: who found it, and how: a ticket of your own words.",
            "hints/1.md to 3.md, if you want them.",
        ),
        notes,
    )
