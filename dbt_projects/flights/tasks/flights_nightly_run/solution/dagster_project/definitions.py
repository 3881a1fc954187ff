"""The nightly run: each connection, then dbt from layer to layer. A partition is the day of the run."""

import os

import dagster as dg
import duckdb
from runtime.steps import dbt, find_workspace, load

DAYS = dg.DailyPartitionsDefinition("2013-03-01")
LAYERS = {
    "staging": ("models/staging", ["operations", "weather", "reference"]),
    "snapshots": ("snapshots", ["staging"]),
    "intermediate": ("models/intermediate", ["staging"]),
    "marts": ("models/marts", ["intermediate", "snapshots"]),
}


def must_be_today(context):
    """The sources show the day of the run and no other one."""
    if context.partition_key != os.environ["PINNED_DATE"]:
        raise dg.Failure(f"{context.partition_key} is not the day of the run, {os.environ['PINNED_DATE']}.")


def connection(name):
    """An asset that loads a connection, again where that fails."""

    @dg.asset(name=name, partitions_def=DAYS, retry_policy=dg.RetryPolicy(max_retries=3))
    def loaded(context):
        must_be_today(context)
        load(name)

    return loaded


def layer(name, folder, upstream):
    """An asset that builds and tests a folder of the dbt project, as far as what a test needs is there."""

    @dg.asset(name=name, deps=upstream, partitions_def=DAYS)
    def built(context):
        must_be_today(context)
        dbt("build", "--select", f"path:{folder}", "--indirect-selection", "buildable")

    return built


@dg.asset_check(asset="staging")
def schedules_are_there():
    """Whether the staged schedules have rows."""
    with duckdb.connect(str(find_workspace() / "warehouse.duckdb"), read_only=True) as warehouse:
        (n_rows,) = warehouse.sql("select count(*) from staging.stg_operations__schedules").fetchone()
    return dg.AssetCheckResult(passed=n_rows > 0, metadata={"n_rows": n_rows})


nightly = dg.define_asset_job("nightly", selection="*")


@dg.schedule(job=nightly, cron_schedule="30 19 * * *", execution_timezone="America/New_York")
def every_night(context):
    """Starts the day that it is in New York."""
    return dg.RunRequest(partition_key=context.scheduled_execution_time.strftime("%Y-%m-%d"))


connections = [connection(name) for name in ("operations", "weather", "reference")]
layers = [layer(name, folder, upstream) for name, (folder, upstream) in LAYERS.items()]
defs = dg.Definitions(
    assets=[*connections, *layers], asset_checks=[schedules_are_there], schedules=[every_night]
)
