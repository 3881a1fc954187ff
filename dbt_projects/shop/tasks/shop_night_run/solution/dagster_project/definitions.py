"""The night run of the shop's warehouse."""

import dagster as dg
from runtime.steps import StepError, dbt, load

DAYS = dg.DailyPartitionsDefinition("2024-03-20")
AGAIN = dg.RetryPolicy(max_retries=3, delay=1)
CONNECTIONS = ("marketplace", "catalogue", "clickstream", "carrier", "finance")


def connection_asset(name):
    """The raw tables of a connection."""

    @dg.asset(name=name, partitions_def=DAYS, retry_policy=AGAIN, group_name="raw")
    def raw_tables():
        load(name)

    return raw_tables


def tests_pass(layer):
    """Run dbt's data tests of a layer, as far as they read nothing below it."""
    try:
        dbt(
            "test",
            "--select",
            f"path:models/{layer}",
            "--indirect-selection",
            "buildable",
            "--exclude-resource-type",
            "unit_test",
        )
    except StepError as error:
        return dg.AssetCheckResult(passed=False, metadata={"why": str(error)})
    return dg.AssetCheckResult(passed=True)


raw = [connection_asset(name) for name in CONNECTIONS]


@dg.asset(partitions_def=DAYS, deps=raw)
def staging():
    """The models of models/staging."""
    dbt("run", "--select", "path:models/staging")


@dg.asset_check(asset=staging, blocking=True)
def staging_tests():
    """The data tests of staging."""
    return tests_pass("staging")


@dg.asset(partitions_def=DAYS, deps=[staging])
def intermediate():
    """The models of models/intermediate."""
    dbt("run", "--select", "path:models/intermediate")


@dg.asset_check(asset=intermediate, blocking=True)
def intermediate_tests():
    """The data tests of intermediate."""
    return tests_pass("intermediate")


@dg.asset(partitions_def=DAYS, deps=[intermediate])
def snapshots():
    """The history of customers, which only good nights add to."""
    dbt("snapshot")


@dg.asset(partitions_def=DAYS, deps=[intermediate, snapshots])
def marts():
    """The models of models/marts."""
    dbt("run", "--select", "path:models/marts")


@dg.asset_check(asset=marts, blocking=True)
def marts_tests():
    """The data tests of marts."""
    return tests_pass("marts")


nightly = dg.define_asset_job("nightly", selection="*")

defs = dg.Definitions(
    assets=[*raw, staging, intermediate, snapshots, marts],
    asset_checks=[staging_tests, intermediate_tests, marts_tests],
    jobs=[nightly],
    schedules=[
        dg.ScheduleDefinition(
            name="every_night", job=nightly, cron_schedule="30 23 * * *", execution_timezone="Europe/Berlin"
        )
    ],
)
