"""The pinned clock inside airbyte-cdk's declarative engine."""

import contextlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from airbyte_cdk.sources.declarative.interpolation import jinja
from airbyte_cdk.sources.streams.concurrent.state_converters import datetime_stream_state_converter
from airbyte_cdk.sources.streams.http import http_client
from airbyte_cdk.utils.datetime_helpers import AirbyteDateTime


@contextlib.contextmanager
def pinned_clock(now: datetime) -> Iterator[None]:
    """Inside the block, manifests see `now` as the current time.

    Covers the macros `now_utc`, `today_utc`, `today_with_timezone` and `day_delta`, and the end of a
    `DatetimeBasedCursor` that states none. airbyte-cdk offers no clock to be given, and two loads of the same day must
    ask for the same pages.
    """

    def day_delta(num_days: int, format: str = "%Y-%m-%dT%H:%M:%S.%f%z") -> str:
        return (now + timedelta(days=num_days)).strftime(format)

    def today_with_timezone(timezone: str) -> date:
        return now.astimezone(ZoneInfo(timezone)).date()

    macros: dict[str, Any] = {
        "now_utc": lambda: now,
        "today_utc": now.date,
        "today_with_timezone": today_with_timezone,
        "day_delta": day_delta,
    }
    cursor_end = patch.object(
        datetime_stream_state_converter, "ab_datetime_now", lambda: AirbyteDateTime.from_datetime(now)
    )
    # The client prints a protocol line to stdout each time it is told to wait; stdout belongs to the command line.
    no_print = patch.object(http_client, "print", lambda *_, **__: None, create=True)
    with patch.dict(jinja._ENVIRONMENT.globals, macros), cursor_end, no_print:
        yield
