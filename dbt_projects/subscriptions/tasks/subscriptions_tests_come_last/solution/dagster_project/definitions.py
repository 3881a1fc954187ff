"""The night of Larkfield: the drop folder, then the other connections, then dbt from layer to layer."""

import os

import dagster as dg
import duckdb
from runtime.steps import dbt, find_workspace, load

DAYS = dg.DailyPartitionsDefinition("2024-04-24")
DAILY = ["app", "billing", "crm", "product", "support"]
LAYERS = {
    "staging": ("models/staging", ["finance", *DAILY]),
    "snapshots": ("snapshots", ["staging"]),
    "intermediate": ("models/intermediate", ["staging"]),
    "marts": ("models/marts", ["intermediate", "snapshots"]),
}


def must_be_today(context):
    """The sources show the day of the run and no other one."""
    if context.partition_key != os.environ["PINNED_DATE"]:
        raise dg.Failure(f"{context.partition_key} is not the day of the run, {os.environ['PINNED_DATE']}.")


def connection(name, days):
    """An asset that loads a connection, again where that fails."""

    @dg.asset(name=name, partitions_def=days, retry_policy=dg.RetryPolicy(max_retries=3))
    def loaded(context):
        if days:
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


def rows_are_there(asset, table):
    """An asset check: the table has rows."""

    @dg.asset_check(asset=asset, name=f"{asset}_has_rows")
    def has_rows():
        with duckdb.connect(str(find_workspace() / "warehouse.duckdb"), read_only=True) as warehouse:
            (n_rows,) = warehouse.sql(f"select count(*) from {table}").fetchone()
        return dg.AssetCheckResult(passed=n_rows > 0, metadata={"n_rows": n_rows})

    return has_rows


files = dg.define_asset_job("files", selection=["finance"])
nightly = dg.define_asset_job("nightly", selection=[*DAILY, *LAYERS])


@dg.schedule(job=nightly, cron_schedule="45 23 * * *", execution_timezone="Europe/London")
def every_night(context):
    """Starts the day that it is in London."""
    return dg.RunRequest(partition_key=context.scheduled_execution_time.strftime("%Y-%m-%d"))


connections = [connection("finance", None), *[connection(name, DAYS) for name in DAILY]]
layers = [layer(name, folder, upstream) for name, (folder, upstream) in LAYERS.items()]
defs = dg.Definitions(
    assets=[*connections, *layers],
    asset_checks=[
        rows_are_there("staging", "staging.stg_billing__payments"),
        rows_are_there("marts", "marts.mrr_months"),
    ],
    schedules=[
        dg.ScheduleDefinition(job=files, cron_schedule="30 23 * * *", execution_timezone="Europe/London"),
        every_night,
    ],
)
