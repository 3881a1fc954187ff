"""The night run of the operations warehouse."""

import dagster as dg
from runtime.steps import StepError, dbt, load

DAYS = dg.DailyPartitionsDefinition("2013-03-01")
TESTS = ("--indirect-selection", "buildable", "--exclude-resource-type", "unit_test")


@dg.asset(partitions_def=DAYS)
def operations():
    """Schedules, departures and arrivals."""
    load("operations")


@dg.asset(partitions_def=DAYS)
def reference():
    """Airports, airlines and aircraft."""
    load("reference")


@dg.asset(partitions_def=DAYS, deps=[operations, reference])
def staging(context: dg.AssetExecutionContext):
    """The models of models/staging, and the versions of aircraft."""
    try:
        dbt("run", "--select", "path:models/staging")
        dbt("snapshot")
    except StepError as error:
        context.log.warning(str(error))


@dg.asset_check(asset=staging)
def staging_tests():
    """The data tests of staging."""
    try:
        dbt("test", "--select", "path:models/staging", *TESTS)
    except StepError as error:
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"why": str(error)})
    return dg.AssetCheckResult(passed=True)


@dg.asset(partitions_def=DAYS, deps=[staging])
def weather(context: dg.AssetExecutionContext):
    """Observations of the weather service, which is slow; the flights need not wait for it."""
    try:
        load("weather")
    except StepError as error:
        context.log.warning(str(error))


@dg.asset(partitions_def=DAYS, deps=[staging])
def intermediate(context: dg.AssetExecutionContext):
    """The models of models/intermediate."""
    try:
        dbt("run", "--select", "path:models/intermediate")
    except StepError as error:
        context.log.warning(str(error))


@dg.asset_check(asset=intermediate)
def intermediate_tests():
    """The data tests of intermediate."""
    try:
        dbt("test", "--select", "path:models/intermediate", *TESTS)
    except StepError as error:
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"why": str(error)})
    return dg.AssetCheckResult(passed=True)


@dg.asset(partitions_def=DAYS, deps=[staging])
def marts(context: dg.AssetExecutionContext):
    """The models of models/marts."""
    try:
        dbt("run", "--select", "path:models/marts")
    except StepError as error:
        context.log.warning(str(error))


nightly = dg.define_asset_job("nightly", selection="*")

defs = dg.Definitions(
    assets=[operations, reference, weather, staging, intermediate, marts],
    asset_checks=[staging_tests, intermediate_tests],
    jobs=[nightly],
    schedules=[
        dg.ScheduleDefinition(
            name="every_evening", job=nightly, cron_schedule="15 19 * * *", execution_timezone="America/New_York"
        )
    ],
)
