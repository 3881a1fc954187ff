"""The proof's sample, and what makes a task not proven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.registry import get_task, select_tasks
from benchmark.scorecard import FaultResult, FaultsResult, ScenarioResult, Scorecard
from benchmark.trial import TrialOptions
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.prove_task import variant_problems
from evaluators.proof.result import EquivalentResult, MutantResult, TaskProof
from evaluators.proof.scored_runs import HOLDOUT_SEEDS
from evaluators.scenarios.registry import get_scenario
from evaluators.scoring.scores import score_faults
from orchestration.planning.trials import identity_of, plan_trial
from orchestration.prove import add_trials, plan_proof, take_sample
from orchestration.reports.proof import what_was_tried
from tests.helpers.scorecards import DIFFERS, make_scorecard, unscored


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
    killed = tuple(mutant(i, "killed") for i in range(99))
    assert variant_problems((*listed, *killed, mutant(500, "survived")), ()) == []
    survivors = tuple(mutant(500 + i, "survived") for i in range(3))
    assert "99 of 102" in variant_problems((*killed, *survivors), ())[0]


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


@given(n=st.integers(1, 15), first=st.integers(0, 10_000))
def test_a_sample_is_so_many_tasks_in_their_order_and_all_have_their_turn(n: int, first: int) -> None:
    tasks = select_tasks([])
    ids = [task.id for task in tasks]
    n_turns = -(-len(tasks) // n)
    samples = [[task.id for task in take_sample(tasks, n, turn)] for turn in range(first, first + n_turns)]
    assert {len(sample) for sample in samples} == {min(n, len(tasks))}
    assert all(sample == sorted(sample, key=ids.index) for sample in samples)
    assert {name for sample in samples for name in sample} == set(ids)


def test_a_proof_tries_the_oracle_on_all_data_and_the_idle_agent_once() -> None:
    tasks = select_tasks([])
    plan = plan_proof(tasks, "p")
    assert len({trial.trial_id for trial in plan.trials}) == len(plan.trials)
    for task in tasks:
        oracle, idle = (
            [trial for trial in plan.trials if (trial.task, trial.agent) == (task.id, agent)]
            for agent in ("oracle", "idle")
        )
        assert [(trial.scenarios, trial.holdout_seed) for trial in idle] == [(task.spec.scenarios, HOLDOUT_SEEDS[0])]
        assert (oracle[0].scenarios, oracle[0].holdout_seed) == (task.spec.scenarios, HOLDOUT_SEEDS[0])
        unseen = {name for name in task.spec.scenarios if get_scenario(name).seed == "holdout"}
        assert [trial.holdout_seed for trial in oracle[1:]] == (list(HOLDOUT_SEEDS[1:]) if unseen else [])
        assert all(set(trial.scenarios) == unseen for trial in oracle[1:])
        assert {trial.sandbox for trial in [*oracle, *idle]} == {None}


TASK = "flights_feeds"
EMPTY = TaskProof(task=TASK, kind="impl", problems=("It leaks.",))


def trial_card(agent: str, attempt: int = 1, *, is_right: bool = True, reason: str = "") -> Scorecard:
    task = get_task(TASK)
    options = TrialOptions(holdout_seed=HOLDOUT_SEEDS[attempt - 1])
    plan = plan_trial(task, agent, run_id="p", attempt=attempt, options=options)
    if reason:
        return unscored(plan, reason)
    return make_scorecard(plan, {} if is_right else {next(iter(task.scored_tables)): DIFFERS}, 1.0)


def test_trials_of_other_tasks_prove_nothing() -> None:
    proof = add_trials(EMPTY.model_copy(update={"problems": ()}), [scorecard("oracle", {"a": False})])
    assert (proof.oracle, proof.idle_fails, proof.problems) == ((), None, ())


def test_the_oracle_is_counted_by_scenario_over_its_trials() -> None:
    cards = [trial_card("oracle", attempt, is_right=attempt != 2) for attempt in (1, 2, 3)]
    proof = add_trials(EMPTY, [*cards, trial_card("idle", is_right=False)])
    scenarios = get_task(TASK).spec.scenarios
    assert [(check.scenario, check.n_passed, check.n_trials) for check in proof.oracle] == [
        (name, 2, 3) for name in scenarios
    ]
    table = next(iter(get_task(TASK).scored_tables))
    assert proof.problems == (
        f"the oracle fails with holdout seed {HOLDOUT_SEEDS[1]}: {scenarios[0]}, {table}: {DIFFERS.summary}",
        "It leaks.",
    )
    assert proof.idle_fails is True


@pytest.mark.parametrize(
    ("cards", "idle_fails", "problem"),
    [
        ([trial_card("idle")], False, "the idle agent succeeds: the start is already right"),
        ([trial_card("idle", reason="no room")], False, f"{TASK}--idle--1 is unscored: no room"),
        ([trial_card("oracle", reason="no room")], None, f"{TASK}--oracle--1 is unscored: no room"),
    ],
    ids=["idle succeeds", "idle unscored", "oracle unscored"],
)
def test_a_trial_that_does_not_prove_is_a_problem(
    cards: list[Scorecard], idle_fails: bool | None, problem: str
) -> None:
    proof = add_trials(EMPTY, cards)
    assert (proof.idle_fails, proof.problems) == (idle_fails, (problem, "It leaks."))
    assert not proof.is_proven


def test_an_oracle_that_misses_faults_is_told_which() -> None:
    card = scorecard("oracle", {"twice": False, "lost": True}).model_copy(update={"success": False})
    failed = card.scenarios[0].model_copy(update={"is_success": False})
    proof = add_trials(
        TaskProof(task="flights_report_contract", kind="data_tests"),
        [card.model_copy(update={"scenarios": (failed,)})],
    )
    assert "visible: faults missed: twice; false alarms: none" in proof.problems[0]
