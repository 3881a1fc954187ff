"""The local Dagster instance, and the command that serves its UI."""

import os
import sys
from pathlib import Path

from benchmark.files import write_atomic
from benchmark.paths import dagster_home

CONFIG = """\
# Made by Lockgate; change it as you like. SQLite beside this file; see docs/dagster.md.
telemetry: {{enabled: false}}
nux: {{enabled: false}}
# Steps print nothing: the logs of loads and builds are files, linked from each scorecard.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# Runs started in the UI; `lockgate run -j` decides by itself. A pool is a world's warehouses: one run at a time.
concurrency:
  runs: {{max_concurrent_runs: {n_runs}}}
  pools: {{default_limit: 1, granularity: run}}
python_logs: {{python_log_level: INFO}}
"""


def ensure_instance() -> Path:
    """Make the folder of the Dagster instance and its `dagster.yaml`, where they are missing.

    Returns:
        The folder, for `DAGSTER_HOME`.
    """
    home = dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    path = home / "dagster.yaml"
    if not path.exists():
        write_atomic(path, CONFIG.format(n_runs=max(1, (os.cpu_count() or 2) // 2)))
    return home


def ui_command(port: int) -> list[str]:
    """The command that serves the UI on loopback until it is interrupted; `DAGSTER_HOME` says on which instance.

    The same as `dagster dev -m orchestration.definitions -p PORT`.
    """
    return [sys.executable, "-m", "orchestration.dagster_instance.dev_server", str(port)]
