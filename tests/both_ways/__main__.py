"""Both ways give the same scorecards: `python -m tests.both_ways [TASK ...]`, or `make both-ways`.

Oracle, idle agent, saboteurs and hostile submissions have a trial on each task: the short way, for which verdicts that
are kept from before are thrown away; the long way (`LOCKGATE_LONG_WAY=1`); and the short way again, where what was kept
is found. All that a scorecard says but wall times and the name of the run must be the same to the byte. Runs are kept,
so that a second call goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from benchmark.errors import LockgateError
from benchmark.paths import cache_dir
from benchmark.run_store import RunStore
from evaluators.pipeline.short_ways import VARIABLE
from tests.both_ways.compare import compare_runs

ROOT = Path(__file__).parents[2]
WAYS = {"short": "0", "long": "1", "again": "0"}
HOSTILE = "tests.both_ways.hostile_agent:HostileAgent"
MISTAKE = (1, 2, 130)
"""Exit codes of `lockgate run` with which it has not come to its end."""


def main() -> None:
    """Run what has not run yet, compare, print; exit code 1 where two scorecards differ or one has no verdict."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.both_ways", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="*", default=["tag:full"], help="as of `lockgate run --tasks` (default: all)")
    parser.add_argument("--saboteurs", type=int, default=5, metavar="N", help="on each task (default: %(default)s)")
    parser.add_argument("--hostile", type=int, default=20, metavar="N", help="on each task (default: %(default)s)")
    parser.add_argument("-j", "--parallel", default="2", metavar="N", help="trials at once (default: %(default)s)")
    parser.add_argument("--name", default="both-ways", help="how the runs' names begin (default: %(default)s)")
    arguments = parser.parse_args()
    if not RunStore(f"{arguments.name}-short").exists():
        for kind in ("results", "components"):
            shutil.rmtree(cache_dir() / kind, ignore_errors=True)
    agents = [(["oracle", "idle"], 1), (["saboteur"], arguments.saboteurs), ([HOSTILE], arguments.hostile)]
    for way, value in WAYS.items():
        for names, attempts in agents:
            if attempts:
                _run(f"{arguments.name}-{way}", value, names, attempts, arguments)
    console = Console()
    try:
        n_trials, problems = compare_runs([f"{arguments.name}-{way}" for way in WAYS])
    except LockgateError as error:
        sys.exit(f"Both ways: {error}")
    for problem in problems:
        console.print(problem, markup=False, highlight=False, soft_wrap=True)
    console.print(f"{n_trials} trials, {len(problems)} that are not the same {', '.join(WAYS)}.")
    sys.exit(1 if problems else 0)


def _run(run_id: str, way: str, agents: list[str], attempts: int, arguments: argparse.Namespace) -> None:
    """Run trials with `lockgate run`; those that have a verdict stay as they are."""
    command = [sys.executable, "-m", "orchestration.cli", "run", "--run-id", run_id, "-j", arguments.parallel, "--yes"]
    command += ["--attempts", str(attempts), "--holdout-seed", "101"]
    for option, values in (("--tasks", arguments.tasks), ("--agent", agents)):
        command += [part for value in values for part in (option, value)]
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(command, env=os.environ | {VARIABLE: way, "PYTHONPATH": python_path}, check=False)
    if done.returncode in MISTAKE:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
