"""The night run of the operations warehouse."""

import dagster as dg
from runtime.steps import dbt, load

DAYS = dg.DailyPartitionsDefinition("2013-03-01")
AGAIN = dg.RetryPolicy(max_retries=3, delay=1)
TESTED = ("--indirect-selection", "buildable", "--exclude-resource-type", "unit_test")


@dg.asset(partitions_def=DAYS, retry_policy=AGAIN)
def operations():
    """Schedules, departures and arrivals."""
    load("operations")


@dg.asset(partitions_def=DAYS, retry_policy=AGAIN)
def reference():
    """Airports, airlines and aircraft."""
    load("reference")


@dg.asset(partitions_def=DAYS, retry_policy=AGAIN)
def weather():
    """Observations of the weather service."""
    load("weather")


@dg.asset(
    partitions_def=DAYS,
    deps=[operations, reference, weather],
    check_specs=[dg.AssetCheckSpec("data_tests", asset="staging", blocking=True)],
)
def staging():
    """The models of models/staging and their data tests; one that fails ends the night."""
    dbt("build", "--select", "path:models/staging", *TESTED)
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@dg.asset(
    partitions_def=DAYS,
    deps=[staging],
    check_specs=[dg.AssetCheckSpec("data_tests", asset="intermediate", blocking=True)],
)
def intermediate():
    """The models of models/intermediate and their data tests, and the versions of aircraft."""
    dbt("build", "--select", "path:models/intermediate", "path:snapshots", *TESTED)
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@dg.asset(partitions_def=DAYS, deps=[intermediate])
def marts():
    """The models of models/marts."""
    dbt("build", "--select", "path:models/marts", *TESTED)


nightly = dg.define_asset_job("nightly", selection="*")

defs = dg.Definitions(
    assets=[operations, reference, weather, staging, intermediate, marts],
    jobs=[nightly],
    schedules=[
        dg.ScheduleDefinition(
            name="every_evening", job=nightly, cron_schedule="15 19 * * *", execution_timezone="America/New_York"
        )
    ],
)
