"""Runs inside the sandbox: dbt on the workspace's project, with the pinned clock. Arguments are dbt's."""

import os
import sys

from runtime.dbt.clock import parse_pinned, pin_dbt, pin_warehouse
from runtime.dbt.threads import use_one_thread
from runtime.warehouse import open_warehouse

if __name__ == "__main__":
    os.chdir("dbt")
    moment = parse_pinned(os.environ["PINNED_NOW"])
    warehouse = os.environ.setdefault("WAREHOUSE_PATH", "../warehouse.duckdb")
    with open_warehouse(warehouse) as connection:
        pin_warehouse(connection, moment)
    pin_dbt(moment)
    use_one_thread()
    from dbt.cli.main import dbtRunner

    words = sys.argv[1:]
    is_command = bool(words) and not words[0].startswith("-")  # dbt --version takes none of these
    options = ["--no-use-colors", "--profiles-dir", ".", "--project-dir", "."] if is_command else []
    result = dbtRunner().invoke([*words, *options])
    if result.exception:
        print(result.exception)  # noqa: T201 - its answer
    sys.exit(0 if result.success else 1)
