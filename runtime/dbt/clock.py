"""The pinned clock: SQL, dbt's Jinja and Python models read the as-of instant.

In a process that builds, the process's own clock is pinned (`runtime.dbt.process_clock`). The macros in the warehouse
file are for sessions of other programs on it, and for machines where the process's clock cannot be pinned.
"""

from __future__ import annotations

import datetime as datetime_module
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from runtime.dbt.process_clock import pin_process_clock

if TYPE_CHECKING:
    import duckdb

_TIMESTAMPTZ = ("now", "current_timestamp", "get_current_timestamp", "transaction_timestamp")
_TIMESTAMP = ("current_localtimestamp", "localtimestamp")
_DATE = ("current_date", "today")
_TIME = ("current_time", "get_current_time", "current_localtime", "localtime")


def clock_environment(now: datetime) -> dict[str, str]:
    """Variables that tell a pipeline the pinned instant."""
    return {"PINNED_NOW": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "PINNED_DATE": now.strftime("%Y-%m-%d")}


def parse_pinned(text: str) -> datetime:
    """The instant of a `PINNED_NOW` value, with time zone UTC."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime_module.UTC)


def pin_warehouse(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Shadow the clock functions of a DuckDB file by macros that answer `now`; every later session sees them."""
    literal = f"timestamp '{now:%Y-%m-%d %H:%M:%S}'"
    kinds = (
        (_TIMESTAMPTZ, f"timestamptz '{now:%Y-%m-%d %H:%M:%S}+00'"),
        (_TIMESTAMP, literal),
        (_DATE, f"cast({literal} as date)"),
        (_TIME, f"cast({literal} as time)"),
    )
    for names, expression in kinds:
        for name in names:
            connection.execute(f"create or replace macro main.{name}() as {expression}")
    connection.execute(
        f"create or replace macro main.age(moment) as system.main.age(date_trunc('day', {literal}), moment), "
        "(later, earlier) as system.main.age(later, earlier)"
    )
    milliseconds = f"{int(now.timestamp()) * 1000:012x}"  # the first 48 bits; the rest is random
    connection.execute(
        "create or replace macro main.uuidv7() as cast(concat("
        f"'{milliseconds[:8]}-{milliseconds[8:]}-7', substr(cast(uuid() as varchar), 16)) as uuid)"
    )


def pin_dbt(now: datetime) -> None:
    """Pin what dbt, its Jinja and its Python models know of time in this process, which exists for one build only.

    dbt has no setting for `run_started_at`, for `modules.datetime`, or for the end of a microbatch model's last batch.
    """
    pin_process_clock(now)
    from dbt import tracking
    from dbt.context import base
    from dbt.materializations.incremental import microbatch
    from dbt.task import run

    class PinnedDatetime(datetime):
        @classmethod
        def now(cls, tz: datetime_module.tzinfo | None = None) -> PinnedDatetime:
            moment = now.astimezone(tz) if tz else now.replace(tzinfo=None)
            return cls(*moment.timetuple()[:6], tzinfo=moment.tzinfo)

        @classmethod
        def utcnow(cls) -> PinnedDatetime:
            return cls.now()

        @classmethod
        def today(cls) -> PinnedDatetime:
            return cls.now()

    class PinnedDate(date):
        @classmethod
        def today(cls) -> PinnedDate:
            return cls(now.year, now.month, now.day)

    class PinnedUser(tracking.User):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.run_started_at = now

    original = base.get_datetime_module_context

    def pinned_context() -> dict[str, Any]:
        return {**original(), "datetime": PinnedDatetime, "date": PinnedDate}

    class PinnedBuilder(microbatch.MicrobatchBuilder):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.default_end_time = now

    run.MicrobatchBuilder = PinnedBuilder
    tracking.User = PinnedUser
    base.get_datetime_module_context = pinned_context
