"""The night of Larkfield: files first, then everything else."""

import dagster as dg
from runtime.steps import dbt, load

DAYS = dg.DailyPartitionsDefinition("2024-04-24")
ONCE_MORE = dg.RetryPolicy(max_retries=1)


@dg.asset(retry_policy=ONCE_MORE)
def finance():
    load("finance")


def connection(name):
    @dg.asset(name=name, partitions_def=DAYS, retry_policy=ONCE_MORE)
    def loaded():
        load(name)

    return loaded


@dg.asset(deps=["finance", "app", "billing", "crm"], partitions_def=DAYS)
def staging():
    dbt("run", "--select", "path:models/staging")


@dg.asset(deps=["staging"], partitions_def=DAYS)
def snapshots():
    dbt("snapshot")


@dg.asset(deps=["staging"], partitions_def=DAYS)
def intermediate():
    dbt("run", "--select", "path:models/intermediate")


@dg.asset(deps=["staging"], partitions_def=DAYS)
def marts():
    dbt("run", "--select", "path:models/marts")


@dg.asset(deps=["marts", "intermediate"], partitions_def=DAYS, retry_policy=ONCE_MORE)
def tests():
    dbt("test")


connections = [connection(name) for name in ("app", "billing", "crm", "product", "support")]
files = dg.define_asset_job("files", selection=["finance"])
nightly = dg.define_asset_job(
    "nightly",
    selection=["app", "billing", "crm", "product", "support", "staging", "snapshots", "intermediate", "marts", "tests"],
)
defs = dg.Definitions(
    assets=[finance, *connections, staging, snapshots, intermediate, marts, tests],
    jobs=[files, nightly],
    schedules=[
        dg.ScheduleDefinition(job=files, cron_schedule="30 23 * * *"),
        dg.ScheduleDefinition(job=nightly, cron_schedule="45 23 * * *"),
    ],
)
