"""`dagster dev` on our definitions, without the notes that a user of `lockgate ui` cannot act on.

`python -m orchestration.dagster_instance.dev_server PORT`; `DAGSTER_HOME` says on which instance.
"""

import logging
import signal
import sys
import warnings

from agents.registry import TRUSTED
from benchmark.paths import REPOSITORY_DIR
from orchestration.dagster_ui.names import COMPETITORS


def _is_for_users(record: logging.LogRecord) -> bool:
    """Not the note that the `dagster.yaml` of the working directory is not used, since `DAGSTER_HOME` has its own."""
    return "Found a dagster instance configuration value" not in record.getMessage()


def main() -> None:
    """Serve on loopback until interrupted or terminated."""
    # A shell starts background jobs with SIGINT ignored; `dagster dev` does on SIGTERM what it does on SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warnings.filterwarnings("ignore", message="Function `dev_command` is superseded")
    logging.getLogger("dagster").addFilter(_is_for_users)
    from dagster import DagsterInstance
    from dagster._cli import main as dagster

    # Nobody has to type the names of the agents that need no model into the matrix.
    with DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(COMPETITORS, sorted(TRUSTED))
    options = ["-m", "orchestration.definitions", "-d", str(REPOSITORY_DIR), "-h", "127.0.0.1", "-p", sys.argv[1]]
    # What the daemons do every few seconds would fill the terminal; warnings and errors stay.
    options += ["--log-level", "warning"]
    sys.argv = ["dagster", "dev", *options]
    dagster()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
