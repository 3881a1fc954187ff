"""Runs inside the sandbox: dbt on the workspace's project, with the pinned clock. Arguments are dbt's."""

import os
import sys

import duckdb

from runtime.dbt.clock import parse_pinned, pin_dbt, pin_warehouse

if __name__ == "__main__":
    os.chdir("dbt")
    moment = parse_pinned(os.environ["PINNED_NOW"])
    with duckdb.connect("../warehouse.duckdb") as connection:
        pin_warehouse(connection, moment)
    pin_dbt(moment)
    from dbt.cli.main import dbtRunner

    os.environ["WAREHOUSE_PATH"] = "../warehouse.duckdb"
    options = ["--no-use-colors", "--profiles-dir", ".", "--project-dir", "."]
    result = dbtRunner().invoke([*sys.argv[1:], *options])
    if result.exception:
        print(result.exception)  # noqa: T201 - its answer
    sys.exit(0 if result.success else 1)
