"""The pinned clock: `now()` and its kin answer the as-of instant, in SQL, in dbt's Jinja and in `run_started_at`."""

from __future__ import annotations

import datetime as datetime_module
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

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


def pin_dbt(now: datetime) -> None:
    """Pin what dbt's Jinja knows of time in this process: `run_started_at` and `modules.datetime`.

    dbt has no setting for either; this process exists for one build only.
    """
    from dbt import tracking
    from dbt.context import base

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

    tracking.User = PinnedUser
    base.get_datetime_module_context = pinned_context
