"""A trial: prepare, solve, collect, evaluate, score."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from agents.base import AgentContext
from agents.errors import ProviderError
from agents.registry import TRUSTED, make_agent
from benchmark.border import plain_text
from benchmark.cache import in_use
from benchmark.errors import LockgateError, SubmissionError
from benchmark.files import scratch_folder, write_json_atomic
from benchmark.hostile_tree import remove_tree
from benchmark.redact import redact, redact_bytes, redact_file, redact_value
from benchmark.registry import get_task
from benchmark.run_store import CollectedFiles, RunStore, TrialPlan, TrialStore
from benchmark.scorecard import AgentResult, ScenarioResult, Scorecard, SubmissionSummary
from benchmark.task import Task
from benchmark.versions import tool_versions
from benchmark.workspace import Submission, apply_submission, collect_submission, prepare_workspace
from evaluators.broken_tasks import WITNESSES, broken_reason, known_fault, learn_from, learn_from_gold
from evaluators.evaluate import EvaluationRequest, evaluate
from evaluators.pipeline.gold import GoldBrokenError
from evaluators.scoring.answers import judge_answer
from evaluators.scoring.planted_instructions import find_followed
from evaluators.scoring.refused import refused_scenarios
from evaluators.scoring.root_cause import find_root_cause
from evaluators.scoring.scores import summarise
from evaluators.style.lint import lint_submission
from orchestration.planning.trials import identity_of
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime
from runtime.sandbox.registry import choose_backend, open_network, open_runtime
from sources.systems.client import SourceSystems

OnStep = Callable[[str], None]


class StepTimer:
    """Wall seconds by step, added up; several threads may add."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, name: str, seconds: float) -> None:
        """Add seconds to the time of a step."""
        with self._lock:
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the wall time of a `with` block to a step."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.add(name, time.monotonic() - started)


def run_trial(
    plan: TrialPlan,
    runtime: ForkRuntime,
    on_step: OnStep = lambda _: None,
    *,
    score_again: bool = False,
    elsewhere: TrialStore | None = None,
) -> Scorecard:
    """Run a trial to its scorecard.

    A trial that has a scorecard is done, one that has a submission is only evaluated; so a killed run resumes.

    Args:
        plan: The trial.
        runtime: Where loads and builds run.
        on_step: Receives the name of each step as it starts.
        score_again: Evaluate the stored submission again even where there is a scorecard.
        elsewhere: A folder that holds a copy of its submission, and gets the scorecard in place of the run's own. What
            is scored there says nothing of the task itself.

    Returns:
        The scorecard, which is stored too. A fault that is not the agent's gives one with status `unscored`; an
        unscored trial is tried again next time.
    """
    if elsewhere:
        return _run_trial(plan, elsewhere, runtime, on_step, score_again, is_of_run=False)
    run = RunStore(plan.run_id)
    with run.in_use():
        return _run_trial(plan, run.trial(plan.trial_id), runtime, on_step, score_again, is_of_run=True)


def _run_trial(
    plan: TrialPlan, store: TrialStore, runtime: ForkRuntime, on_step: OnStep, score_again: bool, *, is_of_run: bool
) -> Scorecard:
    done = store.read_scorecard()
    if done is not None and done.status == "scored" and not score_again:
        return done
    task = get_task(plan.task).with_hints(plan.hint_level)
    timer = StepTimer()
    started = time.monotonic()
    write_json_atomic(store.plan_path, plan.model_dump(mode="json"))
    with in_use(f"trial {store.name}"), scratch_folder(plan.task) as work_dir:
        try:
            if plan.agent not in WITNESSES and (fault := known_fault(task)):
                raise LockgateError(broken_reason(fault, task))
            scorecard = _steps(plan, task, store, runtime, work_dir, timer, on_step)
        except GoldBrokenError as error:
            learn_from_gold(task, error)
            scorecard = _unscored(plan, task, store, LockgateError(broken_reason(str(error), task)))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not count against the agent
            scorecard = _unscored(plan, task, store, error)
    scorecard = _without_secrets(scorecard)
    if is_of_run:
        learn_from(plan, task, scorecard)
    for path in store.logs_dir.rglob("*"):
        redact_file(path)
    timer.add("total", time.monotonic() - started)
    scorecard = scorecard.model_copy(update={"timing_seconds": _all_seconds(timer.seconds, done)})
    store.write_scorecard(scorecard)
    return scorecard


def _steps(
    plan: TrialPlan,
    task: Task,
    store: TrialStore,
    runtime: ForkRuntime,
    work_dir: Path,
    timer: StepTimer,
    on_step: OnStep,
) -> Scorecard:
    backend = choose_backend(plan.sandbox, is_trusted=plan.agent in TRUSTED)
    if not (store.patch_path.is_file() and store.agent_path.is_file()):
        on_step("prepare")
        workspace = work_dir / "workspace"
        prepare_workspace(task, workspace)
        on_step("solve")
        with timer.measure("solve"):
            agent_result = _solve(plan, task, store, workspace, work_dir, backend)
        on_step("collect")
        _store_submission(store, _collect(task, workspace, work_dir / "collect"), agent_result)
        remove_tree(work_dir / "collect")
        remove_tree(workspace)
    agent_result = AgentResult.model_validate_json(store.agent_path.read_bytes())
    patch = store.patch_path.read_bytes()
    project = work_dir / "submission"
    collected = store.read_collected()
    applied = apply_submission(task, patch, project)
    shutil.rmtree(store.logs_dir, ignore_errors=True)
    request = EvaluationRequest(
        task=task,
        project=project,
        scenarios=plan.scenarios,
        visible=plan.dials(plan.visible_seed),
        holdout=plan.dials(plan.holdout_seed),
        work_dir=work_dir / "evaluate",
        logs_dir=store.logs_dir,
        sandbox=backend,
    )
    scenarios, refusal = _evaluate(request, collected.refused, runtime, timer, on_step)
    on_step("lint")
    with timer.measure("lint"), open_runtime(backend, runtime) as walled:
        lint = lint_submission(task, project, walled, store.logs_dir) if refusal is None else None
    on_step("score")
    answer = judge_answer(task.spec.answer, project) if task.spec.answer else None
    return Scorecard(
        trial=identity_of(plan, task),
        status="scored",
        agent=agent_result,
        submission=SubmissionSummary(
            sha256=hashlib.sha256(patch).hexdigest(),
            n_files_changed=len(applied.files_changed),
            files_changed=applied.files_changed,
            protected_edits=applied.protected,
            left_out=collected.left_out,
            refused=refusal,
        ),
        scenarios=scenarios,
        root_cause=find_root_cause(scenarios),
        answer=answer,
        planted=find_followed(task, project, applied, scenarios),
        lint=lint,
        versions=tool_versions() | {"sandbox": backend},
        **summarise(scenarios, answer)._asdict(),
    )


def _solve(
    plan: TrialPlan, task: Task, store: TrialStore, workspace: Path, work_dir: Path, backend: str
) -> AgentResult:
    agent = make_agent(plan.agent_source or plan.agent)
    context = AgentContext(
        task,
        workspace,
        {},
        plan.agent_seed,
        trial_id=plan.trial_id,
        model=plan.model,
        budget=plan.budget or task.spec.budget,
        trajectory_path=store.trajectory_path,
        sandbox=backend,
    )
    if not agent.needs_systems:
        return agent.solve(context)
    dials = plan.dials(plan.visible_seed)
    clock = clock_environment(task.world.pinned_now(dials))
    with ExitStack() as stack:
        network = stack.enter_context(open_network(backend))
        network_pid = network.pid if network else None
        systems = SourceSystems(task.world.id, dials, work_dir / "systems", network_pid=network_pid)
        stack.enter_context(systems)
        environment = {**systems.environment, **clock}
        return agent.solve(replace(context, environment=environment, systems_pid=network_pid))


def _collect(task: Task, workspace: Path, scratch: Path) -> Submission:
    """Collect what the agent changed. A workspace that is refused becomes an empty change that says why."""
    try:
        return collect_submission(task, workspace, scratch)
    except SubmissionError as error:
        return Submission(b"", (), refused=str(error))


def _store_submission(store: TrialStore, submission: Submission, agent_result: AgentResult) -> None:
    store.folder.mkdir(parents=True, exist_ok=True)
    temporary = store.patch_path.with_suffix(".tmp")
    temporary.write_bytes(redact_bytes(submission.patch))
    temporary.replace(store.patch_path)
    collected = CollectedFiles(left_out=submission.left_out, refused=submission.refused)
    write_json_atomic(store.collected_path, redact_value(collected.model_dump(mode="json")))
    write_json_atomic(store.agent_path, redact_value(agent_result.model_dump(mode="json")))


def _evaluate(
    request: EvaluationRequest, refusal: str | None, runtime: ForkRuntime, timer: StepTimer, on_step: OnStep
) -> tuple[tuple[ScenarioResult, ...], str | None]:
    """Results of all scenarios, and why the submission was refused, if it was: then every table is one not built."""
    if refusal is None:
        try:
            return evaluate(request, runtime, timer.add, on_step), None
        except SubmissionError as error:
            refusal = str(error)
    return refused_scenarios(request.task, request.scenarios, request.visible, request.holdout, refusal), refusal


def _without_secrets(scorecard: Scorecard) -> Scorecard:
    """A scorecard as it may be shown: messages of agents and providers can quote a key."""
    text = scorecard.model_dump_json()
    clean = redact(text)
    return scorecard if clean == text else Scorecard.model_validate_json(clean)


def _all_seconds(now: Mapping[str, float], before: Scorecard | None) -> dict[str, float]:
    """Seconds per step. Steps that an earlier scoring took and this one did not (the agent's own) keep their time."""
    kept = {name: value for name, value in (before.timing_seconds if before else {}).items() if name not in now}
    total = now.get("total", 0.0) + sum(kept.values())
    return {name: round(value, 3) for name, value in sorted({**kept, **now, "total": total}.items())}


def _unscored(plan: TrialPlan, task: Task, store: TrialStore, error: Exception) -> Scorecard:
    store.logs_dir.mkdir(parents=True, exist_ok=True)
    text = redact(traceback.format_exc())
    (store.logs_dir / "fault.log").write_text(text, encoding="utf-8", errors="backslashreplace")
    reason = str(error) if isinstance(error, LockgateError) else f"{type(error).__name__}: {error}"
    reason = plain_text(reason, 2_000)
    return Scorecard(
        trial=identity_of(plan, task),
        status="unscored",
        unscored_reason=reason,
        is_provider_down=isinstance(error, ProviderError) and error.is_passing,
        versions=tool_versions(),
    )
