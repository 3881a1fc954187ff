"""Proofs of several tasks at once: what is wrong with one is its own problem, and no other task suffers."""

from collections.abc import Iterator

import pytest

from benchmark.paths import cache_dir, home_dir
from benchmark.registry import list_tasks
from evaluators.proof.result import TaskProof
from evaluators.proof.workers import Answer
from orchestration.prove import prove_tasks
from tests.helpers.kiosk.world import write_kiosk

pytestmark = pytest.mark.slow

TASK = """\
id: {}
kind: impl
title: Add up the sales
difficulty: easy
scenarios: [visible]
scored: {{marts: [marts.takings]}}
"""
MISSING = "start: {remove: [dbt/models/takings.sql]}\n"
TICKET = "Add up the sales: `takings` has `item`, and `total`, the sum of its prices.\n"
MADE = {
    "kiosk_good": MISSING,
    "kiosk_broken": MISSING,
    "kiosk_guarded": MISSING + "protected: [dbt/models/takings.sql]\n",
    "kiosk_given": "",
}
PROBLEMS = {
    "kiosk_good": "",
    "kiosk_broken": "the solution fails at build on day 1: ",
    "kiosk_guarded": "the solution changes protected files, or files that a submission cannot carry",
    "kiosk_given": "the idle agent succeeds: the start is already right",
}
"""Task -> how its only problem begins; empty = it is proven."""


class Done:
    """Proofs by task, and the pieces that were done."""

    def __init__(self, *names: str) -> None:
        self.home = home_dir()
        self.answers: list[Answer] = []
        tasks = [task for task in list_tasks() if task.id in names]
        proofs = prove_tasks(tasks, 2, on_answer=self.answers.append)
        self.proofs: dict[str, TaskProof] = {proof.task: proof for proof in proofs}

    @property
    def kinds(self) -> list[str]:
        return sorted(answer.piece.kind for answer in self.answers)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("many")
    files = {"tasks/kiosk_broken/solution/dbt/models/takings.sql": "select nope from nowhere"}
    for name, more in MADE.items():
        files[f"tasks/{name}/task.yaml"] = TASK.format(name) + more
        files[f"tasks/{name}/instruction.md"] = TICKET
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_PROJECTS", str(folder / "projects"))
        patch.setenv("LOCKGATE_HOME", str(folder / "home"))
        write_kiosk(folder / "projects", files)
        yield Done(*MADE)


@pytest.fixture
def home(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home in which they were proven, in place of the test's own."""
    monkeypatch.setenv("LOCKGATE_HOME", str(done.home))


def test_each_mistake_is_one_problem_of_its_task_and_of_no_other(done: Done) -> None:
    found = {name: proof.problems for name, proof in done.proofs.items()}
    assert found.keys() == PROBLEMS.keys()
    for name, begin in PROBLEMS.items():
        assert [problem.startswith(begin) for problem in found[name]] == [True] * bool(begin), found[name]


def test_what_tasks_share_is_done_once(done: Done) -> None:
    """Three of them have one solution; the fourth ends with its gold."""
    assert done.kinds == ["again", "gold", "gold", "idle", "idle", "idle", "model", *["workspace"] * 3]
    assert done.proofs["kiosk_good"].mutants == done.proofs["kiosk_guarded"].mutants != ()
    assert done.proofs["kiosk_given"].mutants == (), "its start has the model already"


@pytest.mark.usefixtures("home")
def test_a_task_that_was_proven_beside_others_is_not_proven_again_alone(done: Done) -> None:
    alone = Done("kiosk_good")
    assert (alone.proofs["kiosk_good"], alone.kinds) == (done.proofs["kiosk_good"], [])


@pytest.mark.usefixtures("home")
def test_a_stored_proof_that_another_version_wrote_is_put_together_again(done: Done) -> None:
    """Its pieces are kept; only gold is looked up."""
    for path in (cache_dir() / "proof").glob("*.json"):
        if '"problems"' in (text := path.read_text()) and '"oracle"' in text:
            path.write_text(text.replace('"is_deterministic"', '"was_deterministic"'))
    again = Done("kiosk_good")
    assert (again.proofs["kiosk_good"], again.kinds) == (done.proofs["kiosk_good"], ["gold"])
