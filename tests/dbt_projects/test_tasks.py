"""Every task of every world: complete, consistent, and with a solution. Nothing is built here."""

import re
import subprocess
from pathlib import Path

import pytest

from agents.base import AgentContext
from agents.oracle import OracleAgent
from agents.saboteur import N_SABOTAGES, SaboteurAgent
from authoring.check.check import check
from benchmark.errors import LockgateError
from benchmark.files import project_files
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task, list_tasks
from benchmark.task import CANARY, Task
from benchmark.workspace import apply_submission, collect_submission, lay_solution, lay_start, prepare_workspace

TASKS = list_tasks()
EVERY_TASK = pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])
ONE_OF_A_KIND = {task.spec.kind: task.id for task in sorted(TASKS, key=lambda task: task.id[::-1])}
"""Kind -> one of its tasks; by the ends of the names, so that they are of all worlds."""
A_TASK_OF_EACH_KIND = pytest.mark.parametrize(
    "task",
    [
        pytest.param(task, id=task.id, marks=[] if task.id in ONE_OF_A_KIND.values() else [pytest.mark.slow])
        for task in TASKS
    ],
)
"""All of them in the slow suite, as in `lockgate prove`; else one of each kind."""
CORE = ("visible", "holdout", "rerun", "day2")
GIVEAWAYS = re.compile(
    r"\b(benchmark|lockgate|scored?|graded?|gold|oracle|saboteur|planted|holdout|day2)\b", re.IGNORECASE
)


def test_the_check_finds_nothing() -> None:
    """Specs, tickets, starts, solutions, faults, proofs: their rules are those of `lockgate check`."""
    report = check()
    assert [f"{found.place}: {found.code} {found.message}" for found in report.findings] == []
    assert report.n_tasks == len(TASKS)


@EVERY_TASK
def test_the_demo_is_quick(task: Task) -> None:
    assert "demo" not in task.spec.tags or task.spec.scenarios == CORE


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: (folder / path).read_bytes() for path in project_files(folder)}


@A_TASK_OF_EACH_KIND
def test_the_solution_is_a_submission_like_any_other(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "workspace")
    assert not (tmp_path / "workspace/expectations").exists()
    OracleAgent().solve(AgentContext(task, tmp_path / "workspace", {}, 0))
    submission = collect_submission(task, tmp_path / "workspace", tmp_path / "collect")
    assert submission.files_changed
    assert apply_submission(task, submission.patch, tmp_path / "submitted").protected == (), "changes protected files"
    lay_solution(task, tmp_path / "solution")
    for name in ("TICKET.md", ".gitignore"):
        (tmp_path / "submitted" / name).unlink()
    assert contents(tmp_path / "submitted") == contents(tmp_path / "solution")


@A_TASK_OF_EACH_KIND
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
            assert {path.parts[0] for path in solved.keys() - made.keys()} <= {"el"}, (
                "connections without a stream left"
            )
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


def test_the_first_task_of_the_guide_can_be_made_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (REPOSITORY_DIR / "docs/authoring.md").read_text(), re.M | re.S)
    commands = [block for block in blocks if "lockgate run" not in block and "lockgate prove" not in block]
    (tmp_path / "dbt_projects").symlink_to(REPOSITORY_DIR / "dbt_projects")
    subprocess.run(["bash", "-euc", "\n".join(commands)], cwd=tmp_path, check=True)
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "build/worlds"))
    task = get_task("flights_dull_wind")
    assert {found.id for found in list_tasks()} == {"flights_dull_wind"}  # the copy is made without the world's own
    assert len(project_files(task.start_dir)) == 1
    assert check(["flights_dull_wind"]).findings == ()
