"""What a sandbox costs: `python -m perf.sandbox`.

A command inside bubblewrap against the same command outside (limit on the difference), and an evaluation in rooms
against one without walls (limit on the ratio; with `--evaluate`, minutes).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runtime.sandbox.interface import SandboxSpec
from runtime.sandbox.registry import open_sandbox

COMMAND_LIMIT_MS = 50.0
EVALUATION_LIMIT = 1.3
N_COMMANDS = 30


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluate", metavar="TASK", help="also evaluate the oracle's submission of a task, both ways")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, open_sandbox("bubblewrap", SandboxSpec(Path(name))) as sandbox:
        inside = _milliseconds(lambda: sandbox.exec(["/bin/true"]))
        outside = _milliseconds(lambda: subprocess.run(["/bin/true"], check=True))
    overhead = inside - outside
    print(
        f"a command in bubblewrap costs {overhead:.1f} ms more, median of {N_COMMANDS} (limit {COMMAND_LIMIT_MS:g} ms)"
    )
    is_fine = overhead <= COMMAND_LIMIT_MS
    if arguments.evaluate:
        ratio = _evaluate(arguments.evaluate)
        print(f"evaluation in rooms / without walls: {ratio:.2f} (limit {EVALUATION_LIMIT})")
        is_fine = is_fine and ratio <= EVALUATION_LIMIT
    raise SystemExit(0 if is_fine else 1)


def _milliseconds(action: Callable[[], object]) -> float:
    times = []
    for _ in range(N_COMMANDS):
        started = time.monotonic()
        action()
        times.append(1000 * (time.monotonic() - started))
    return statistics.median(times)


def _evaluate(task_id: str) -> float:
    """Seconds of a trial's evaluation inside over outside; gold and caches are warm, servers are up."""
    from benchmark.registry import get_task
    from benchmark.trial import TrialOptions
    from orchestration.planning.trials import new_run_id, plan_trial
    from orchestration.trial import run_trial
    from runtime.fork_client import ForkRuntime

    task = get_task(task_id)
    run_id = f"perf-{new_run_id()}"
    seconds: dict[str, float] = {}
    with ForkRuntime() as runtime:
        runtime.warm("judge", "rooms")
        for attempt, backend in enumerate(("none", "bubblewrap", "none", "bubblewrap"), start=1):
            plan = plan_trial(
                task, "oracle", run_id=run_id, attempt=attempt, options=TrialOptions(holdout_seed=7, sandbox=backend)
            )
            scorecard = run_trial(plan, runtime)
            if scorecard.status != "scored":
                raise SystemExit(f"The trial is unscored: {scorecard.unscored_reason}")
            seconds[backend] = scorecard.timing_seconds["total"]  # the second of each counts
            print(f"{backend}: {seconds[backend]:.1f} s")
    return seconds["bubblewrap"] / seconds["none"]


if __name__ == "__main__":
    main()
