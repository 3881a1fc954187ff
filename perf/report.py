"""How long `lockgate report` takes for 20 competitors on 100 tasks: `python -m perf.report [--keep FOLDER]`.

The run is made up (`tests/helpers/made_up_runs.py`) and stored as a real one would be. Processor time counts, so that
other work on the machine matters less; the limit is for two cores of a laptop.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

N_COMPETITORS, N_TASKS = 20, 100
LIMIT_SECONDS = 10.0
LIMIT_BYTES = 3_000_000


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    from orchestration.reports.run_report.read import read_runs
    from orchestration.reports.run_report.write import PAGE_NAME, write_report
    from tests.helpers.made_up_runs import store_made_up_run

    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOCKGATE_HOME"] = folder
        kept = Path(sys.argv[2]) if sys.argv[1:2] == ["--keep"] else Path(folder) / "report"
        n_trials = len(store_made_up_run("made-up", N_COMPETITORS, N_TASKS))
        start = time.process_time()
        runs = read_runs(["made-up"])
        read = time.process_time() - start
        write_report(runs, kept)
        seconds = time.process_time() - start
        n_bytes = (kept / PAGE_NAME).stat().st_size
    print(f"{n_trials} trials: {seconds:.1f} s of processor time ({read:.1f} s to read them), limit {LIMIT_SECONDS}")
    print(f"page of {n_bytes / 1e6:.2f} MB, limit {LIMIT_BYTES / 1e6:.0f} (and a page for each trial beside it)")
    if seconds > LIMIT_SECONDS or n_bytes > LIMIT_BYTES:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
