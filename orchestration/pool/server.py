"""The process that executes trials: it has Dagster and the definitions loaded and forks a child per trial.

It stays single-threaded: nothing is imported before the forks that starts threads (duckdb does).

`python -m orchestration.pool.server FD`: FD is a socket of `orchestration.pool.dispatch`. A child is one Dagster run.
When the socket closes, or at SIGTERM, the children are interrupted and the process ends; it leaves nothing behind.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from benchmark.errors import LockgateError
from benchmark.paths import dagster_home, import_also_from
from benchmark.redact import redact, redact_file
from benchmark.run_store import RunStore, TrialPlan
from runtime.processes import die_with_parent, ended_with

MAX_MESSAGE = 60_000
"""Bytes of one message."""
MAX_TEXT = 4_000
"""Characters of one text in a message that would be too long otherwise; JSON writes one in up to 12 bytes."""
IMPORT_FROM = "LOCKGATE_IMPORT_FROM"
"""Variable with the folder that the user stands in: agents of theirs are imported from there, after everything else."""
GRACE_SECONDS = 10.0
"""Time that interrupted trials have to stop their source systems and to tell Dagster."""


def send(channel: socket.socket, **message: Any) -> None:
    """Send one message; nobody listens any more where the other side is gone.

    Texts that are too long for a message are cut.

    Raises:
        ValueError: The message is too long all the same.
    """
    data = json.dumps(message).encode()
    if len(data) > MAX_MESSAGE:
        cut = {name: value[:MAX_TEXT] if isinstance(value, str) else value for name, value in message.items()}
        data = json.dumps(cut).encode()
    if len(data) > MAX_MESSAGE:
        raise ValueError(f"A message of {len(data)} bytes to the pool is longer than {MAX_MESSAGE}: {sorted(message)}")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        channel.send(data)


def receive(channel: socket.socket) -> dict[str, Any] | None:
    """Receive one message; None = the other side is gone."""
    try:
        data = channel.recv(MAX_MESSAGE)
    except ConnectionResetError:
        return None
    message: dict[str, Any] | None = json.loads(data) if data else None
    return message


class TrialPool:
    """Forks a child per trial that it is sent, and tells how each ended."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._children: dict[int, tuple[int, str]] = {}
        """Process descriptor -> process id and trial id."""

    def serve(self) -> None:
        """Serve until the other side is gone."""
        with ended_with(self._channel.fileno()):
            import dagster as dg

            import orchestration.definitions  # noqa: F401 - loaded once, before the first fork
            from orchestration.dagster_instance.lost_runs import announce_cancel, fail_lost_runs
            from orchestration.dagster_instance.sqlite_event_log import prepare

        with dg.DagsterInstance.from_config(str(dagster_home())) as instance:
            fail_lost_runs(instance)
            prepare(instance)
            send(self._channel, event="ready")
            while True:
                ready, _, _ = select.select([self._channel, *self._children], [], [])
                for descriptor in [item for item in ready if isinstance(item, int)]:
                    if self._report_end(descriptor):
                        fail_lost_runs(instance)
                if self._channel in ready:
                    message = receive(self._channel)
                    if message is None:
                        break
                    self._fork(TrialPlan.model_validate(message["plan"]), instance)
            announce_cancel(instance, [pid for pid, _ in self._children.values()])
            self._interrupt()
            fail_lost_runs(instance)

    def _fork(self, plan: TrialPlan, instance: Any) -> None:
        from orchestration.dagster_instance.runs import reconstructable_job

        reconstructable_job(plan.task)  # resolved here, for all trials of the task
        pool = os.getpid()
        pid = os.fork()
        if pid == 0:
            die_with_parent(pool)
            for descriptor in self._children:
                os.close(descriptor)
            _execute(plan, instance, self._channel)
        self._children[os.pidfd_open(pid)] = (pid, plan.trial_id)

    def _report_end(self, descriptor: int) -> bool:
        """Report a child's end; True = it was killed."""
        pid, trial_id = self._children.pop(descriptor)
        os.close(descriptor)
        exit_code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        reason = ""
        if exit_code < 0:
            reason = f"The process of the trial was ended by signal {signal.Signals(-exit_code).name}."
        send(self._channel, event="end", trial=trial_id, reason=reason)
        return exit_code < 0

    def _interrupt(self) -> None:
        """Interrupt every child as Ctrl-C would; kill those that do not end in time."""
        for pid, _ in self._children.values():
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + GRACE_SECONDS
        while self._children:
            ready, _, _ = select.select(list(self._children), [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                for pid, _ in self._children.values():
                    os.kill(pid, signal.SIGKILL)
                deadline = float("inf")
            for descriptor in ready:
                self._report_end(descriptor)


def _execute(plan: TrialPlan, instance: Any, channel: socket.socket) -> NoReturn:
    """Be the child: execute one trial as a Dagster run, then exit."""
    exit_code = 1
    log_path = RunStore(plan.run_id).trial(plan.trial_id).folder / "dagster.log"
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        _redirect(log_path)
        reason = _run(plan, instance, channel)
        if reason:
            send(channel, event="failed", trial=plan.trial_id, reason=reason[:2000])
        exit_code = 0
    except KeyboardInterrupt:
        exit_code = 130
    except BaseException as error:  # noqa: BLE001 - the parent reports it; this process ends either way
        traceback.print_exc()
        reason = redact(f"{type(error).__name__}: {error}")
        send(channel, event="failed", trial=plan.trial_id, reason=reason[:2000])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        redact_file(log_path)
        os._exit(exit_code)


def _run(plan: TrialPlan, instance: Any, channel: socket.socket) -> str:
    """The reason why the run failed; empty when it did not."""
    from orchestration.dagster_instance.lost_runs import process_tag
    from orchestration.dagster_instance.runs import execute_job, failure_reason
    from orchestration.dagster_instance.sqlite_event_log import fast_event_log
    from orchestration.defs import trial_op as trials
    from orchestration.defs.trial_config import run_tags, settings_of

    trials.listeners.append(lambda step: send(channel, event="step", trial=plan.trial_id, step=step))
    with fast_event_log(instance):
        result = execute_job(plan.task, instance, settings_of(plan), run_tags(plan) | process_tag())
    return "" if result.success else failure_reason(result)


def _redirect(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)


def main() -> None:
    """Serve on the socket whose number is the first argument."""
    if IMPORT_FROM in os.environ:
        import_also_from(os.environ[IMPORT_FROM])
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: channel.shutdown(socket.SHUT_RD))
    try:
        TrialPool(channel).serve()
    except LockgateError as error:
        send(channel, event="broken", reason=str(error))


if __name__ == "__main__":
    main()
