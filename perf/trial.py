"""What a trial costs beside its own loads and dbt builds: `python -m perf.trial [TASK]`.

The first trial on a task builds gold and fills caches. The second one is measured: its wall time, over the sum of the
wall times of its loads and builds, each in a warm child; and the wall times of what was built again for its component
scores, over those of its builds (nothing, for a right pipeline). Ratios, not seconds: they hold on a busy machine too.
"""

from __future__ import annotations

import argparse

from benchmark.registry import get_task
from benchmark.trial import TrialOptions
from orchestration.planning.trials import new_run_id, plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime

LIMIT = 1.5
"""Of either ratio."""


def main() -> None:
    """Measure and print; exit code 1 over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", nargs="?", default="flights_otp_scorecard")
    arguments = parser.parse_args()
    task = get_task(arguments.task)
    run_id = f"perf-{new_run_id()}"
    with ForkRuntime() as runtime:
        runtime.warm("judge")
        for attempt in (1, 2):
            plan = plan_trial(task, "oracle", run_id=run_id, attempt=attempt, options=TrialOptions(holdout_seed=7))
            scorecard = run_trial(plan, runtime)
            if scorecard.status != "scored":
                raise SystemExit(f"The trial is unscored: {scorecard.unscored_reason}")
            seconds = scorecard.timing_seconds
            own = seconds["load"] + seconds["build"]
            parts = ", ".join(f"{name} {value:.1f}" for name, value in seconds.items() if name != "total")
            print(f"trial {attempt} of {task.id}: {seconds['total']:.1f} s ({parts})")
    ratio = seconds["total"] / own
    print(f"second trial / its loads and builds: {ratio:.2f} (limit {LIMIT})")
    components = seconds.get("components", 0.0) / seconds["build"]
    print(f"component scores / builds: {components:.2f} (limit {LIMIT})")
    raise SystemExit(0 if max(ratio, components) <= LIMIT else 1)


if __name__ == "__main__":
    main()
