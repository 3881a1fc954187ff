"""Trials in worker processes. Those that are not slow have a scorecard already, so that they end at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from benchmark.paths import REPOSITORY_DIR, dagster_home
from benchmark.registry import get_task
from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard
from benchmark.task import Task
from orchestration.dagster_instance.config import ensure_instance
from orchestration.dagster_instance.runs import REPOSITORY_TAG
from orchestration.defs.trial_config import TRIAL_TAG
from orchestration.planning.trials import plan_trial
from orchestration.pool.dispatch import execute_trials
from runtime.fork_client import ForkRuntime
from tests.helpers.scorecards import StoreScorecard

SLOW = "tests.orchestration.slow_agent:SlowAgent"


@pytest.fixture
def runtime() -> Iterator[ForkRuntime]:
    """A fork server without libraries: nothing is loaded or built here."""
    runtime = ForkRuntime("bare")
    yield runtime
    runtime.close()


@pytest.fixture
def slow_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the slow agent writes its process id."""
    path = tmp_path / "slow.pid"
    monkeypatch.setenv("SLOW_AGENT_FILE", str(path))
    return path


def wait_for(path: Path) -> int:
    deadline = time.monotonic() + 300
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(path.read_text())


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def statuses(home: Path) -> dict[str, str]:
    """Status of each trial's run, as its job's page in the UI finds it."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        runs = instance.get_runs(dg.RunsFilter(tags=REPOSITORY_TAG))
    assert len({run.run_id for run in runs}) == len(runs)
    return {run.tags[TRIAL_TAG]: run.status.value for run in runs}


def test_each_trial_is_one_run_and_a_killed_one_is_unscored(
    task: Task, runtime: ForkRuntime, slow_file: Path, instance_home: Path, store_scorecard: StoreScorecard
) -> None:
    plans = [plan_trial(task, SLOW, run_id="r")]
    plans += [plan_trial(task, "oracle", run_id="r", attempt=attempt) for attempt in (1, 2)]
    plans += [plan_trial(get_task("build_harbours"), "oracle", run_id="r")]
    for plan in plans[1:]:
        store_scorecard(plan)
    threading.Thread(target=lambda: os.kill(wait_for(slow_file), signal.SIGKILL), daemon=True).start()
    done: dict[str, Scorecard] = {}
    steps: list[tuple[str, str]] = []
    execute_trials(
        plans,
        n_parallel=2,
        on_done=lambda plan, scorecard: done.update({plan.trial_id: scorecard}),
        on_step=lambda plan, step: steps.append((plan.trial_id, step)),
        runtime=runtime,
    )
    slow = plans[0].trial_id
    assert {name: card.status for name, card in done.items()} == {
        plan.trial_id: "unscored" if plan.trial_id == slow else "scored" for plan in plans
    }
    assert done[slow].unscored_reason == "The process of the trial was ended by signal SIGKILL."
    assert RunStore("r").trial(slow).read_scorecard() == done[slow]
    assert steps == [(slow, "prepare"), (slow, "solve")]
    assert statuses(instance_home) == {
        plan.trial_id: "FAILURE" if plan.trial_id == slow else "SUCCESS" for plan in plans
    }
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        run = next(run for run in instance.get_runs() if run.job_name == "build_harbours")
        assert run.remote_job_origin is not None
        assert run.remote_job_origin.location_name == "orchestration.definitions"
        records = instance.fetch_materializations(dg.AssetKey(["build_harbours", "scorecard"]), limit=1).records
        assert records[0].run_id == run.run_id


@pytest.mark.slow
def test_ctrl_c_stops_the_trials_and_tells_dagster(
    task: Task, runtime: ForkRuntime, slow_file: Path, instance_home: Path
) -> None:
    pids: list[int] = []

    def interrupt() -> None:
        pids.append(wait_for(slow_file))
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    plan = plan_trial(task, SLOW, run_id="r")
    # A shell starts what runs in its background with SIGINT ignored; these tests may be such a job.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            execute_trials([plan], n_parallel=1, runtime=runtime)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not is_running(pids[0])
    assert statuses(instance_home) == {plan.trial_id: "CANCELED"}
    assert RunStore("r").trial(plan.trial_id).read_scorecard() is None


SCRIPT = """
from benchmark.registry import get_task
from orchestration.pool.dispatch import execute_trials
from orchestration.defs.trial_config import TRIAL_TAG
from orchestration.planning.trials import plan_trial
from runtime.fork_client import ForkRuntime
execute_trials([plan_trial(get_task("repair_ports"), {agent!r}, run_id="r")], n_parallel=1, runtime=ForkRuntime("bare"))
"""


@pytest.mark.slow
def test_nothing_is_left_of_a_run_that_is_killed(small_world: Path, slow_file: Path, instance_home: Path) -> None:
    command = [sys.executable, "-c", SCRIPT.format(agent=SLOW)]
    with subprocess.Popen(command, cwd=REPOSITORY_DIR) as process:
        trial = wait_for(slow_file)
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while (
        is_running(trial)
        or "STARTED" in statuses(instance_home).values()
        or "CANCELING" in statuses(instance_home).values()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert list(statuses(instance_home).values()) == ["CANCELED"]


@pytest.mark.slow
def test_the_process_that_forks_has_one_thread(instance_home: Path) -> None:
    """A lock that another thread holds at the fork stays locked in the child for ever."""
    script = """
import pathlib, dagster, orchestration.definitions
from orchestration.dagster_instance.sqlite_event_log import prepare
from orchestration.dagster_instance.lost_runs import fail_lost_runs
with dagster.DagsterInstance.from_config({home!r}) as instance:
    fail_lost_runs(instance)
    prepare(instance)
    print(len(list(pathlib.Path("/proc/self/task").iterdir())))
"""
    command = [sys.executable, "-c", script.format(home=str(instance_home))]
    output = subprocess.run(command, cwd=REPOSITORY_DIR, capture_output=True, text=True, check=True).stdout
    assert output.strip() == "1"


def test_the_instance_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "instance"))
    assert ensure_instance() == tmp_path / "instance"
    config = tmp_path / "instance" / "dagster.yaml"
    assert "telemetry: {enabled: false}" in config.read_text()
    config.write_text("telemetry: {enabled: true}\n")
    ensure_instance()
    assert config.read_text() == "telemetry: {enabled: true}\n"


def test_without_trials_nothing_is_started(runtime: ForkRuntime) -> None:
    execute_trials([], n_parallel=1, runtime=runtime, on_done=lambda *_: pytest.fail("no trial can end"))
    assert not dagster_home().exists()
