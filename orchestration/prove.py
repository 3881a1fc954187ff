"""`lockgate prove`: trials of the oracle and the idle agent, then everything that needs no agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from benchmark.errors import LockgateError
from benchmark.run_store import RunPlan, TrialPlan
from benchmark.scorecard import Scorecard
from benchmark.task import Task
from benchmark.trial import TrialOptions
from benchmark.versions import tool_versions
from evaluators.proof.prove_task import prove_task
from evaluators.proof.result import FaultCheck, ScenarioCheck, TaskProof
from evaluators.proof.scored_runs import HOLDOUT_SEEDS
from evaluators.scenarios.registry import in_order
from evaluators.scoring.first_mismatch import first_mismatch
from orchestration.planning.trials import plan_trial
from runtime.fork_client import ForkRuntime

OnStep = Callable[[str, str], None]
OnDone = Callable[[TaskProof], None]


def take_sample(tasks: Sequence[Task], n: int, turn: int | None = None) -> list[Task]:
    """Some of the tasks, others each day: after `len(tasks) / n` days each has had its turn.

    Args:
        tasks: All of them, in a fixed order.
        n: How many.
        turn: Which turn; None = the date.
    """
    today = datetime.now(UTC).date().toordinal() if turn is None else turn
    first = today * n % len(tasks)
    chosen = {tasks[(first + i) % len(tasks)].id for i in range(min(n, len(tasks)))}
    return [task for task in tasks if task.id in chosen]


def plan_proof(tasks: Sequence[Task], run_id: str) -> RunPlan:
    """Plan the trials of a proof.

    For each task: the oracle in every scenario with the first holdout seed, the oracle in the scenarios on holdout data
    with each other seed, and the idle agent.
    """
    trials: list[TrialPlan] = []
    for task in tasks:
        unseen = tuple(scenario.name for scenario in in_order(task.spec.scenarios) if scenario.seed == "holdout")
        for attempt, seed in enumerate(HOLDOUT_SEEDS, start=1):
            chosen = None if attempt == 1 else unseen
            if chosen != ():
                options = TrialOptions(holdout_seed=seed, scenarios=chosen)
                trials.append(plan_trial(task, "oracle", run_id=run_id, attempt=attempt, options=options))
        options = TrialOptions(holdout_seed=HOLDOUT_SEEDS[0])
        trials.append(plan_trial(task, "idle", run_id=run_id, options=options))
    return RunPlan(run_id=run_id, trials=tuple(trials), versions=tool_versions())


def prove_tasks(
    tasks: Sequence[Task], scorecards: Sequence[Scorecard], n_parallel: int, on_step: OnStep, on_done: OnDone
) -> list[TaskProof]:
    """Prove tasks: everything that needs no agent, and what the trials of the oracle and the idle agent say.

    Args:
        tasks: The tasks.
        scorecards: Of the trials that `plan_proof` planned.
        n_parallel: Tasks at once, from 1.
        on_step: Receives the task's id and the name of each step as it starts; in several threads.
        on_done: Receives each proof as it is complete; in several threads.

    Returns:
        One proof per task, in their order; where a task cannot be tried, the proof has the reason among its problems.
    """
    with ForkRuntime() as runtime, ThreadPoolExecutor(n_parallel) as pool:

        def prove(task: Task) -> TaskProof:
            try:
                proof = prove_task(task, runtime, lambda step: on_step(task.id, step))
            except LockgateError as error:
                proof = TaskProof(task=task.id, kind=task.spec.kind, problems=(str(error),))
            proof = add_trials(proof, scorecards)
            on_done(proof)
            return proof

        return list(pool.map(prove, tasks))


def add_trials(proof: TaskProof, scorecards: Sequence[Scorecard]) -> TaskProof:
    """Add to a proof what the trials of its task say."""
    cards = [card for card in scorecards if card.trial.task == proof.task]
    oracle = [card for card in cards if card.trial.agent == "oracle"]
    idle = [card for card in cards if card.trial.agent == "idle"]
    problems = [
        f"{card.trial.trial_id} is unscored: {card.unscored_reason}" for card in cards if card.status == "unscored"
    ]
    problems += [
        f"the oracle fails with holdout seed {card.trial.holdout_seed}: {first_mismatch(card)}"
        for card in oracle
        if card.success is False
    ]
    idle_fails = all(card.success is False for card in idle) if idle else None
    if idle_fails is False and all(card.success is True for card in idle):
        problems.append("the idle agent succeeds: the start is already right")
    results = [result for card in oracle for result in card.scenarios]
    names = list(dict.fromkeys(result.scenario for result in results))
    checks = tuple(
        ScenarioCheck(
            scenario=name,
            n_passed=sum(result.is_success for result in results if result.scenario == name),
            n_trials=sum(result.scenario == name for result in results),
        )
        for name in names
    )
    faults = _faults(oracle, idle)
    problems += [
        f"fault '{fault.fault}' is caught by the solution in {fault.n_caught} of {fault.n_trials} scenarios"
        for fault in faults
        if fault.n_caught < fault.n_trials
    ]
    problems += [f"fault '{fault.fault}' is caught by the start already" for fault in faults if fault.is_caught_by_idle]
    found = {"oracle": checks, "idle_fails": idle_fails, "faults": faults, "problems": (*problems, *proof.problems)}
    return proof.model_copy(update=found)


def _faults(oracle: Sequence[Scorecard], idle: Sequence[Scorecard]) -> tuple[FaultCheck, ...]:
    """Each seeded fault of a `data_tests` task, over all scenarios of the trials."""
    by_oracle = _caught(oracle)
    by_idle = _caught(idle)
    return tuple(
        FaultCheck(
            fault=fault, n_caught=sum(caught), n_trials=len(caught), is_caught_by_idle=any(by_idle.get(fault, ()))
        )
        for fault, caught in by_oracle.items()
    )


def _caught(cards: Sequence[Scorecard]) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for card in cards:
        for scenario in card.scenarios:
            for fault in scenario.faults.faults if scenario.faults else ():
                found.setdefault(fault.fault, []).append(fault.is_caught)
    return found
