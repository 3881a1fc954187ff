"""All changes of airbyte-cdk's inside, checked with version 7.39.1; each says what airbyte-cdk does not offer.

They hold inside of a `with` block. A spot that another version does not have raises AttributeError at once.
"""

import contextlib
import functools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airbyte_cdk.sources.declarative import concurrent_declarative_source
from airbyte_cdk.sources.declarative.concurrent_declarative_source import get_declarative_component_schema
from airbyte_cdk.sources.declarative.decoders import composite_raw_decoder
from airbyte_cdk.sources.declarative.interpolation import jinja
from airbyte_cdk.sources.streams.concurrent.state_converters import datetime_stream_state_converter
from airbyte_cdk.sources.streams.http import http_client
from airbyte_cdk.utils.datetime_helpers import AirbyteDateTime

from sources.connectors.manifest_json import ExactJson


@functools.cache
def component_schema() -> dict[str, Any]:
    """The schema of manifests; the engine parses its 6,000 lines of YAML for every source (0.1 s) and only reads it."""
    schema: dict[str, Any] = get_declarative_component_schema()
    return schema


@contextlib.contextmanager
def parsed_schema() -> Iterator[None]:
    """Inside the block, the engine takes the schema of manifests that was parsed once."""
    with _replaced(concurrent_declarative_source, "get_declarative_component_schema", component_schema):
        yield


@contextlib.contextmanager
def exact_answers() -> Iterator[None]:
    """Inside the block, the engine's decoders read JSON with every digit; it offers no parser to be given."""
    with _replaced(composite_raw_decoder, "orjson", ExactJson), _replaced(composite_raw_decoder, "json", ExactJson):
        yield


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
    known = jinja._ENVIRONMENT.globals
    usual = {name: known[name] for name in macros}
    known.update(macros)
    try:
        with (
            _replaced(datetime_stream_state_converter, "ab_datetime_now", lambda: AirbyteDateTime.from_datetime(now)),
            _no_print(),
        ):
            yield
    finally:
        known.update(usual)


@contextlib.contextmanager
def _no_print() -> Iterator[None]:
    """The HTTP client prints a protocol line each time it is told to wait; stdout belongs to the command line."""
    vars(http_client)["print"] = lambda *_, **__: None
    try:
        yield
    finally:
        vars(http_client).pop("print", None)


@contextlib.contextmanager
def _replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    usual = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, usual)
