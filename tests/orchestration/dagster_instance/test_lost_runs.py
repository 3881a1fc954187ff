"""Runs whose process is gone, and runs that are about to be interrupted."""

import os
import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.dagster_instance.lost_runs import TAG, announce_cancel, fail_lost_runs, process_tag

Status = dg.DagsterRunStatus


@dg.op
def nothing() -> None:
    pass


@dg.job
def job() -> None:
    nothing()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def make(instance: dg.DagsterInstance, status: Status, tag: str | None) -> str:
    return instance.create_run_for_job(job, status=status, tags={TAG: tag} if tag else {}).run_id


def status_of(instance: dg.DagsterInstance, run_id: str) -> Status:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def dead_tag() -> str:
    """The tag of a process that has ended."""
    script = "from orchestration.dagster_instance.lost_runs import TAG, process_tag; print(process_tag()[TAG])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_unfinished_state_of_a_lost_run_ends_in_failure_and_finished_ones_stay(
    instance: dg.DagsterInstance,
) -> None:
    tag = dead_tag()
    unfinished = [Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING]
    finished = [Status.SUCCESS, Status.FAILURE, Status.CANCELED]
    lost = [make(instance, status, tag) for status in unfinished]
    kept = [make(instance, status, tag) for status in finished]
    assert sorted(fail_lost_runs(instance)) == sorted(lost)
    assert {status_of(instance, run_id) for run_id in lost} == {Status.FAILURE}
    assert [status_of(instance, run_id) for run_id in kept] == finished
    assert fail_lost_runs(instance) == []
    messages = [entry.user_message or entry.message for entry in instance.all_logs(lost[0])]
    assert any("was killed. Its run can be resumed." in message for message in messages)


@pytest.mark.parametrize("tag", ["", "nonsense", "-1", "1e3-5", "OURS", "OURS-", "999999999-1"])
def test_a_tag_that_names_no_living_process_is_a_lost_run(instance: dg.DagsterInstance, tag: str) -> None:
    tag = tag.replace("OURS", str(os.getpid()))
    run_id = instance.create_run_for_job(job, status=Status.STARTED, tags={TAG: tag}).run_id
    assert fail_lost_runs(instance) == [run_id]


def test_a_process_that_has_ended_and_was_not_waited_for_is_gone(instance: dg.DagsterInstance) -> None:
    """A zombie still has its entry in /proc, with the same start."""
    script = (
        "from orchestration.dagster_instance.lost_runs import TAG, process_tag; print(process_tag()[TAG], flush=True);"
        "input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script], text=True, **pipes) as child:  # type: ignore[call-overload]
        run_id = make(instance, Status.STARTED, child.stdout.readline().strip())
        assert fail_lost_runs(instance) == []
        child.stdin.write("\n")
        child.stdin.flush()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert fail_lost_runs(instance) == [run_id]


def test_only_the_runs_of_processes_to_be_interrupted_are_announced(instance: dg.DagsterInstance) -> None:
    ours = make(instance, Status.STARTED, process_tag()[TAG])
    other = make(instance, Status.STARTED, "1-1")
    foreign = make(instance, Status.STARTED, None)
    done = make(instance, Status.SUCCESS, process_tag()[TAG])
    announce_cancel(instance, [os.getpid()])
    found = [status_of(instance, run_id) for run_id in (ours, other, foreign, done)]
    assert found == [Status.CANCELING, Status.STARTED, Status.STARTED, Status.SUCCESS]


def test_a_process_that_is_gone_already_announces_nothing(instance: dg.DagsterInstance) -> None:
    """Neither its runs, which are lost, nor runs of nobody."""
    foreign = make(instance, Status.STARTED, None)
    lost = make(instance, Status.STARTED, dead_tag())
    announce_cancel(instance, [999_999_999])
    assert [status_of(instance, run_id) for run_id in (foreign, lost)] == [Status.STARTED] * 2
