"""Low-code components around the request against the source system `http`: errors, limits, records, schemas, reuse."""

import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.errors import ConnectorError
from sources.contract import Incident
from sources.systems.faults import HttpFaults
from sources.systems.http import api as http_api
from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import http_spec, orders, running_api, show
from tests.helpers.manifests import Manifests, extractor, option, parent

SEVEN = list(range(1, 8))
NESTED = pa.table(
    {
        "order_id": [1, 2],
        "Full Name": ["a", "b"],
        "lines": [[{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], []],
        "extra": [{"deep": {"value": "3"}}, None],
    }
)
FIELDS = pa.table({"name": ["order_id", "customer_id"], "kind": ["whole", "whole"]})
TABLES = {"orders": orders(), "nested": NESTED, "fields": FIELDS, "tables": pa.table({"name": ["items", "others"]})}


@pytest.fixture(scope="module")
def api() -> Iterator[HttpApi]:
    endpoints: dict[str, Any] = {f"/{name}": {"table": name} for name in TABLES}
    endpoints |= {
        "/items": {"table": "orders"},
        "/others": {"table": "orders", "filters": "order_id"},
        "/offset": {"table": "orders", "paging": {"type": "offset", "default_size": 3, "max_size": 3}},
    }
    with running_api(http_spec(endpoints=endpoints), TABLES) as running:
        yield running


@pytest.fixture
def manifests(api: HttpApi) -> Manifests:
    return Manifests(api.url)


def handler(*filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = [{"type": "HttpResponseFilter", **part} for part in filters]
    return {"type": "DefaultErrorHandler", "response_filters": known, **more}


ERRORS: dict[str, dict[str, Any]] = {
    "ignore by code": handler({"http_codes": [404], "action": "IGNORE"}),
    "ignore by text": handler({"error_message_contains": "No resource", "action": "IGNORE"}),
    "ignore by condition": handler({"predicate": "{{ 'error' in response }}", "action": "IGNORE"}),
    "success": handler({"http_codes": [404], "action": "SUCCESS"}),
    "composite": {
        "type": "CompositeErrorHandler",
        "error_handlers": [
            handler({"http_codes": [500], "action": "RETRY"}),
            handler({"http_codes": [404], "action": "IGNORE"}),
        ],
    },
}


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_that_are_none(manifests: Manifests, kind: str) -> None:
    assert manifests.ids(manifests.stream("/nothing", requester={"error_handler": ERRORS[kind]})) == []


def test_an_error_has_the_words_of_the_manifest(manifests: Manifests) -> None:
    words = {"http_codes": [404], "action": "FAIL", "error_message": "Ask {{ config['who'] }} for access."}
    manifests.config["who"] = "Ann"
    with pytest.raises(AirbyteTracedException, match=r"stream 'items': Ask Ann for access\."):
        manifests.ids(manifests.stream("/nothing", requester={"error_handler": handler(words)}))


BACKOFFS: dict[str, dict[str, Any]] = {
    "wait time in a header": {"type": "WaitTimeFromHeader", "header": "Retry-After"},
    "part of a header": {"type": "WaitTimeFromHeader", "header": "Retry-After", "regex": "[0-9]+"},
    "time in a header": {"type": "WaitUntilTimeFromHeader", "header": "X-RateLimit-Reset", "min_wait": 0.1},
    "wait time in the answer": {"type": "WaitTimeFromResponse", "wait_time_in_seconds": "{{ 0.6 }}"},
    "constant": {"type": "ConstantBackoffStrategy", "backoff_time_in_seconds": 0.6},
    "exponential": {"type": "ExponentialBackoffStrategy", "factor": 0.3},
}


@pytest.mark.parametrize("kind", BACKOFFS)
def test_a_limit_is_waited_for(kind: str) -> None:
    limit = {"burst": 1, "per_second": 2.0, "headers": True}
    page = {"table": "orders", "paging": {"type": "page", "default_size": 4}}
    pages = {
        "page_token_option": option("page"),
        "pagination_strategy": {"type": "PageIncrement", "start_from_page": 1, "page_size": 4},
    }
    with running_api(http_spec(rate_limit=limit, endpoints={"/orders": page}), TABLES) as api:
        manifests = Manifests(api.url)
        error_handler = handler(backoff_strategies=[BACKOFFS[kind]], max_retries=5)
        began = time.monotonic()
        found = manifests.ids(manifests.stream("/orders", requester={"error_handler": error_handler}, paginator=pages))
    assert found == SEVEN
    assert time.monotonic() - began > 0.4


def test_a_wait_that_is_too_long_stops_the_stream() -> None:
    limit = {"burst": 1, "per_second": 0.001}
    strategy = {"type": "WaitTimeFromHeader", "header": "Retry-After", "max_waiting_time_in_seconds": 60}
    with running_api(http_spec(rate_limit=limit, endpoints={"/orders": {"table": "orders"}}), TABLES) as api:
        manifests = Manifests(api.url)
        stream = manifests.stream("/orders", requester={"error_handler": handler(backoff_strategies=[strategy])})
        assert manifests.ids(stream) == SEVEN
        with pytest.raises(AirbyteTracedException, match="longer than the connector is allowed to wait"):
            manifests.ids(stream)


def test_faults_are_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "TIMEOUT_SECONDS", 0.05)
    strategies = [{"type": "ConstantBackoffStrategy", "backoff_time_in_seconds": 0.01}]
    with running_api(http_spec(endpoints={"/orders": {"table": "orders"}}), TABLES) as api:
        show(api, [TABLES], Incident(http_faults=HttpFaults))
        manifests = Manifests(api.url)
        error_handler = handler(backoff_strategies=strategies, max_retries=8)
        stream = manifests.stream("/orders", requester={"error_handler": error_handler})
        assert [manifests.ids(stream) for _ in range(3)] == [SEVEN] * 3


BUDGETS: dict[str, dict[str, Any]] = {
    "fixed": {"type": "FixedWindowCallRatePolicy", "period": "PT0.4S", "call_limit": 100},
    "moving": {"type": "MovingWindowCallRatePolicy", "rates": [{"limit": 2, "interval": "PT0.4S"}]},
    "unlimited": {"type": "UnlimitedCallRatePolicy"},
}


@pytest.mark.parametrize("kind", BUDGETS)
def test_a_budget_of_requests_keeps_within_the_limit(kind: str) -> None:
    pages = {
        "page_token_option": option("page"),
        "pagination_strategy": {"type": "PageIncrement", "start_from_page": 1, "page_size": 2},
        "page_size_option": option("page_size"),
    }
    matcher = {"type": "HttpRequestRegexMatcher", "method": "GET", "url_path_pattern": "/orders"}
    budget = {"type": "HTTPAPIBudget", "policies": [BUDGETS[kind] | {"matchers": [matcher]}]}
    endpoints = {"/orders": {"table": "orders", "paging": "page"}}
    with running_api(http_spec(endpoints=endpoints), TABLES) as api:
        manifests = Manifests(api.url)
        began = time.monotonic()
        assert manifests.ids(manifests.stream("/orders", paginator=pages), api_budget=budget) == SEVEN
        assert kind != "moving" or time.monotonic() - began > 0.25


@pytest.mark.parametrize("merges", [{"merge_parent": True}, {"remain_original_record": True}])
def test_lists_inside_of_records_become_records(manifests: Manifests, merges: dict[str, Any]) -> None:
    expander = {"type": "RecordExpander", "expand_records_from_field": ["lines"], **merges}
    stream = manifests.stream("/nested", selector={"extractor": extractor("data") | {"record_expander": expander}})
    found = manifests.records(stream)
    assert [row["sku"] for row in found] == ["x", "y"]
    assert all((row.get("original_record") or row)["order_id"] == 1 for row in found)


def test_parents_lend_fields_and_empty_lists_stay(manifests: Manifests) -> None:
    expander = {
        "type": "RecordExpander",
        "expand_records_from_field": ["lines"],
        "parent_fields": [{"type": "ParentFieldPath", "parent_path": ["order_id"], "record_path": ["of"]}],
        "on_no_records": "emit_parent",
    }
    stream = manifests.stream("/nested", selector={"extractor": extractor("data") | {"record_expander": expander}})
    assert [row.get("of") or row.get("order_id") for row in manifests.records(stream)] == [1, 1, 2]


def test_extractors_can_be_combined(manifests: Manifests) -> None:
    combined = {"type": "CombinedExtractor", "extractors": [extractor("data"), extractor("data")]}
    assert manifests.ids(manifests.stream("/orders", selector={"extractor": combined})) == [*SEVEN, *SEVEN]
    first = combined | {"mode": "first_match", "extractors": [extractor("nothing"), extractor("data")]}
    assert manifests.ids(manifests.stream("/orders", selector={"extractor": first})) == SEVEN


def test_filters_transformations_and_types(manifests: Manifests) -> None:
    transformations = [
        {"type": "KeysToSnakeCase"},
        {"type": "AddFields", "fields": [{"path": ["twice"], "value": "{{ record['order_id'] * 2 }}"}]},
        {"type": "DpathFlattenFields", "field_path": ["extra", "deep"]},
        {"type": "RemoveFields", "field_pointers": [["lines"], ["extra"]]},
    ]
    schema = {"type": "object", "properties": {"order_id": {"type": "string"}, "value": {"type": "integer"}}}
    stream = manifests.stream(
        "/nested",
        selector={
            "record_filter": {"type": "RecordFilter", "condition": "{{ record['extra'] is not none }}"},
            "schema_normalization": "Default",
        },
        transformations=transformations,
        schema_loader={"type": "InlineSchemaLoader", "schema": schema},
    )
    assert manifests.records(stream) == [{"order_id": "1", "full_name": "a", "twice": 2, "value": 3}]


def test_references_and_parameters(manifests: Manifests) -> None:
    base = manifests.stream("/unused")
    base["retriever"]["requester"] = {"$ref": "#/definitions/requester"}
    definitions = {
        "requester": {"type": "HttpRequester", "url_base": manifests.url, "path": "/{{ parameters['path'] }}"},
        "base": base,
    }
    streams = [
        {"$ref": "#/definitions/base", "name": name, "$parameters": {"path": path}}
        for name, path in (("items", "orders"), ("others", "nested"))
    ]
    assert manifests.ids(*streams, definitions=definitions) == SEVEN
    assert manifests.ids(*streams, definitions=definitions, name="others") == [1, 2]


def test_streams_on_condition(manifests: Manifests) -> None:
    streams = {"type": "ConditionalStreams", "streams": [manifests.stream("/orders")]}
    manifests.config["is_big"] = True
    assert manifests.ids(streams | {"condition": "{{ config['is_big'] }}"}) == SEVEN


def test_streams_of_a_config_or_of_parameters(manifests: Manifests) -> None:
    manifests.config["lists"] = [{"name": "items", "path": "/orders"}, {"name": "few", "path": "/nested"}]
    path = {
        "type": "ComponentMappingDefinition",
        "field_path": ["retriever", "requester", "path"],
        "value": "{{ components_values['path'] }}",
    }
    name = {"type": "ComponentMappingDefinition", "field_path": ["name"], "value": "{{ components_values['name'] }}"}
    by_config = {
        "type": "ConfigComponentsResolver",
        "stream_config": {"type": "StreamConfig", "configs_pointer": ["lists"]},
        "components_mapping": [name, path],
    }
    values = {"type": "StreamParametersDefinition", "list_of_parameters_for_stream": manifests.config["lists"]}
    by_parameters = {
        "type": "ParametrizedComponentsResolver",
        "stream_parameters": values,
        "components_mapping": [name, path],
    }
    for resolver in (by_config, by_parameters):
        dynamic = {
            "type": "DynamicDeclarativeStream",
            "stream_template": manifests.stream(""),
            "components_resolver": resolver,
        }
        assert manifests.ids(name="few", dynamic_streams=[dynamic]) == [1, 2]
        assert manifests.ids(dynamic_streams=[dynamic]) == SEVEN


def test_columns_from_another_endpoint(manifests: Manifests) -> None:
    loader = {
        "type": "DynamicSchemaLoader",
        "retriever": manifests.stream("/fields", selector={"extractor": extractor()})["retriever"],
        "schema_type_identifier": {
            "type": "SchemaTypeIdentifier",
            "schema_pointer": ["data"],
            "key_pointer": ["name"],
            "type_pointer": ["kind"],
            "types_mapping": [{"type": "TypesMap", "target_type": "integer", "current_type": "whole"}],
        },
    }
    stream = manifests.stream("/orders", schema_loader=loader)
    assert [set(row) for row in manifests.records(stream)][:1] == [{"order_id", "customer_id", "updated_at"}]


def test_properties_are_asked_for_in_groups(manifests: Manifests) -> None:
    properties = {
        "type": "QueryProperties",
        "property_list": {
            "type": "PropertiesFromEndpoint",
            "property_field_path": ["name"],
            "retriever": manifests.stream("/fields")["retriever"],
        },
        "property_chunking": {
            "type": "PropertyChunking",
            "property_limit_type": "property_count",
            "property_limit": 1,
            "record_merge_strategy": {"type": "GroupByKeyMergeStrategy", "key": ["updated_at"]},
        },
    }
    stream = manifests.stream("/orders", requester={"request_parameters": {"fields": properties}})
    assert manifests.ids(stream) == SEVEN


def test_pages_get_smaller_when_the_api_refuses_them(manifests: Manifests) -> None:
    paginator = {
        "page_token_option": option("offset"),
        "page_size_option": option("limit"),
        "pagination_strategy": {"type": "OffsetIncrement", "page_size": 12},
    }
    reduce = {"http_codes": [400], "action": "REDUCE_PAGE_SIZE"}
    stream = manifests.stream(
        "/offset",
        requester={"error_handler": handler(reduce)},
        paginator=paginator,
        retriever={"page_size_reduction": {"type": "PageSizeReduction", "backoff_seconds": 0.01}},
    )
    assert manifests.ids(stream) == SEVEN


def test_an_old_state_is_brought_to_the_new_form(manifests: Manifests) -> None:
    parents = manifests.stream("/tables", "tables")
    cursor = {
        "type": "DatetimeBasedCursor",
        "cursor_field": "updated_at",
        "datetime_format": "%Y-%m-%dT%H:%M:%SZ",
        "start_datetime": "2013-03-01T00:00:00Z",
        "is_client_side_incremental": True,
    }
    stream = manifests.stream(
        "/{{ stream_partition.table }}",
        router={
            "type": "UnionPartitionRouter",
            "partition_field": "table",
            "partition_routers": [
                {"type": "ListPartitionRouter", "values": ["items"], "cursor_field": "table"},
                parent(parents, "table", "name"),
            ],
        },
        incremental_sync=cursor,
        state_migrations=[{"type": "LegacyToPerPartitionStateMigration"}],
    )
    old = {"items": {"updated_at": "2013-03-01T05:00:00Z"}, "others": {"updated_at": "2013-03-01T06:00:00Z"}}
    assert sorted(set(manifests.ids(parents, stream, state=old))) == [6, 7]


def test_settings_are_changed_before_they_are_used(manifests: Manifests) -> None:
    manifests.config["where"] = "orders"
    rules = {"transformations": [{"type": "ConfigRemapField", "field_path": ["where"], "map": {"orders": "nested"}}]}
    spec = {
        "type": "Spec",
        "connection_specification": {"type": "object", "properties": {}},
        "config_normalization_rules": {"type": "ConfigNormalizationRules", **rules},
    }
    stream = manifests.stream("/{{ config['where'] }}")
    assert manifests.ids(stream, spec=spec) == [1, 2]


def _custom(manifests: Manifests, component: str) -> dict[str, Any]:
    stream = manifests.stream("/orders")
    custom = {"type": component, "class_name": "source_declarative_manifest.components.Mine"}
    match component:
        case "CustomRequester":
            stream["retriever"]["requester"] = custom
        case "CustomRecordExtractor":
            stream["retriever"]["record_selector"]["extractor"] = custom
        case "CustomTransformation":
            stream["transformations"] = [custom]
        case _:
            stream["retriever"]["requester"]["authenticator"] = custom
    return stream


@pytest.mark.parametrize(
    "component", ["CustomRequester", "CustomRecordExtractor", "CustomTransformation", "CustomAuthenticator"]
)
def test_python_of_an_author_is_refused_with_its_place(manifests: Manifests, component: str) -> None:
    with pytest.raises(ConnectorError, match=r"key 'manifest\.streams\[0\].*custom components \(Python code\)"):
        manifests.ids(_custom(manifests, component))


def test_files_are_not_downloaded(manifests: Manifests) -> None:
    uploader = {
        "requester": manifests.requester("{{ download_target }}"),
        "download_target_extractor": extractor("url"),
    }
    with pytest.raises(ConnectorError, match=r"key 'manifest\.streams\[0\]\.file_uploader': .*are not stored"):
        manifests.ids(manifests.stream("/orders", file_uploader={"type": "FileUploader", **uploader}))
