"""Every task of every world: complete, consistent, and with a solution. Nothing is built here."""

import re
import subprocess
from difflib import unified_diff
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from agents.base import AgentContext
from agents.oracle import OracleAgent
from agents.saboteur import N_SABOTAGES, SaboteurAgent
from benchmark.connection import read_connection
from benchmark.errors import LockgateError
from benchmark.files import project_files
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task, list_tasks
from benchmark.task import CANARY, Task
from benchmark.workspace import apply_submission, collect_submission, lay_solution, lay_start, prepare_workspace
from evaluators.scenarios import applicable_scenarios

TASKS = list_tasks()
EVERY_TASK = pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])
CORE = ("visible", "holdout", "rerun", "day2")
GIVEAWAYS = re.compile(
    r"\b(benchmark|lockgate|scored?|graded?|gold|oracle|saboteur|planted|holdout|day2)\b", re.IGNORECASE
)
VARIABLE = re.compile(r"\$\{(\w+)\}")


def models_of(task: Task) -> list[str]:
    return [name for name, spec in task.scored_tables.items() if spec.stage != "raw"]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: (folder / path).read_bytes() for path in project_files(folder)}


@EVERY_TASK
def test_a_task_is_described_in_full(task: Task) -> None:
    assert (task.folder / "task.yaml").read_text().splitlines()[0] == f"# {CANARY}"
    if task.spec.kind == "data_tests":
        assert task.spec.scenarios == ("visible", "holdout")
    else:
        assert set(CORE) <= set(task.spec.scenarios) <= {scenario.name for scenario in applicable_scenarios(task)}
        assert len(models_of(task)) > N_SABOTAGES, "the saboteur must leave one right"
    if "demo" in task.spec.tags:
        assert task.spec.scenarios == CORE, "the demo takes too long"
    for name, spec in task.scored_tables.items():
        assert spec.key, f"{name} has no grain"
    listed = {name for names in task.spec.scored.values() for name in names}
    assert task.spec.tables.keys() <= listed, "describes a table that it does not score"
    for name, spec in task.spec.tables.items():
        assert spec != task.world.tables.get(name), f"{name} is described as the world has it"


@EVERY_TASK
def test_an_instruction_is_a_ticket(task: Task) -> None:
    text = task.instruction
    assert text.startswith("# ")
    assert not GIVEAWAYS.findall(text), "tells that this is an examination"
    n_lines = len(text.splitlines())
    assert 15 <= n_lines <= (250 if task.spec.difficulty == "hard" else 120)
    assert max(map(len, (line for line in text.splitlines() if not line.startswith("|")))) <= 130


@EVERY_TASK
def test_an_instruction_names_every_table_and_column_that_is_to_be_made(task: Task) -> None:
    """Where tables are new or change; the others are described by the project's own YAML files."""
    told = set(re.findall(r"\w+", task.instruction))
    for name, spec in task.scored_tables.items():
        if task.spec.kind == "impl" or name in task.spec.tables:
            assert name.partition(".")[2] in told
            assert set(spec.columns) <= told, f"{name}: {set(spec.columns) - told}"
        if spec.stage == "raw":
            assert name in task.instruction
            sources = (task.world.project_dir / "docs/sources.md").read_text()
            assert {column for column in spec.columns if column not in sources} == set()


@EVERY_TASK
def test_what_agents_read_gives_nothing_away(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "workspace")
    for path in project_files(tmp_path / "workspace"):
        text = (tmp_path / "workspace" / path).read_text()
        assert CANARY not in text, path
        assert not re.search(r"\b(PLANTED|benchmark|lockgate)\b", text, re.IGNORECASE), path
    assert not (tmp_path / "workspace/expectations").exists()


@EVERY_TASK
def test_files_of_a_task_do_something(task: Task, tmp_path: Path) -> None:
    project = {path.as_posix(): path for path in project_files(task.world.project_dir)}
    for pattern in task.spec.start.remove:
        matched = [name for name in project if fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}/*")]
        assert matched, f"start.remove: {pattern} matches nothing"
    lay_start(task, tmp_path / "start")
    for path in project_files(task.start_dir):
        known = task.world.project_dir / path
        assert not known.is_file() or known.read_bytes() != (task.start_dir / path).read_bytes(), f"start/{path}"
    for path in project_files(task.solution_dir):
        known = tmp_path / "start" / path
        assert not known.is_file() or known.read_bytes() != (task.solution_dir / path).read_bytes(), f"solution/{path}"
    for pattern in task.spec.protected:
        start = project_files(tmp_path / "start")
        assert any(fnmatchcase(path.as_posix(), pattern) for path in start), f"protected: {pattern} matches nothing"


@EVERY_TASK
def test_overlaid_files_keep_up_with_the_project(task: Task) -> None:
    """A file of `start/` or `solution/` is the project's file but for a few lines; a larger distance is neglect."""
    for folder in (task.start_dir, task.solution_dir):
        for path in project_files(folder):
            known = task.world.project_dir / path
            if not known.is_file():
                continue
            old, new = known.read_text().splitlines(), (folder / path).read_text().splitlines()
            if "unit_tests:" in old and "unit_tests:" not in new:  # they would give the fault away
                old = old[: old.index("unit_tests:")]
            lost = [line[1:] for line in unified_diff(old, new, n=0) if line.startswith("-") and line[:3] != "---"]
            limit = 20 if task.spec.kind == "data_tests" else 10  # the data tests of a whole file are gone there
            assert sum(bool(line.strip()) for line in lost) <= limit, f"{path}: {lost}"


@EVERY_TASK
def test_the_solution_is_a_submission_like_any_other(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "workspace")
    OracleAgent().solve(AgentContext(task, tmp_path / "workspace", {}, 0))
    submission = collect_submission(task, tmp_path / "workspace", tmp_path / "collect")
    assert submission.files_changed
    assert apply_submission(task, submission.patch, tmp_path / "submitted").protected == (), "changes protected files"
    lay_solution(task, tmp_path / "solution")
    for name in ("TICKET.md", ".gitignore"):
        (tmp_path / "submitted" / name).unlink()
    assert contents(tmp_path / "submitted") == contents(tmp_path / "solution")


@EVERY_TASK
def test_the_saboteur_breaks_something_and_leaves_something(task: Task, tmp_path: Path) -> None:
    lay_solution(task, tmp_path / "solution")
    solved = contents(tmp_path / "solution")
    for seed in range(3):
        workspace = tmp_path / str(seed)
        lay_start(task, workspace)
        result = SaboteurAgent().solve(AgentContext(task, workspace, {}, seed))
        made = contents(workspace)
        broken = [path for path, content in solved.items() if made.get(path) != content]
        assert result.message
        if task.spec.kind == "data_tests":
            tests = [path for path in solved if path.name.startswith("assert_")]
            assert 0 < len(solved) - len(made) < len(tests)
        else:
            assert made.keys() == solved.keys()
        if task.spec.kind != "data_tests":
            assert 1 <= len(broken) <= N_SABOTAGES < len(task.scored_tables)
        assert not [path for path in broken if task.is_protected(path.as_posix())]


@EVERY_TASK
def test_hints_are_added_to_the_ticket_level_by_level(task: Task) -> None:
    for level in range(1, task.max_hint_level + 1):
        text = task.with_hints(level).instruction
        assert text.startswith(task.with_hints(level - 1).instruction)
        assert len(text) > len(task.with_hints(level - 1).instruction)
        assert not GIVEAWAYS.findall(text)
        assert CANARY not in text
    with pytest.raises(LockgateError, match="has no hints of level 9"):
        task.with_hints(9)


def test_faults_stay_where_no_agent_sees_them(tmp_path: Path) -> None:
    for task in (task for task in TASKS if task.spec.kind == "data_tests"):
        prepare_workspace(task, tmp_path / task.id)
        text = "".join((tmp_path / task.id / path).read_text() for path in project_files(tmp_path / task.id))
        assert task.faults is not None
        assert not [fault.name for fault in task.faults.faults if fault.name in text]


@EVERY_TASK
def test_connections_of_start_and_solution_are_valid(task: Task, tmp_path: Path) -> None:
    files = task.world.project_dir.glob("el/*.yaml")
    environment = {name: "1" for path in files for name in VARIABLE.findall(path.read_text())}
    lay_start(task, tmp_path / "start")
    lay_solution(task, tmp_path / "solution")
    read = {
        side: {read_connection(path, environment).connection for path in (tmp_path / side / "el").glob("*.y*ml")}
        for side in ("start", "solution")
    }
    assert read["start"]
    assert read["solution"] == set(task.world.spec.systems)


def test_a_load_task_has_connections_to_write_or_to_mend(tmp_path: Path) -> None:
    """Each connection file that the start lacks or overlays loads a scored table, and there is at least one."""
    for task in (task for task in TASKS if task.spec.kind == "load"):
        scored = {name.partition(".")[0].removeprefix("raw_") for name in task.spec.scored["raw"]}
        laid = []
        for name, lay in (("start", lay_start), ("solution", lay_solution)):
            lay(task, tmp_path / task.id / name)
            files = (tmp_path / task.id / name / "el").glob("*.yaml")
            laid.append({path.stem: yaml.safe_load(path.read_text()) for path in files})
        start, solution = laid
        to_do = {name for name, connection in solution.items() if start.get(name) != connection}
        assert to_do, task.id
        assert to_do <= scored, task.id


def test_the_first_task_of_the_guide_can_be_made_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (REPOSITORY_DIR / "docs/authoring.md").read_text(), re.M | re.S)
    commands = [block for block in blocks if "lockgate run" not in block and "lockgate prove" not in block]
    (tmp_path / "dbt_projects").symlink_to(REPOSITORY_DIR / "dbt_projects")
    subprocess.run(["bash", "-euc", "\n".join(commands)], cwd=tmp_path, check=True)
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "build/worlds"))
    task = get_task("flights_dull_wind")
    own = {path.parent.name for path in (REPOSITORY_DIR / "dbt_projects/flights/tasks").glob("*/task.yaml")}
    assert {found.id for found in list_tasks()} == {*own, "flights_dull_wind"}
    assert len(project_files(task.start_dir)) == 1
    test_a_task_is_described_in_full(task)
    test_an_instruction_is_a_ticket(task)
    test_files_of_a_task_do_something(task, tmp_path / "files")
