"""The proof's sample, and what makes a task not proven."""

from benchmark.registry import get_task, select_tasks
from benchmark.scorecard import FaultResult, FaultsResult, ScenarioResult, Scorecard
from benchmark.trial import TrialOptions
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.prove_task import variant_problems
from evaluators.proof.result import EquivalentResult, MutantResult, TaskProof
from evaluators.scoring.scores import score_faults
from orchestration.planning.trials import identity_of, plan_trial
from orchestration.prove import add_trials, take_sample
from orchestration.reports.proof import what_was_tried


def mutant(number: int, outcome: str) -> MutantResult:
    return MutantResult(
        id=f"{number:08x}", operator="join_kind", part="marts.x", before="a", after="b", outcome=outcome
    )


def test_every_task_has_its_turn():
    tasks = select_tasks([])
    seen = [take_sample(tasks, 1, turn)[0].id for turn in range(len(tasks))]
    assert sorted(seen) == sorted(task.id for task in tasks)


def test_one_survivor_in_a_hundred_is_tolerated_three_are_not():
    listed = tuple(mutant(i, "equivalent") for i in range(1000, 1100))
    rejected = tuple(mutant(i, "killed") for i in range(99))
    assert variant_problems((*listed, *rejected, mutant(500, "survived")), ()) == []
    survivors = tuple(mutant(500 + i, "survived") for i in range(3))
    assert "99 of 102" in variant_problems((*rejected, *survivors), ())[0]


def test_an_equivalent_that_is_rejected_is_a_problem():
    item = EquivalentResult(operator="rows_reordered", part="marts.x", is_accepted=False, difference="visible")
    assert "rows_reordered of marts.x is not accepted" in variant_problems((), (item,))[0]


def test_a_listed_mutant_that_is_not_made_is_reported():
    task = next(task for task in select_tasks([]) if task.id == "flights_feeds")
    problems = Listing(task).problems([])
    assert any("708e749e" in problem and "not made any more" in problem for problem in problems)


def scorecard(agent: str, caught: dict[str, bool]) -> Scorecard:
    """A scorecard of a trial on two faults; only what a proof looks at differs."""
    task = get_task("flights_report_contract")
    trial = identity_of(plan_trial(task, agent, run_id="r", options=TrialOptions(holdout_seed=5)), task)
    faults = tuple(
        FaultResult(fault=name, table="marts.flights", stage="marts", breaks="x", is_caught=found)
        for name, found in caught.items()
    )
    result = FaultsResult(min_recall=0.5, recall=0.5, n_tests=1, faults=faults)
    scores, stages = score_faults(result)
    scenario = ScenarioResult(
        scenario="visible", seed=0, days=14, day=1, is_success=agent == "oracle", steps=(), tables=(), scores=scores,
        stages=stages, faults=result,
    )  # fmt: skip
    return Scorecard(
        trial=trial, status="scored", success=agent == "oracle", scenarios=(scenario,), versions={}, timing_seconds={}
    )


def proof_of(oracle: dict[str, bool], idle: dict[str, bool]) -> TaskProof:
    empty = TaskProof(task="flights_report_contract", kind="data_tests")
    return add_trials(empty, [scorecard("oracle", oracle), scorecard("idle", idle)])


def test_faults_are_proven_in_both_directions():
    good = proof_of({"twice": True, "lost": True}, {"twice": False, "lost": False})
    assert good.is_proven
    assert what_was_tried(good) == "2 faults: 2 caught by the solution, 2 missed by the start"
    missed = proof_of({"twice": True, "lost": False}, {"twice": False, "lost": False})
    assert missed.problems == ("fault 'lost' is caught by the solution in 0 of 1 scenarios",)
    given = proof_of({"twice": True, "lost": True}, {"twice": True, "lost": False})
    assert given.problems == ("fault 'twice' is caught by the start already",)
