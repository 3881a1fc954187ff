"""What a trial costs, the long way and the short way: `python -m perf.trial [TASK] [--agent NAME]`.

The first trial on a task builds gold and fills caches. The second one goes the long way (`LOCKGATE_LONG_WAY=1`): its
wall time over the sum of the wall times of its loads and builds, each in a warm child, is the overhead; so are the wall
times of what was built again for its component scores, over those of its builds (nothing, for a right pipeline). The
third one goes the short way, as the first trial of a submission does once there is gold; the fourth finds what it has
kept. Their wall times over that of the second. Ratios, not seconds: they hold on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil

from benchmark.paths import cache_dir
from benchmark.registry import get_task
from benchmark.scorecard import Scorecard
from benchmark.trial import TrialOptions
from evaluators.pipeline.short_ways import VARIABLE
from orchestration.planning.trials import new_run_id, plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime

LIMIT = 1.5
"""Of the overhead and of the component scores."""
SHORT_LIMIT = 0.35
"""Of the same submission once more over the long way."""
WAYS = (("0", False), ("1", False), ("0", True), ("0", False))
"""What `LOCKGATE_LONG_WAY` is in each trial, and whether verdicts that are kept are thrown away before it."""


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", nargs="?", default="flights_otp_scorecard")
    parser.add_argument("--agent", default="oracle", help="oracle, idle, saboteur ... (default: oracle)")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    cards = _run_trials(arguments.task, arguments.agent)
    long, short, again = (card.timing_seconds for card in cards[1:])
    ratios = {
        "long way / its loads and builds": (long["total"] / (long["load"] + long["build"]), LIMIT),
        "component scores / builds": (long.get("components", 0.0) / long["build"], LIMIT),
        "once more / long way": (again["total"] / long["total"], SHORT_LIMIT),
    }
    print(f"short way / long way: {short['total'] / long['total']:.2f}")
    for name, (ratio, limit) in ratios.items():
        print(f"{name}: {ratio:.2f} (limit {limit})")
    raise SystemExit(0 if all(ratio <= limit for ratio, limit in ratios.values()) else 1)


def _run_trials(name: str, agent: str) -> list[Scorecard]:
    task, run_id, cards = get_task(name), f"perf-{new_run_id()}", []
    with ForkRuntime() as runtime:
        runtime.warm("judge")
        for attempt, (way, is_new) in enumerate(WAYS, start=1):
            os.environ[VARIABLE] = way
            for kind in ("components", "results") if is_new else ():
                shutil.rmtree(cache_dir() / kind, ignore_errors=True)
            plan = plan_trial(task, agent, run_id=run_id, attempt=attempt, options=TrialOptions(holdout_seed=7))
            scorecard = run_trial(plan, runtime)
            if scorecard.status != "scored":
                raise SystemExit(f"The trial is unscored: {scorecard.unscored_reason}")
            seconds = scorecard.timing_seconds
            parts = ", ".join(f"{step} {value:.1f}" for step, value in seconds.items() if step != "total")
            print(f"trial {attempt} of {agent} on {task.id}: {seconds['total']:.1f} s ({parts})")
            cards.append(scorecard)
    return cards


if __name__ == "__main__":
    main()
