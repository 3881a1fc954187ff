"""Two jobs a night: what the sources have, then dbt from layer to layer. A partition is the day of the run."""

import os

import dagster as dg
import duckdb
from runtime.steps import dbt, find_workspace, load

DAYS = dg.DailyPartitionsDefinition("2024-03-20")
CONNECTIONS = ["marketplace", "catalogue", "clickstream", "carrier", "provider", "finance"]
LAYERS = {
    "staging": ("models/staging", CONNECTIONS),
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


def every_night(job, cron):
    """A schedule that starts a job for the day that it is in Berlin."""

    @dg.schedule(name=f"{job.name}_at_night", job=job, cron_schedule=cron, execution_timezone="Europe/Berlin")
    def started(context):
        return dg.RunRequest(partition_key=context.scheduled_execution_time.strftime("%Y-%m-%d"))

    return started


@dg.asset_check(asset="staging")
def orders_are_there():
    """Whether the staged orders have rows."""
    with duckdb.connect(str(find_workspace() / "warehouse.duckdb"), read_only=True) as warehouse:
        (n_rows,) = warehouse.sql("select count(*) from staging.stg_marketplace__orders").fetchone()
    return dg.AssetCheckResult(passed=n_rows > 0, metadata={"n_rows": n_rows})


take_in = dg.define_asset_job("take_in", selection=CONNECTIONS)
build = dg.define_asset_job("build", selection=list(LAYERS))
connections = [connection(name) for name in CONNECTIONS]
layers = [layer(name, folder, upstream) for name, (folder, upstream) in LAYERS.items()]
defs = dg.Definitions(
    assets=[*connections, *layers],
    asset_checks=[orders_are_there],
    schedules=[every_night(take_in, "15 23 * * *"), every_night(build, "30 23 * * *")],
)
