"""How long commands take with 250 tasks and 5,000 stored trials: `python -m perf.startup`.

The processor time of the whole command counts, start of Python included, the least of several runs, so that other work
on the machine matters less, and compiled modules are there; wall time stands beside it. Tasks are copies, trials are
made up (`tests/helpers/made_up_runs.py`) and stored as real ones are. Dagster's definitions are measured after its
imports.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from perf.figures import LOCKGATE, best_of, is_within, machine
from perf.many_tasks import copy_worlds

N_TASKS = 250
N_COMPETITORS, N_TASKS_OF_RUN = 20, 250
"""Of the stored run: 5,000 trials."""
N_ROUNDS = 5
HELP_SECONDS, LIST_SECONDS = 0.3, 1.0
REPORT_SECONDS = 30.0
"""A page of all trials, and one for each."""
DEFINITIONS_SECONDS = 10.0
ONE_JOB_SECONDS, ALL_JOBS_SECONDS = 2.0, 10.0
_DEFINITIONS = """
import time
import orchestration.definitions
from orchestration.defs.build import build_definitions
seconds = [time.process_time()]
definitions = build_definitions()
definitions.resolve_asset_graph()
seconds.append(time.process_time())
definitions.resolve_job_def("flights_otp_scorecard")
seconds.append(time.process_time())
definitions.resolve_all_job_defs()
seconds.append(time.process_time())
print(*(after - before for before, after in zip(seconds, seconds[1:])))
"""
"""A run needs one job; the UI needs all when it starts."""


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-report", action="store_true", help="leave out `lockgate report`, which takes longest")
    chosen = parser.parse_args()
    from tests.helpers.made_up_runs import store_made_up_run

    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LOCKGATE_HOME"] = str(folder / "home")
        copy_worlds(folder / "worlds", N_TASKS)
        began = time.perf_counter()
        cards = store_made_up_run("made-up", N_COMPETITORS, N_TASKS_OF_RUN, references=False)
        one = cards[len(cards) // 2].trial
        print(f"{len(cards)} trials made in {time.perf_counter() - began:.0f} s, {N_TASKS} tasks")
        environment = {
            **os.environ,
            "LOCKGATE_PROJECTS": str(folder / "worlds"),
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "",  # a shell that says so would have each command compile all modules again
        }
        plan: list[tuple[list[str], float, int]] = [
            (["--help"], HELP_SECONDS, N_ROUNDS),
            (["tasks"], LIST_SECONDS, N_ROUNDS),
            (["runs"], LIST_SECONDS, N_ROUNDS),
            (["show", "made-up"], LIST_SECONDS, N_ROUNDS),
            (["show", f"made-up/{one.trial_id}"], LIST_SECONDS, N_ROUNDS),
        ]
        if not chosen.no_report:
            plan.append((["report", "made-up", "-o", str(folder / "report")], REPORT_SECONDS, 1))
        first = best_of(1, [LOCKGATE, "runs"], environment)
        first_name = "lockgate runs, the first time"
        print(f"{first_name:<48} {first.cpu:8.2f} s, which is kept; wall {first.wall:.2f} s", flush=True)
        is_fine = True
        for arguments, limit, n_rounds in plan:
            seconds = best_of(n_rounds, [LOCKGATE, *arguments], environment)
            shown = " ".join(["lockgate", *arguments[:2]])[:48]
            is_fine &= is_within(shown, seconds.cpu, limit, "s", f"; wall {seconds.wall:.2f} s")
        graph, one_job, all_jobs = _definitions(environment)
        is_fine &= is_within("Dagster's definitions, asset graph", graph, DEFINITIONS_SECONDS, "s")
        is_fine &= is_within("Dagster's job of one task", one_job, ONE_JOB_SECONDS, "s")
        is_fine &= is_within("Dagster's jobs of all tasks", all_jobs, ALL_JOBS_SECONDS, "s")
    raise SystemExit(0 if is_fine else 1)


def _definitions(environment: dict[str, str]) -> tuple[float, float, float]:
    """Processor time of making the definitions once more after the imports, of one job, and of all others."""
    done = subprocess.run(
        [sys.executable, "-c", _DEFINITIONS], env=environment, capture_output=True, text=True, check=True
    )
    graph, one_job, all_jobs = map(float, done.stdout.splitlines()[-1].split())
    return graph, one_job, all_jobs


if __name__ == "__main__":
    main()
