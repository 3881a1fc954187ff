"""Airbyte low-code manifests against the source system `http`: each way of paging, slicing, exporting, going on."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from airbyte_cdk.sources.declarative.async_job.job_orchestrator import AsyncJobOrchestrator

from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import http_spec, orders, running_api, show
from tests.helpers.manifests import Manifests, extractor, option, parent

SEVEN = list(range(1, 8))
SIZE = {"default_size": 3, "max_size": 5}
ORDERS: dict[str, Any] = {
    "/page": {"paging": {"type": "page", **SIZE}},
    "/offset": {"paging": {"type": "offset", **SIZE}},
    "/cursor": {"paging": {"type": "cursor", **SIZE}},
    "/link": {"paging": {"type": "link", **SIZE}, "records": ""},
    "/url": {"paging": {"type": "next_url", **SIZE}},
    "/relative": {"paging": {"type": "next_url", "relative": True, **SIZE}},
    "/search": {"method": "POST", "paging": {"type": "cursor", "parameter": "paging.after", **SIZE}},
    "/bank": {"records": "1", "paging": {"type": "page", "page_field": "0.page", "has_more_field": "0.more", **SIZE}},
    "/all": {"filters": ["customer_id"]},
    "/list": {"records": ""},
    "/customers/{customer_id}/orders": {"paging": {"type": "page", **SIZE}},
    "/orders/{order_id}": {"single": True},
    "/since": {"since": {"column": "updated_at", "until_parameter": "until"}, "filters": "customer_id"},
    "/counted": {"since": {"column": "order_id", "parameter": "after_id", "exclusive": True}},
    "/marked": {"since": "updated_at", "deleted": {"show": "marked"}, "key": "order_id"},
    "/lines": {"format": "jsonl"},
    "/csv": {"format": "csv"},
    "/xml": {"format": "xml"},
}
EXPORTS: dict[str, Any] = {
    "/exports/csv": {"table": "orders", "polls": 0, "gzip": True, "rows_per_file": 3, "filters": "customer_id"},
    "/exports/slow": {"table": "orders", "polls": 3, "format": "json", "failures": 1},
    "/exports/lines": {"table": "orders", "polls": 0, "format": "jsonl", "since": "updated_at"},
}
CUSTOMERS = pa.array([1, 2, 1, 2, 1, 2, 1], pa.int64())
TABLES = {
    "orders": orders().set_column(1, "customer_id", CUSTOMERS),
    "customers": pa.table({"customer_id": pa.array([1, 2], pa.int64())}),
}


@pytest.fixture(scope="module")
def api() -> Iterator[HttpApi]:
    endpoints = {path: {"table": "orders", **parts} for path, parts in ORDERS.items()}
    endpoints["/customers"] = {"table": "customers"}
    graphql = {"fields": {"orders": {"table": "orders", "filters": "customer_id"}}, "default_size": 3}
    with running_api(http_spec(endpoints=endpoints, exports=EXPORTS, graphql=graphql), TABLES) as running:
        yield running


@pytest.fixture(autouse=True)
def _poll_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine waits five seconds between two looks at its jobs."""
    monkeypatch.setattr(AsyncJobOrchestrator, "_WAIT_TIME_BETWEEN_STATUS_UPDATE_IN_SECONDS", 0.01)


@pytest.fixture
def manifests(api: HttpApi) -> Manifests:
    return Manifests(api.url)


def follow(cursor: str, stop: str, **more: Any) -> dict[str, Any]:
    return {"type": "CursorPagination", "cursor_value": cursor, "stop_condition": stop, **more}


REQUEST_PATH = {"page_token_option": {"type": "RequestPath"}}
LINK = follow("{{ headers['link']['next']['url'] }}", "{{ 'next' not in headers['link'] }}")
PAGINATORS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "page increment": (
        "/page",
        {
            "page_token_option": option("page"),
            "page_size_option": option("page_size"),
            "pagination_strategy": {"type": "PageIncrement", "start_from_page": 1, "page_size": 2},
        },
        {},
    ),
    "page increment, first page too": (
        "/page",
        {
            "page_token_option": option("page"),
            "page_size_option": option("page_size"),
            "pagination_strategy": {
                "type": "PageIncrement",
                "start_from_page": 1,
                "page_size": 2,
                "inject_on_first_request": True,
            },
        },
        {},
    ),
    "page number in the answer": (
        "/page",
        {
            "page_token_option": option("page"),
            "pagination_strategy": follow("{{ response['page'] + 1 }}", "{{ not response['has_more'] }}"),
        },
        {},
    ),
    "offset increment": (
        "/offset",
        {
            "page_token_option": option("offset"),
            "page_size_option": option("limit"),
            "pagination_strategy": {"type": "OffsetIncrement", "page_size": 3},
        },
        {},
    ),
    "cursor": (
        "/cursor",
        {
            "page_token_option": option("cursor"),
            "page_size_option": option("limit"),
            "pagination_strategy": follow("{{ response.next_cursor }}", "{{ not response.has_more }}", page_size=2),
        },
        {},
    ),
    "cursor of the last record": (
        "/counted",
        {
            "page_token_option": option("after_id"),
            "pagination_strategy": follow("{{ last_record['order_id'] }}", "{{ last_page_size == 0 }}"),
        },
        {},
    ),
    "link header": ("/link", REQUEST_PATH | {"pagination_strategy": LINK}, {"extractor": extractor()}),
    "next address": (
        "/url",
        REQUEST_PATH | {"pagination_strategy": follow("{{ response['next'] }}", "{{ not response['next'] }}")},
        {},
    ),
    "next path": (
        "/relative",
        REQUEST_PATH
        | {"pagination_strategy": follow("{{ config['url'] ~ response['next'] }}", "{{ not response['next'] }}")},
        {},
    ),
    "meta and rows": (
        "/bank",
        {
            "page_token_option": option("page"),
            "pagination_strategy": follow("{{ response['page'] + 1 }}", "{{ not response['more'] }}"),
        },
        # The engine takes a list apart: meta comes as a record of its own, and is what `response` is.
        {
            "extractor": extractor(),
            "record_filter": {"type": "RecordFilter", "condition": "{{ 'order_id' in record }}"},
        },
    ),
}


@pytest.mark.parametrize("kind", PAGINATORS)
def test_paginators(manifests: Manifests, kind: str) -> None:
    path, paginator, selector = PAGINATORS[kind]
    manifests.config["url"] = manifests.url
    assert manifests.ids(manifests.stream(path, paginator=paginator, selector=selector)) == SEVEN


def test_a_cursor_in_the_body_of_a_search(manifests: Manifests) -> None:
    token = {"type": "RequestOption", "inject_into": "body_json", "field_path": ["paging", "after"]}
    paginator = {
        "page_token_option": token,
        "page_size_option": option("limit", "body_json"),
        "pagination_strategy": follow("{{ response.next_cursor }}", "{{ not response.has_more }}", page_size=2),
    }
    assert manifests.ids(manifests.stream("/search", requester={"http_method": "POST"}, paginator=paginator)) == SEVEN


def test_a_slice_of_too_many_records_is_split(manifests: Manifests) -> None:
    limits = {"type": "PaginationResetLimits", "number_of_records": 5}
    reset = {"type": "PaginationReset", "action": "SPLIT_USING_CURSOR", "limits": limits}
    stream = manifests.stream("/since", incremental_sync=cursor(), retriever={"pagination_reset": reset})
    assert sorted(set(manifests.ids(stream))) == SEVEN


DECODERS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "json": ("/all", {"type": "JsonDecoder"}, ["data"]),
    "json items": ("/all", {"type": "JsonItemsDecoder", "items_path": "data"}, []),
    "json list": ("/list", {"type": "JsonDecoder"}, []),
    "jsonl": ("/lines", {"type": "JsonlDecoder"}, []),
    "csv": ("/csv", {"type": "CsvDecoder"}, []),
    "xml": ("/xml", {"type": "XmlDecoder"}, ["rows", "row"]),
}


@pytest.mark.parametrize("kind", DECODERS)
def test_decoders(manifests: Manifests, kind: str) -> None:
    path, decoder, records = DECODERS[kind]
    stream = manifests.stream(path, retriever={"decoder": decoder}, selector={"extractor": extractor(*records)})
    assert manifests.ids(stream) == SEVEN


def test_lines_are_read_as_texts(manifests: Manifests) -> None:
    stream = manifests.stream(
        "/lines", retriever={"decoder": {"type": "IterableDecoder"}}, selector={"extractor": extractor()}
    )
    assert len(manifests.records(stream)) == 7


def customers(manifests: Manifests) -> dict[str, Any]:
    return manifests.stream("/customers", "customers")


PAGES = {
    "page_token_option": option("page"),
    "pagination_strategy": follow("{{ response['page'] + 1 }}", "{{ not response['has_more'] }}"),
}


def test_children_of_parents(manifests: Manifests) -> None:
    parents = customers(manifests)
    stream = manifests.stream(
        "/customers/{{ stream_partition.customer }}/orders",
        router=parent(parents, "customer", "customer_id", extra_fields=[["customer_id"]]),
        paginator=PAGES,
        transformations=[
            {
                "type": "AddFields",
                "fields": [{"path": ["of"], "value": "{{ stream_slice.extra_fields['customer_id'] }}"}],
            }
        ],
    )
    found = manifests.records(parents, stream)
    assert [(row["of"], row["order_id"]) for row in found] == [(1, 1), (1, 3), (1, 5), (1, 7), (2, 2), (2, 4), (2, 6)]


def test_a_parent_in_a_parameter_and_one_record_each(manifests: Manifests) -> None:
    parents = customers(manifests)
    router = parent(parents, "customer", "customer_id", request_option=option("customer_id"))
    assert manifests.ids(parents, manifests.stream("/all", router=router)) == [1, 3, 5, 7, 2, 4, 6]
    lists = manifests.stream("/all", "lists")
    singles = manifests.stream(
        "/orders/{{ stream_partition.order }}",
        router=parent(lists, "order", "order_id"),
        selector={"extractor": extractor()},
    )
    assert manifests.ids(lists, singles) == SEVEN


def test_lists_groups_and_unions_of_slices(manifests: Manifests) -> None:
    values = {"type": "ListPartitionRouter", "values": ["1", "2"], "cursor_field": "customer"}
    listed = manifests.stream("/all", router=values | {"request_option": option("customer_id")})
    assert manifests.ids(listed) == [1, 3, 5, 7, 2, 4, 6]
    union = {
        "type": "UnionPartitionRouter",
        "partition_field": "customer",
        "partition_routers": [values | {"values": ["1"]}, parent(customers(manifests), "customer", "customer_id")],
    }
    by_path = manifests.stream("/customers/{{ stream_partition.customer }}/orders", router=union, paginator=PAGES)
    assert sorted(set(manifests.ids(by_path))) == SEVEN
    grouped = {"type": "GroupingPartitionRouter", "group_size": 2, "underlying_partition_router": values}
    fields = [{"path": ["group"], "value": "{{ stream_partition['customer'] | join('+') }}"}]
    stream = manifests.stream("/all", router=grouped, transformations=[{"type": "AddFields", "fields": fields}])
    assert {row["group"] for row in manifests.records(stream)} == {"1+2"}


def cursor(**more: Any) -> dict[str, Any]:
    return {
        "type": "DatetimeBasedCursor",
        "cursor_field": "updated_at",
        "datetime_format": "%Y-%m-%dT%H:%M:%SZ",
        "start_datetime": "2013-03-01T00:00:00Z",
        "start_time_option": option("updated_since"),
        **more,
    }


CURSORS: dict[str, dict[str, Any]] = {
    "plain": {},
    "steps": {"step": "PT2H", "cursor_granularity": "PT1S", "end_time_option": option("until")},
    "end": {"end_datetime": {"type": "MinMaxDatetime", "datetime": "2013-03-02T00:00:00Z"}},
    "data feed": {"is_data_feed": True},
    "filtered here": {"is_client_side_incremental": True, "start_time_option": None},
    "lookback": {"lookback_window": "PT1H"},
    "other formats": {"cursor_datetime_formats": ["%s", "%Y-%m-%dT%H:%M:%SZ"]},
    "clamped": {"clamping": {"target": "DAY"}, "step": "P1D", "cursor_granularity": "PT1S"},
}


@pytest.mark.parametrize("kind", CURSORS)
def test_time_cursors_read_all_and_go_on(manifests: Manifests, kind: str) -> None:
    parts = {key: value for key, value in cursor(**CURSORS[kind]).items() if value is not None}
    if kind == "steps":
        parts["step"] = "P2D"
    stream = manifests.stream("/since", incremental_sync=parts)
    assert sorted(set(manifests.ids(stream))) == SEVEN
    state = manifests.last_state(stream)
    later = sorted(set(manifests.ids(stream, state={"updated_at": "2013-03-01T04:00:00Z"})))
    expected = {"lookback": [4, 5, 6, 7], "clamped": []}  # clamped: from the next whole day on
    assert later == expected.get(kind, [5, 6, 7])
    if kind not in ("end", "clamped"):
        assert state == {"updated_at": "2013-03-01T06:00:00Z"}


def test_counting_cursor(manifests: Manifests) -> None:
    parts = {
        "type": "IncrementingCountCursor",
        "cursor_field": "order_id",
        "start_value": 0,
        "start_value_option": option("after_id"),
    }
    stream = manifests.stream("/counted", incremental_sync=parts)
    assert manifests.ids(stream) == SEVEN
    state = manifests.last_state(stream)
    assert state == {"order_id": 7}
    assert manifests.ids(stream, state={"order_id": 5}) == [6, 7]


@pytest.mark.parametrize("is_global", [False, True])
def test_children_go_on_each_or_together(manifests: Manifests, is_global: bool) -> None:
    parents = customers(manifests)
    stream = manifests.stream(
        "/since",
        router=parent(parents, "customer", "customer_id", request_option=option("customer_id")),
        incremental_sync=cursor(global_substream_cursor=is_global),
    )
    state = manifests.last_state(parents, stream)
    again = manifests.ids(parents, stream, state=state)
    assert sorted(again) == ([7] if is_global else [6, 7])


def test_one_stream_for_the_first_time_and_another_for_later(manifests: Manifests) -> None:
    both = {
        "type": "StateDelegatingStream",
        "name": "items",
        "full_refresh_stream": manifests.stream(
            "/list", selector={"extractor": extractor()}, incremental_sync=cursor()
        ),
        "incremental_stream": manifests.stream("/since", incremental_sync=cursor()),
    }
    assert manifests.ids(both) == SEVEN
    assert manifests.ids(both, state={"updated_at": "2013-03-01T05:00:00Z"}) == [6, 7]


def test_deleted_rows_arrive_on_the_day_after(api: HttpApi, manifests: Manifests) -> None:
    stream = manifests.stream("/marked", incremental_sync=cursor())
    try:
        state = manifests.last_state(stream)
        show(api, [TABLES, TABLES | {"orders": TABLES["orders"].take([0, 2, 3, 4, 5, 6])}])
        found = manifests.records(stream, state=state)
    finally:
        show(api, [TABLES])
    assert [(row["order_id"], row["deleted_at"]) for row in found] == [(7, None), (2, "2013-03-15T23:30:00Z")]


def export(manifests: Manifests, path: str, **more: Any) -> dict[str, Any]:
    job = path + "/{{ creation_response['id'] }}"
    stream = manifests.stream(path)
    stream["retriever"] = {
        "type": "AsyncRetriever",
        "record_selector": {"type": "RecordSelector", "extractor": extractor()},
        "status_mapping": {
            "running": ["running"],
            "completed": ["completed"],
            "failed": ["failed"],
            "timeout": ["late"],
        },
        "status_extractor": extractor("status"),
        "download_target_extractor": extractor("urls"),
        "creation_requester": manifests.requester(path, http_method="POST"),
        "polling_requester": manifests.requester(job, http_method="GET"),
        "download_requester": {"type": "HttpRequester", "url": "{{ download_target }}", "http_method": "GET"},
        "delete_requester": manifests.requester(job + "/delete", http_method="POST"),
        **more,
    }
    return stream


def test_an_export_of_compressed_csv_files(manifests: Manifests) -> None:
    decoder = {"type": "GzipDecoder", "decoder": {"type": "CsvDecoder"}}
    assert sorted(manifests.ids(export(manifests, "/exports/csv", download_decoder=decoder))) == SEVEN


def test_a_failed_export_is_made_again(manifests: Manifests) -> None:
    stream = export(
        manifests, "/exports/slow", download_decoder={"type": "JsonDecoder"}, failed_retry_wait_time_in_seconds=1
    )
    assert manifests.ids(stream) == SEVEN


def test_exports_by_slices(manifests: Manifests) -> None:
    decoder = {"type": "GzipDecoder", "decoder": {"type": "CsvDecoder"}}
    values = {"type": "ListPartitionRouter", "values": ["1", "2"], "cursor_field": "customer"}
    creation = manifests.requester(
        "/exports/csv", http_method="POST", request_body_json={"customer_id": "{{ stream_partition['customer'] }}"}
    )
    stream = export(
        manifests, "/exports/csv", download_decoder=decoder, partition_router=values, creation_requester=creation
    )
    assert sorted(manifests.ids(stream)) == SEVEN


def test_exports_go_on(manifests: Manifests) -> None:
    body = {"updated_since": "{{ stream_interval['start_time'] }}"}
    creation = manifests.requester("/exports/lines", http_method="POST", request_body_json=body)
    stream = export(manifests, "/exports/lines", download_decoder={"type": "JsonlDecoder"}, creation_requester=creation)
    stream["incremental_sync"] = cursor()
    del stream["incremental_sync"]["start_time_option"]
    assert manifests.ids(stream) == SEVEN
    assert manifests.ids(stream, state={"updated_at": "2013-03-01T05:00:00Z"}) == [6, 7]


QUERY = """query($after: String) { orders(first: 3, after: $after) {
  nodes { order_id updated_at } pageInfo { hasNextPage endCursor } } }"""
GRAPHQL_BODIES: dict[str, dict[str, Any]] = {
    "json": {
        "request_body_json": {
            "query": QUERY,
            "variables": {"after": "{{ next_page_token['next_page_token'] if next_page_token else '' }}"},
        }
    },
    "graphql": {"request_body": {"type": "RequestBodyGraphQL", "value": {"query": QUERY}}},
    "json object": {"request_body": {"type": "RequestBodyJsonObject", "value": {"query": QUERY}}},
}


@pytest.mark.parametrize("kind", GRAPHQL_BODIES)
def test_graphql(manifests: Manifests, kind: str) -> None:
    info = "response['data']['orders']['pageInfo']"
    token = {"type": "RequestOption", "inject_into": "body_json", "field_path": ["variables", "after"]}
    paginator = {
        "pagination_strategy": follow(f"{{{{ {info}['endCursor'] }}}}", f"{{{{ not {info}['hasNextPage'] }}}}"),
        **({} if kind == "json" else {"page_token_option": token}),
    }
    stream = manifests.stream(
        "/graphql",
        requester={"http_method": "POST", **GRAPHQL_BODIES[kind]},
        selector={"extractor": extractor("data", "orders", "nodes")},
        paginator=paginator,
    )
    assert manifests.ids(stream) == SEVEN
