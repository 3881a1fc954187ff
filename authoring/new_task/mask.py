"""A task of models that are taken away: the ticket is their contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from authoring.lineage.dbt_files import parse_code
from authoring.lineage.project_graph import read_project
from authoring.new_task.contract import Contract, contract_of
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
from benchmark.errors import LockgateError
from benchmark.file_tree import FileTree, world_files
from benchmark.task import TaskKind
from benchmark.world import World


def write_mask_task(world: World, name: str, models: Sequence[str], kind: TaskKind = "impl") -> NewTask:
    """Make a task in which models, and all that is made from them, are to be written.

    Args:
        world: The world.
        name: Of the task.
        models: Names of dbt models.
        kind: Of the task.

    Raises:
        LockgateError: A model is not there or not in tables.yaml, or the name is taken.
    """
    tree = world_files(world)
    graph = read_project(tree)
    chosen = find_models(world, graph, models)
    if not chosen:
        raise LockgateError("--mask needs the name of a model.")
    lower = below(graph, [node.full_name for node in chosen])
    nodes = [*chosen, *(graph.tables[other] for other in lower)]
    files = {node.path for node in nodes if node.path is not None}
    removed = [path for path, file in tree.items() if file in files]
    removed += files_that_read(tree, {file.stem for file in files} | {node.name for node in nodes}, removed)
    scored = by_stage(world, [node.full_name for node in nodes])
    contracts = [contract_of(table, world.tables[table], graph, tree) for tables in scored.values() for table in tables]
    title = f"Build {_listed([contract.table.partition('.')[2] for contract in contracts])}"
    with new_task_folder(world, name) as folder:
        place = world.folder / "tasks" / name
        text = task_text(place, kind=kind, title=title, protected=protected_paths(tree), removed=removed, scored=scored)
        (folder / "task.yaml").write_text(text, encoding="utf-8")
        ticket = ticket_text(
            title,
            [
                "The tables below are missing from our warehouse. Please build them as models of the dbt project, in "
                "the way of the models that are there. What the sources do is described in `docs/sources.md`."
            ],
            contracts,
            ["The tables lie in the schemas that are named above, with these columns.", *USUAL_RULES],
        )
        (folder / "instruction.md").write_text(ticket, encoding="utf-8")
    return NewTask(place, tuple(_to_decide(contracts, tree, files)), tuple(_notes(lower, removed)))


def files_that_read(tree: FileTree, names: set[str], removed: Sequence[str]) -> list[str]:
    """Singular tests and snapshots that read models which are taken away.

    Args:
        tree: Of the project.
        names: What `ref()` calls the models.
        removed: What is taken away already.
    """
    found = []
    for path, file in tree.items():
        is_code = path.startswith("dbt/") and file.suffix in (".sql", ".py") and "/macros/" not in path
        if is_code and path not in removed and parse_code(file.read_text(encoding="utf-8")).references & names:
            found.append(path)
    return found


def _to_decide(contracts: Sequence[Contract], tree: FileTree, files: set[Path]) -> list[str]:
    found = [
        f"instruction.md: {contract.table}: nobody describes {', '.join(contract.undescribed)}."
        for contract in contracts
        if contract.undescribed
    ]
    stems = {file.stem for file in files}
    for path, file in tree.items():
        if path.startswith("dbt/") and file.suffix in (".yml", ".yaml"):
            text = file.read_text(encoding="utf-8")
            for name in sorted(parse_code(text).references & stems):
                found.append(f"{path}: ref('{name}') names a model that is taken away; lay the file over without it.")
    found.append("instruction.md: why it is wanted, formulas, ties, rounding, NULL or 0: read it as a stranger does.")
    if len(contracts) < 3:
        found.append("task.yaml: fewer than three tables are scored.")
    return found


def _notes(lower: Sequence[str], removed: Sequence[str]) -> list[str]:
    notes = [f"taken away: {', '.join(removed)}"]
    if lower:
        notes.append(f"because they are made from these models: {', '.join(lower)}")
    return notes


def _listed(names: Sequence[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more tables"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
