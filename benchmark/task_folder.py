"""Reading the folder of a task, with everything in it that does not hold together."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmark.errors import Problem, SpecError
from benchmark.seeded_faults import FaultsFile, read_faults
from benchmark.spelling import nearest
from benchmark.tables import TableName, TableSpec
from benchmark.task import HINT_LEVELS, Task, TaskFile
from benchmark.world import World
from benchmark.yaml_files import line_of_key, read_spec, read_text

WORKSPACE_FOLDERS = ("dagster_project", "dbt", "docs", "el")
"""Folders of every workspace; a world's project may have more."""


def read_task(folder: Path, world: World) -> Task:
    """Read a task's folder.

    Raises:
        SpecError: The file is missing or not valid, or it scores a table that nobody describes.
    """
    path = folder / "task.yaml"
    spec = read_spec(path, TaskFile)
    faults = read_faults(folder)
    problems = task_problems(spec, world, folder, faults, read_text(path))
    if problems:
        raise SpecError(path, problems)
    return Task(spec=spec, world=world, folder=folder, faults=faults)


def task_problems(spec: TaskFile, world: World, folder: Path, faults: FaultsFile | None, text: str) -> list[Problem]:
    """Return what does not hold together in a `task.yaml` that is valid by itself.

    Args:
        spec: Its content.
        world: The world it belongs to.
        folder: Where it lies.
        faults: The content of `faults.yaml`; None where the task has none.
        text: That of `task.yaml`, in which the lines are looked up.
    """
    problems = [
        *_id_problems(spec, folder),
        *_table_problems(spec, world),
        *_list_problems(spec),
        *_text_problems(folder),
        *_layer_problems(spec, world, folder),
        *_fault_problems(spec, faults),
        *_orchestration_problems(spec),
        *_work_problems(spec),
        *_hint_problems(folder),
        *_alternative_problems(spec, folder),
        *_planted_problems(spec, folder),
    ]
    return [_with_line(problem, text) for problem in problems]


def _with_line(problem: Problem, text: str) -> Problem:
    line = line_of_key(text, problem.key) if problem.key else None
    return Problem(problem.message, problem.code, problem.key, line)


def _at(key: str, code: str, message: str) -> Problem:
    return Problem(f"key '{key}': {message}", code, key)


def _id_problems(spec: TaskFile, folder: Path) -> list[Problem]:
    if spec.id == folder.name:
        return []
    return [_at("id", "LG201", f"'{spec.id}' must be the folder's name '{folder.name}'")]


def _table_problems(spec: TaskFile, world: World) -> list[Problem]:
    """Scored tables that nobody describes, or that belong to another stage."""
    every: Mapping[TableName, TableSpec] = world.tables | spec.tables
    problems = []
    for stage, names in spec.scored.items():
        key = f"scored.{stage}"
        if not names:
            problems.append(_at(key, "LG202", "lists no table; remove the stage"))
        for index, name in enumerate(names):
            if name not in every:
                near = nearest(name, every)
                question = f"; did you mean '{near}'?" if near else ""
                message = f"table '{name}' is neither in {world.id}/tables.yaml nor in 'tables'{question}"
                problems.append(Problem(f"key '{key}': {message}", "LG203", f"{key}.{index}"))
            elif every[name].stage != stage:
                message = f"key '{key}': table '{name}' belongs to stage '{every[name].stage}'"
                problems.append(Problem(message, "LG204", f"{key}.{index}"))
    return problems


def _list_problems(spec: TaskFile) -> list[Problem]:
    """Lists that are empty or name something twice, and weights that weigh nothing."""
    scored = [name for names in spec.scored.values() for name in names]
    problems = [_at("scored", "LG205", f"table '{name}' is listed twice") for name in _repeated(scored)]
    problems += [_at("scenarios", "LG206", f"'{name}' is listed twice") for name in _repeated(spec.scenarios)]
    if not spec.scenarios:
        problems.append(_at("scenarios", "LG207", "lists none; 'visible' at least"))
    problems += [
        _at(f"stage_weights.{stage}", "LG208", "the task scores no table of this stage")
        for stage in spec.stage_weights
        if stage not in spec.scored
    ]
    if not any(spec.stage_weights.get(stage, 1.0) for stage in spec.scored):
        problems.append(_at("stage_weights", "LG209", "every scored stage weighs 0; give one of them a weight"))
    return problems


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, n in Counter(names).items() if n > 1]


def _text_problems(folder: Path) -> list[Problem]:
    """The ticket and its hints, where they cannot be read."""
    names = [f"hints/{level}.md" for level in HINT_LEVELS] if (folder / "hints").is_dir() else []
    hints = [name for name in names if (folder / name).exists()]
    problems = []
    for name in ("instruction.md", *hints):
        try:
            (folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            problems.append(Problem(f"file {name} is missing beside it", "LG001"))
        except UnicodeDecodeError as error:
            problems.append(Problem(f"file {name} is not UTF-8 (byte {error.start}); save it as UTF-8", "LG303"))
        except OSError as error:
            problems.append(Problem(f"file {name} cannot be read: {error}", "LG001"))
    return problems


def _layer_problems(spec: TaskFile, world: World, folder: Path) -> list[Problem]:
    """Folders that would lie where no pipeline looks for them."""
    layers = ("start", "solution", *(f"alternatives/{alternative.name}" for alternative in spec.alternatives))
    found = [(layer, name) for layer in layers for name in _folders(folder / layer) if name not in WORKSPACE_FOLDERS]
    if not found:
        return []
    top = {*WORKSPACE_FOLDERS, *(path.name for path in world.project_dir.glob("*"))}
    return [
        Problem(f"{layer}/{name}/ has no place in the workspace, whose folders are {', '.join(sorted(top))}", "LG304")
        for layer, name in found
        if name not in top
    ]


def _folders(folder: Path) -> list[str]:
    """Names of the folders in one, sorted; none where it is not there."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir())


def _fault_problems(spec: TaskFile, faults: FaultsFile | None) -> list[Problem]:
    if faults is None:
        message = "a data_tests task needs the file faults.yaml beside it"
        return [_at("kind", "LG501", message)] if spec.kind == "data_tests" else []
    if spec.kind != "data_tests":
        message = f"faults.yaml is for data_tests tasks, not for '{spec.kind}'; remove the file"
        return [_at("kind", "LG501", message)]
    scored = {name for names in spec.scored.values() for name in names}
    problems = [
        Problem(f"faults.yaml, fault '{fault.name}': table '{fault.table}' is not among the task's ('scored')", "LG502")
        for fault in faults.faults
        if fault.table not in scored
    ]
    if not set(spec.scenarios) <= {"visible", "holdout"}:
        problems.append(_at("scenarios", "LG503", "a data_tests task has 'visible' and 'holdout' only"))
    return problems


def _orchestration_problems(spec: TaskFile) -> list[Problem]:
    orchestration = spec.orchestration
    if orchestration is None:
        message = "an orchestrate task needs the key 'orchestration': the jobs that are started"
        return [_at("kind", "LG511", message)] if spec.kind == "orchestrate" else []
    if spec.kind != "orchestrate":
        message = f"is for orchestrate tasks, not for '{spec.kind}'; remove it"
        return [_at("orchestration", "LG511", message)]
    names = [job.name for job in orchestration.jobs]
    problems = [_at("orchestration.jobs", "LG512", f"job '{name}' is listed twice") for name in _repeated(names)]
    wanted = {*orchestration.checks, *(name for above in orchestration.assets.values() for name in above)}
    problems += [
        _at("orchestration.assets", "LG512", f"asset '{name}' is named and not among them")
        for name in sorted(wanted - orchestration.assets.keys())
    ]
    if spec.alternatives:
        message = "an orchestrate task has none: its tables are those that the given pipeline builds"
        problems.append(_at("alternatives", "LG512", message))
    return problems


def _alternative_problems(spec: TaskFile, folder: Path) -> list[Problem]:
    scored = {name for names in spec.scored.values() for name in names}
    problems = []
    for index, alternative in enumerate(spec.alternatives):
        key = f"alternatives.{index}"
        if not (folder / "alternatives" / alternative.name).is_dir():
            problems.append(_at(f"{key}.name", "LG211", f"there is no folder alternatives/{alternative.name}/"))
        problems += [
            _at(f"{key}.tables", "LG212", f"'{name}' is not among the task's ('scored')")
            for name in alternative.tables
            if name not in scored
        ]
    return problems


def _planted_problems(spec: TaskFile, folder: Path) -> list[Problem]:
    scored = {name for names in spec.scored.values() for name in names}
    problems = []
    for index, planted in enumerate(spec.planted):
        key = f"planted.{index}"
        if planted.variant and not (folder / "planted" / planted.variant).is_dir():
            problems.append(_at(f"{key}.variant", "LG234", f"there is no folder planted/{planted.variant}/"))
        problems += [
            _at(f"{key}.tables", "LG234", f"'{name}' is not among the task's ('scored')")
            for name in planted.tables
            if name not in scored
        ]
    return problems


def _work_problems(spec: TaskFile) -> list[Problem]:
    if spec.work is None:
        message = "an optimize task needs the key 'work': the tables that are measured, and the limit"
        return [_at("kind", "LG513", message)] if spec.kind == "optimize" else []
    if spec.kind != "optimize":
        return [_at("work", "LG513", f"is for optimize tasks, not for '{spec.kind}'; remove it")]
    scored = {name for names in spec.scored.values() for name in names}
    problems = [
        _at("work.tables", "LG514", f"table '{name}' is not scored")
        for name in dict.fromkeys(spec.work.tables)
        if name not in scored
    ]
    problems += [_at("work.tables", "LG514", f"table '{name}' is listed twice") for name in _repeated(spec.work.tables)]
    if not {"visible", "holdout"} & set(spec.scenarios):
        problems.append(_at("scenarios", "LG514", "work is measured in a first run: list 'visible' or 'holdout'"))
    return problems


def _hint_problems(folder: Path) -> list[Problem]:
    allowed = {f"{level}.md" for level in HINT_LEVELS}
    found = {path.name for path in (folder / "hints").iterdir()} if (folder / "hints").is_dir() else set()
    sentences = [
        f"hints/{name} is not a hint; they are called {', '.join(sorted(allowed))}" for name in sorted(found - allowed)
    ]
    sentences += [
        f"hints/{level}.md is there, hints/{level - 1}.md is not: each level builds on the one below"
        for level in HINT_LEVELS[1:]
        if f"{level}.md" in found and f"{level - 1}.md" not in found
    ]
    return [Problem(sentence, "LG405") for sentence in sorted(sentences)]
