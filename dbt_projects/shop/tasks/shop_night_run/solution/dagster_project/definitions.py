"""The night run of the shop's warehouse."""

import dagster as dg
from runtime.steps import dbt, load

DAYS = dg.DailyPartitionsDefinition("2024-03-20")
AGAIN = dg.RetryPolicy(max_retries=3, delay=1)
CONNECTIONS = ("marketplace", "catalogue", "clickstream", "carrier", "finance")


def connection_asset(name):
    """The raw tables of a connection."""

    @dg.asset(name=name, partitions_def=DAYS, retry_policy=AGAIN, group_name="raw")
    def raw_tables():
        load(name)

    return raw_tables


def layer_asset(name, deps, paths):
    """The models of a layer; its data tests, as far as they read nothing below it, stop what comes after it."""
    tests = dg.AssetCheckSpec("data_tests", asset=name, blocking=True)

    @dg.asset(name=name, partitions_def=DAYS, deps=deps, check_specs=[tests])
    def layer():
        select = [part for path in paths for part in ("--select", f"path:{path}")]
        dbt("build", *select, "--indirect-selection", "buildable", "--exclude-resource-type", "unit_test")
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="data_tests", passed=True)])

    return layer


raw = [connection_asset(name) for name in CONNECTIONS]
staging = layer_asset("staging", raw, ["models/staging"])
intermediate = layer_asset("intermediate", [staging], ["models/intermediate", "snapshots"])
marts = layer_asset("marts", [intermediate], ["models/marts"])

nightly = dg.define_asset_job("nightly", selection="*")

defs = dg.Definitions(
    assets=[*raw, staging, intermediate, marts],
    jobs=[nightly],
    schedules=[
        dg.ScheduleDefinition(
            name="every_night", job=nightly, cron_schedule="30 23 * * *", execution_timezone="Europe/Berlin"
        )
    ],
)
