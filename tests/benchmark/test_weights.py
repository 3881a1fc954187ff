"""Weights of scored tables."""

from benchmark.registry import get_task


def test_weights_share_the_stage_over_its_tables() -> None:
    task = get_task("flights_short_haul_punctuality")
    weights = task.weights
    for stage, names in task.spec.scored.items():
        expected = task.spec.stage_weights.get(stage, 1.0) / len(names)
        assert [weights[name] for name in names] == [expected] * len(names)
        assert sum(weights[name] for name in names) == task.spec.stage_weights.get(stage, 1.0)
