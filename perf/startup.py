"""How long commands take with 250 tasks and 5,000 stored trials: `python -m perf.startup`.

The processor time of the whole command counts, start of Python included, the least of several runs, so that other work
on the machine matters less; wall time stands beside it. Tasks are copies, trials are made up
(`tests/helpers/made_up_runs.py`) and stored as real ones are. Dagster's definitions are measured after its imports.
"""

from __future__ import annotations

import argparse
import os
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
REPORT_SECONDS = 40.0
"""A page of all trials, and one for each."""
DEFINITIONS_SECONDS = 5.0
_DEFINITIONS = """
import time, sys
import orchestration.definitions as module
began = time.process_time()
definitions = module.build_definitions()
definitions.resolve_asset_graph()
definitions.resolve_all_job_defs()
print(time.process_time() - began, file=sys.stderr)
"""


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-report", action="store_true", help="leave out `lockgate report`, which takes longest")
    has_report = not parser.parse_args().no_report
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
        environment = {**os.environ, "LOCKGATE_PROJECTS": str(folder / "worlds"), "NO_COLOR": "1"}
        plan: list[tuple[list[str], float, int]] = [
            (["--help"], HELP_SECONDS, N_ROUNDS),
            (["tasks"], LIST_SECONDS, N_ROUNDS),
            (["runs"], LIST_SECONDS, N_ROUNDS),
            (["show", "made-up"], LIST_SECONDS, N_ROUNDS),
            (["show", f"made-up/{one.trial_id}"], LIST_SECONDS, N_ROUNDS),
        ]
        if has_report:
            plan.append((["report", "made-up", "-o", str(folder / "report")], REPORT_SECONDS, 1))
        first = best_of(1, [LOCKGATE, "runs"], environment)
        first_name = "lockgate runs, the first time"
        print(f"{first_name:<48} {first.cpu:8.2f} s, which is kept; wall {first.wall:.2f} s", flush=True)
        is_fine = True
        for arguments, limit, n_rounds in plan:
            seconds = best_of(n_rounds, [LOCKGATE, *arguments], environment)
            shown = " ".join(["lockgate", *arguments[:2]])[:48]
            is_fine &= is_within(shown, seconds.cpu, limit, "s", f"; wall {seconds.wall:.2f} s")
        is_fine &= is_within("Dagster's definitions", _definitions(environment), DEFINITIONS_SECONDS, "s")
    raise SystemExit(0 if is_fine else 1)


def _definitions(environment: dict[str, str]) -> float:
    """Processor time of making the definitions once more, after the imports."""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", _DEFINITIONS], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stderr.split()[-1])


if __name__ == "__main__":
    main()
