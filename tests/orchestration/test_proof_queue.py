"""Which piece of a proof starts next."""

from benchmark.registry import get_task, select_tasks
from evaluators.proof.piece_store import PieceStore
from evaluators.proof.pieces import Piece
from evaluators.proof.scored_runs import HOLDOUT_SEEDS, scored_runs
from evaluators.proof.solution_proof import SolutionProof
from orchestration.proof_queue import next_place

TASK = get_task("flights_otp_scorecard")


def piece(kind: str, seconds: float = 10.0, seed: int = 0) -> Piece:
    return Piece(kind, (TASK,), options={"seed": seed}, seconds=seconds)


def test_the_longest_goes_first_and_equal_ones_as_they_came() -> None:
    waiting = [piece("model", 5), piece("streams", 120), piece("derive", 120)]
    assert next_place(waiting, [], 2) == 1
    assert next_place([], [], 2) is None
    assert next_place([*waiting, piece("gold", 8)], [], 2) == 3, "other pieces follow gold"


def test_a_core_beside_one_that_waits_is_used() -> None:
    """One loads and waits, one works: two cores are not busy yet."""
    assert next_place([piece("model")], [piece("again"), piece("definitions")], 2) == 0
    assert next_place([piece("model")], [piece("again")] * 4, 2) == 0
    assert next_place([piece("model")], [piece("again"), piece("definitions"), *[piece("again")] * 2], 2) is None
    assert next_place([piece("model")], [piece("again")] * 5, 2) is None


def test_what_waits_for_systems_that_misbehave_begins_before_all_else() -> None:
    tasks = [task for task in select_tasks(["subscriptions_*"]) if "faults" in task.spec.scenarios][:1]
    shown = tasks[0].world.spec.visible_seed
    broken = {dials.seed for scenario, dials in scored_runs(tasks) if any(run.incident for run in scenario.runs)}
    assert broken == {shown}
    waiting = [work.piece for work in SolutionProof(tasks, PieceStore()).first()]
    assert {piece.options["seed"] for piece in waiting} == {*HOLDOUT_SEEDS, shown}
    assert waiting[next_place(waiting, [], 2) or 0].options["seed"] == shown
