"""Executing trials as Dagster runs, several at once."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.registry import TRUSTED
from benchmark.errors import LockgateError
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.run_store import RunStore, TrialPlan
from benchmark.scorecard import Scorecard
from benchmark.versions import tool_versions
from orchestration.dagster_instance.config import ensure_instance
from orchestration.planning.ceiling import CostCeiling
from orchestration.planning.trials import identity_of
from orchestration.pool.pauses import ProviderPauses
from orchestration.pool.server import GRACE_SECONDS, IMPORT_FROM, receive, send
from runtime.fork_client import ForkRuntime
from runtime.interface import ROOMS
from runtime.sandbox.registry import wanted_backend

OnDone = Callable[[TrialPlan, Scorecard], None]
OnStep = Callable[[TrialPlan, str], None]
OnNote = Callable[[str], None]


def execute_trials(
    plans: Sequence[TrialPlan],
    *,
    n_parallel: int,
    n_by_provider: Mapping[str, int] | None = None,
    on_done: OnDone = lambda _plan, _scorecard: None,
    on_step: OnStep = lambda _plan, _step: None,
    on_note: OnNote = lambda _text: None,
    ceiling: CostCeiling | None = None,
    runtime: ForkRuntime | None = None,
) -> None:
    """Execute each trial as one run of its task's Dagster job, in child processes that share one fork server.

    Every trial ends with a scorecard in the run store. One whose process is killed is unscored; the others go on. Those
    whose provider is down wait until it answers, and are unscored where it does not come back.

    Args:
        plans: The trials; their ids differ.
        n_parallel: Trials at once, from 1.
        n_by_provider: Provider of an LLM -> trials at once that use it, from 1; one that is not named has no limit.
        on_done: Called in this thread as each trial ends.
        on_step: Called in this thread as each step of a trial starts.
        on_note: Called in this thread with a sentence on a provider that is down or answers again.
        ceiling: What the run may cost. It notes the trials that are held back; these end without a scorecard.
        runtime: Where loads and builds run; None = one of its own.

    Raises:
        LockgateError: The processes cannot be started.
        KeyboardInterrupt: Passed on, after the trials have been stopped and Dagster told.
    """
    todo = deque(_in_starting_order(plans))
    with _runtime(runtime) as shared, shared.shared():
        if any(wanted_backend(plan.sandbox, is_trusted=plan.agent in TRUSTED) == "bubblewrap" for plan in plans):
            shared.warm(ROOMS)  # the processes of the trials share our servers, and start none
        gates = _Gates(n_parallel, n_by_provider or {}, ProviderPauses(on_note), ceiling)
        try:
            while todo:
                _use_pool(todo, gates, on_done, on_step)
        finally:
            gates.pauses.close()


def _in_starting_order(plans: Sequence[TrialPlan]) -> list[TrialPlan]:
    """Attempt by attempt, agent by agent: two trials at once are on different tasks, and do not wait for one gold."""
    agents = list(dict.fromkeys((plan.agent, plan.model) for plan in plans))
    return sorted(plans, key=lambda plan: (plan.attempt, agents.index((plan.agent, plan.model))))


@contextmanager
def _runtime(given: ForkRuntime | None) -> Iterator[ForkRuntime]:
    if given is not None:
        yield given
        return
    with ForkRuntime() as runtime:
        runtime.warm("judge")
        yield runtime


@dataclass(frozen=True)
class _Gates:
    """What decides whether a trial may start now."""

    n_parallel: int
    limits: Mapping[str, int]
    pauses: ProviderPauses
    ceiling: CostCeiling | None

    def take_next(self, todo: deque[TrialPlan], running: Collection[TrialPlan]) -> TrialPlan | None:
        """Take the first trial that may start; None = there is none now."""
        if len(running) >= self.n_parallel:
            return None

        def may_start(plan: TrialPlan) -> bool:
            return not self.pauses.is_paused(plan) and (self.ceiling is None or self.ceiling.allows(plan))

        plan = _take_next(todo, running, self.limits, may_start)
        if plan is not None and self.ceiling is not None:
            self.ceiling.reserve(plan)
        return plan

    def hold_back(self, todo: deque[TrialPlan]) -> bool:
        """Give up what the ceiling alone keeps from starting while nothing runs; whether that is all that is left."""
        if not todo or any(self.pauses.is_paused(plan) for plan in todo):
            return False
        assert self.ceiling is not None, "nothing else keeps a trial back while none runs"
        self.ceiling.not_started += todo
        todo.clear()
        return True


def _take_next(
    todo: deque[TrialPlan],
    running: Iterable[TrialPlan],
    limits: Mapping[str, int],
    may_start: Callable[[TrialPlan], bool] = lambda _: True,
) -> TrialPlan | None:
    """Take the first trial that may start and whose provider has room; None = there is none now."""
    used = Counter(plan.model.provider for plan in running if plan.model)
    for index, plan in enumerate(todo):
        provider = plan.model.provider if plan.model else None
        has_room = provider is None or used[provider] < limits.get(provider, len(todo) + used.total())
        if has_room and may_start(plan):
            del todo[index]
            return plan
    return None


def _use_pool(todo: deque[TrialPlan], gates: _Gates, on_done: OnDone, on_step: OnStep) -> None:
    """Execute trials until none is left or the pool dies; those that it was at are unscored then."""
    running: dict[str, TrialPlan] = {}
    failures: dict[str, str] = {}

    def finish(trial_id: str, death: str) -> None:
        plan = running.pop(trial_id)
        card = _scorecard(plan, failures.pop(trial_id, ""), death)
        if gates.ceiling is not None:
            gates.ceiling.settle(plan)
        if gates.pauses.wants_again(plan, card):
            todo.append(plan)
            on_step(plan, "waits for its provider")
        else:
            on_done(plan, card)

    with _pool() as (channel, log_path):
        message = receive(channel)
        if message is None or message["event"] != "ready":
            told = message["reason"] if message else _tail(log_path)
            raise LockgateError(f"The processes of the trials cannot start: {told}")
        while todo or running:
            gates.pauses.look()
            for plan in [plan for plan in todo if gates.pauses.given_up(plan)]:
                todo.remove(plan)
                on_done(plan, _scorecard(plan, gates.pauses.given_up(plan), ""))
            while (started := gates.take_next(todo, running.values())) is not None:
                running[started.trial_id] = started
                send(channel, plan=started.model_dump(mode="json"))
            if not running and (not todo or gates.hold_back(todo)):
                return
            if not select.select([channel], [], [], gates.pauses.seconds)[0]:
                continue
            message = receive(channel)
            if message is None:
                for trial_id in list(running):
                    finish(trial_id, f"The parent process of the trials died. {_tail(log_path)}")
                return
            if message["event"] == "step":
                on_step(running[message["trial"]], message["step"])
            elif message["event"] == "failed":
                failures[message["trial"]] = message["reason"]
            else:
                finish(message["trial"], message["reason"])


@contextmanager
def _pool() -> Iterator[tuple[socket.socket, Path]]:
    """The pool's process; it is gone, with all its children, on leaving."""
    home = ensure_instance()
    log_path = home / "trial_pool.log"
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, log_path.open("wb") as log:
        pool = subprocess.Popen(
            [sys.executable, "-m", "orchestration.pool.server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={
                **os.environ,
                "DAGSTER_HOME": str(home),
                "DAGSTER_DISABLE_TELEMETRY": "true",
                IMPORT_FROM: str(Path.cwd()),
            },
            cwd=REPOSITORY_DIR,
            start_new_session=True,  # Ctrl-C is for this process, which then stops the pool
        )
        theirs.close()
        try:
            yield ours, log_path
        finally:
            ours.close()
            _wait(pool)


def _wait(pool: subprocess.Popen[bytes]) -> None:
    """Wait for the pool to stop its trials; a second Ctrl-C kills it, and they die with it."""
    try:
        pool.wait(timeout=GRACE_SECONDS + 10)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        pool.send_signal(signal.SIGKILL)
        pool.wait()


def _scorecard(plan: TrialPlan, failure: str, death: str) -> Scorecard:
    """The stored scorecard of a trial that ended; an unscored one where it ended without.

    Args:
        plan: The trial.
        failure: Why its Dagster run failed, if it did.
        death: Why its process ended, where it did not end by itself.
    """
    store = RunStore(plan.run_id).trial(plan.trial_id)
    with contextlib.suppress(LockgateError):
        stored = store.read_scorecard()
        if stored is not None and (stored.status == "scored" or not death):
            return stored
    scorecard = Scorecard(
        trial=identity_of(plan, get_task(plan.task)),
        status="unscored",
        unscored_reason=death or failure or "The trial ended without a scorecard.",
        versions=tool_versions(),
    )
    store.write_scorecard(scorecard)
    return scorecard


def _tail(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace").strip()[-2000:] if path.is_file() else ""
    return f"Log tail: {text}" if text else "Its log is empty."
