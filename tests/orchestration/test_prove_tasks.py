"""Whole proofs: real loads, real dbt, worker processes, on the kiosk's task with a mistake of every kind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from benchmark.errors import OurFaultError
from benchmark.paths import cache_dir
from benchmark.registry import list_tasks
from benchmark.task import Task
from evaluators.proof.result import TaskProof
from evaluators.proof.workers import Answer
from orchestration.prove import prove_tasks
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.world import FILES, write_kiosk

SALES = "sale_id,item,price\n" + "".join(f"{1000 + i},{'tea' if i % 2 else 'cake'},{100 + 7 * i}\n" for i in range(6))
ORACLE = """
import pandas as pd
items = lambda day: day.deliveries[0].table.to_pandas()
takings = lambda day: pd.DataFrame({"item": ["tea", "cake"], "total": [1, 2], "last": ["3", "4"]})
DERIVATIONS = {"raw_kiosk.items": items, "marts.takings": takings}
"""
WRONG = {
    "tables.yaml": FILES["tables.yaml"].replace("total]", "total, last]"),
    "project/dbt/models/takings.sql": FILES["project/dbt/models/takings.sql"].replace(
        "as total", "as total, last(sale_id) as last"
    ),
    "project/docs/sales.md": SALES,
    "oracle.py": ORACLE,
    "tasks/kiosk_sales/proof.yaml": "equivalent:\n"
    "  - {id: 0000000a, operator: join_kind, part: marts.takings, reason: the model joins nothing}\n",
}
"""`last` is described nowhere and follows the order of rows, rows of gold stand in a page, the list is out of date."""


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Task]:
    """The task with its mistakes; what is proven of it is kept for all tests here."""
    folder = tmp_path_factory.mktemp("kiosk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_PROJECTS", str(folder / "projects"))
        patch.setenv("LOCKGATE_HOME", str(folder / "home"))
        yield write_kiosk(folder / "projects", WRONG)


@pytest.fixture(autouse=True)
def _where_it_is_kept(kiosk: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    projects = kiosk.world.folder.parent
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(projects))
    monkeypatch.setenv("LOCKGATE_HOME", str(projects.with_name("home")))


@pytest.fixture(scope="module")
def proven(kiosk: Task, servers: ForkRuntime) -> TaskProof:
    servers.warm("pipeline")
    with servers.shared():
        (proof,) = prove_tasks([kiosk], 2)
    return proof


def prove(*tasks: Task, is_fresh: bool = False) -> tuple[list[TaskProof], list[str]]:
    """Proofs, and the kinds of the pieces that were done for them, sorted."""
    answers: list[Answer] = []
    proofs = prove_tasks(tasks, 2, on_answer=answers.append, is_fresh=is_fresh)
    return proofs, sorted(answer.piece.kind for answer in answers)


def test_every_mistake_is_a_problem_and_nothing_else_is(proven: TaskProof) -> None:
    begins = [
        "marts.takings.last is scored and described nowhere in the workspace",
        "leak: docs/sales.md holds rows of gold's raw_kiosk.sales",
        "visible: marts.takings follows the order of the rows that it reads",
        "visible: oracle.py derives another marts.takings",
        "only ",
        "proof.yaml lists mutant 0000000a of marts.takings, which is not made any more: remove it",
    ]
    assert len(proven.problems) == len(begins), proven.problems
    for problem, begin in zip(proven.problems, begins, strict=True):
        assert problem.startswith(begin)


def test_a_proof_counts_what_it_looked_at(proven: TaskProof) -> None:
    proof = proven
    assert (proof.task, proof.kind) == ("kiosk_sales", "impl")
    assert (proof.n_columns, proof.n_columns_described, proof.n_leaks) == (8, 7, 1)
    assert (proof.is_deterministic, proof.is_proven) == (False, False)
    assert proof.second_derivations == ("raw_kiosk.items",)


def test_mutants_and_equivalents_of_connections_come_before_those_of_models(proven: TaskProof) -> None:
    for found in (proven.mutants, proven.equivalents):
        parts = [item.part for item in found]
        assert list(dict.fromkeys(parts)) == ["kiosk.sales", "marts.takings"]
        assert parts == sorted(parts)


ALL = ["again", "derive", "gold", "idle", "model", "streams", "workspace"]


def test_an_unchanged_task_costs_nothing(kiosk: Task, proven: TaskProof) -> None:
    assert prove(kiosk) == ([proven], [])


@pytest.mark.slow
def test_what_could_not_be_tried_is_tried_again(kiosk: Task, proven: TaskProof) -> None:
    """Whether it was the task's fault or that of the machine, nobody knows."""
    model = kiosk.world.folder / "project" / "dbt" / "models" / "takings.sql"
    before = model.read_text()
    try:
        model.write_text("select nope from nowhere")
        told = [prove(kiosk) for _ in range(2)]
    finally:
        model.write_text(before)
    for (proof,), kinds in told:
        assert proof.problems[0].startswith("the solution fails at build on day 1: ")
        assert kinds == ["gold"]
    assert prove(kiosk) == ([proven], [])


@pytest.mark.slow
def test_fresh_does_everything_again(kiosk: Task, proven: TaskProof) -> None:
    assert prove(kiosk, is_fresh=True) == ([proven], ALL)


def changed(task: Task, name: str, text: str) -> Task:
    """The task, read again after a change of one of its files."""
    (task.folder / name).write_text(text)
    (found,) = [other for other in list_tasks() if other.id == task.id]
    return found


@pytest.mark.slow
def test_a_change_costs_what_depends_on_it(kiosk: Task, proven: TaskProof) -> None:
    ticket = kiosk.folder / "instruction.md"
    before = ticket.read_text()
    try:
        task = changed(kiosk, "instruction.md", before + "\n`marts.takings`: `last` is the last sale.\n")
        (proof,), kinds = prove(task)
        assert kinds == ["gold", "workspace"]
        assert proof.n_columns_described == proven.n_columns_described + 1
        assert proof.mutants == proven.mutants
    finally:
        ticket.write_text(before)


@pytest.mark.slow
def test_what_is_listed_as_equivalent_needs_no_trial(kiosk: Task, proven: TaskProof, servers: ForkRuntime) -> None:
    listed = kiosk.folder / "proof.yaml"
    before = listed.read_text()
    survivor = next(mutant for mutant in proven.mutants if mutant.outcome == "survived")
    entry = (
        f"  - {{id: {survivor.id}, operator: {survivor.operator}, part: {survivor.part}, reason: nobody can tell}}\n"
    )
    try:
        with servers.shared():
            (proof,), kinds = prove(changed(kiosk, "proof.yaml", f"equivalent:\n{entry}"))
        assert kinds == ["gold"], "it is looked up"
        assert next(m for m in proof.mutants if m.id == survivor.id).reason == "nobody can tell"
    finally:
        listed.write_text(before)


@pytest.mark.slow
def test_a_damaged_result_is_made_again(kiosk: Task, proven: TaskProof) -> None:
    for path in (cache_dir() / "proof").glob("*.json"):
        path.write_text(path.read_text()[:-20])
    assert prove(kiosk) == ([proven], ALL)


@pytest.mark.slow
def test_tasks_that_share_a_solution_are_proven_as_each_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one scores less: other columns, and one scenario more."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    text = FILES["tasks/kiosk_sales/task.yaml"].replace("kiosk_sales", "kiosk_again")
    other = {
        "tasks/kiosk_again/task.yaml": text.replace("[visible]", "[visible, rerun]").replace(
            ", marts: [marts.takings]", ""
        ),
        "tasks/kiosk_again/instruction.md": FILES["tasks/kiosk_sales/instruction.md"],
    }
    starts = {name: text for name, text in FILES.items() if name.startswith("tasks/kiosk_sales/start/")}
    other |= {name.replace("kiosk_sales", "kiosk_again"): text for name, text in starts.items()}
    write_kiosk(tmp_path / "projects", other)
    tasks = list_tasks()
    assert len(tasks) == 2
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "alone"))
    alone = [prove(task)[0][0] for task in tasks]
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "together"))
    together, kinds = prove(*tasks)
    assert together == alone
    assert kinds.count("gold") == kinds.count("again") == 1
    assert kinds.count("streams") == 1


@pytest.mark.slow
def test_an_edit_during_a_proof_is_told_and_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    task = write_kiosk(tmp_path / "projects")
    kept: list[str] = []

    def edit(answer: Answer) -> None:
        (task.folder / "instruction.md").write_text(f"{task.instruction}\nPlease.\n")

    def keep(task: Task, proof: TaskProof, hashes: object) -> None:
        kept.append(proof.task)

    (proof,) = prove_tasks([task], 2, on_answer=edit, on_proof=keep)
    assert proof.problems[-1] == "its files changed while it was proven; prove it again"
    assert kept == []
    (proof,) = prove_tasks([task], 2, on_proof=keep)
    assert "its files changed while it was proven; prove it again" not in proof.problems
    assert kept == ["kiosk_sales"]


@pytest.mark.slow
def test_a_solution_that_does_not_build_is_a_problem_of_its_task_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    task = write_kiosk(tmp_path / "projects", {"project/dbt/models/takings.sql": "select nope from nowhere"})
    (proof,), kinds = prove(task)
    assert kinds == ["gold"]
    assert not proof.is_proven
    assert proof.problems[0].startswith("the solution fails at build on day 1: ")
    kept: list[str] = []
    prove_tasks([task], 2, on_proof=lambda task, _proof, _hashes: kept.append(task.id))
    assert kept == [], "what could not be tried is no verdict on the task"


@pytest.mark.slow
def test_an_idle_agent_that_passes_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    task = write_kiosk(tmp_path / "projects")
    whole = {name: text for name, text in FILES.items() if name.startswith("project/")}
    for name, text in whole.items():
        path = task.folder / "start" / name.removeprefix("project/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (proof,), _ = prove(task)
    assert proof.idle_fails is False
    assert "the idle agent succeeds: the start is already right" in proof.problems


@pytest.mark.slow
def test_a_worker_that_is_killed_is_told_and_what_was_done_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    task = write_kiosk(tmp_path / "projects")
    done: list[str] = []

    def kill_the_second(answer: Answer) -> None:
        done.append(answer.piece.kind)
        if len(done) == 2:
            for pid in workers_of(os.getpid()):
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(OurFaultError, match=r"ended with code -9\. Run the command again: what was done is kept\."):
        prove_tasks([task], 2, on_answer=kill_the_second)
    _, kinds = prove(task)
    assert done[1] not in kinds, "its result was kept"
    assert len(kinds) < len(ALL)


def workers_of(pid: int) -> list[int]:
    """Worker processes of a proof."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_text()
            except OSError:
                continue
            if parent == pid and "spawn_main" in command:
                found.append(int(folder.name))
    return found


def all_of(home: Path) -> list[psutil.Process]:
    """Every process that works for a home, such as fork servers and source systems; they inherit it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("LOCKGATE_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


PROGRAM = (  # a shell starts what runs in its background with SIGINT ignored; these tests may be such a job
    "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('orchestration.cli', run_name='__main__')"
)


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_an_end_leaves_no_process_behind(tmp_path: Path, ending: signal.Signals) -> None:
    """While gold is made: workers, a fork server, its children and a source system run."""
    write_kiosk(tmp_path / "projects")
    home = tmp_path / "home"
    environment = os.environ | {"LOCKGATE_PROJECTS": str(tmp_path / "projects"), "LOCKGATE_HOME": str(home)}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, "prove"], env=environment, stderr=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: len(all_of(home)) >= 5, 120)
        process.send_signal(ending)
        assert process.wait(timeout=60) != 0
        assert wait_for(lambda: not all_of(home), 60), [left.cmdline() for left in all_of(home)]
    finally:
        process.kill()
        for left in all_of(home):
            left.kill()
        process.wait()
