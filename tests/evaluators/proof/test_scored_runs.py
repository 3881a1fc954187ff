"""On which data a task is proven, and what an empty proof says."""

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from evaluators.proof.result import TaskProof
from evaluators.proof.scored_runs import HOLDOUT_SEEDS, _runs


def test_visible_data_comes_first_then_every_holdout_seed() -> None:
    task = get_task("flights_feeds")
    task = task.model_copy(
        update={"spec": task.spec.model_copy(update={"scenarios": ("holdout", "rerun", "visible", "day2")})}
    )
    days = task.world.spec.days
    found = [(scenario.name, dials) for scenario, dials in _runs(task)]
    assert [name for name, _ in found] == ["visible", "day2", "rerun", *["holdout"] * len(HOLDOUT_SEEDS)]
    assert [dials for _, dials in found[:3]] == [Dials(task.world.spec.visible_seed, days)] * 3
    assert [dials for _, dials in found[3:]] == [Dials(seed, days) for seed in HOLDOUT_SEEDS]
    assert task.world.spec.visible_seed not in HOLDOUT_SEEDS


def test_a_proof_without_findings_is_empty() -> None:
    proof = TaskProof(task="t", kind="impl")
    assert (proof.mutants, proof.equivalents, proof.problems) == ((), (), ())
