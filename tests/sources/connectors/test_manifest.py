import copy
from datetime import datetime
from typing import Any

import pytest
from airbyte_cdk.models import Type
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.errors import ConnectorError
from sources.connectors.manifest import ManifestSource
from sources.connectors.messages import stream_state

CONFIG = {"api_key": "secret-key"}


@pytest.fixture
def manifest(api: Any) -> dict[str, Any]:
    """One stream `items`: three records a page, incremental by `updated_at`."""
    return {
        "version": "6.48.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["items"]},
        "streams": [
            {
                "type": "DeclarativeStream",
                "name": "items",
                "primary_key": ["id"],
                "retriever": {
                    "type": "SimpleRetriever",
                    "requester": {
                        "type": "HttpRequester",
                        "url_base": api.url,
                        "path": "/items",
                        "authenticator": {
                            "type": "ApiKeyAuthenticator",
                            "api_token": "{{ config['api_key'] }}",
                            "inject_into": {
                                "type": "RequestOption",
                                "inject_into": "header",
                                "field_name": "X-API-Key",
                            },
                        },
                        "error_handler": {
                            "type": "DefaultErrorHandler",
                            "max_retries": 2,
                            "backoff_strategies": [{"type": "WaitTimeFromHeader", "header": "Retry-After"}],
                        },
                    },
                    "record_selector": {
                        "type": "RecordSelector",
                        "extractor": {"type": "DpathExtractor", "field_path": ["data"]},
                    },
                    "paginator": {
                        "type": "DefaultPaginator",
                        "page_token_option": {
                            "type": "RequestOption",
                            "inject_into": "request_parameter",
                            "field_name": "page",
                        },
                        "pagination_strategy": {"type": "PageIncrement", "start_from_page": 1, "page_size": 3},
                    },
                },
                "incremental_sync": {
                    "type": "DatetimeBasedCursor",
                    "cursor_field": "updated_at",
                    "datetime_format": "%Y-%m-%dT%H:%M:%SZ",
                    "start_datetime": "2013-03-01T00:00:00Z",
                    "start_time_option": {
                        "type": "RequestOption",
                        "inject_into": "request_parameter",
                        "field_name": "since",
                    },
                    "end_time_option": {
                        "type": "RequestOption",
                        "inject_into": "request_parameter",
                        "field_name": "until",
                    },
                },
                "schema_loader": {
                    "type": "InlineSchemaLoader",
                    "schema": {
                        "type": "object",
                        "properties": {
                            "id": {"type": "integer"},
                            "updated_at": {"type": "string", "format": "date-time"},
                        },
                    },
                },
            }
        ],
    }


def _item(number: int) -> dict[str, Any]:
    return {"id": number, "updated_at": f"2013-03-{number:02d}T00:00:00Z"}


def _pages(reply: Any, n_items: int) -> Any:
    """An answer that gives items 1 to n, from `since` on, three a page."""

    def answer(_: str, parameters: dict[str, str]) -> Any:
        items = [item for item in map(_item, range(1, n_items + 1)) if item["updated_at"] >= parameters["since"]]
        first = 3 * (int(parameters.get("page", 1)) - 1)
        return reply({"data": items[first : first + 3]})

    return answer


@pytest.fixture
def reply(api: Any) -> Any:
    return type(api.answer("", {}))


def test_pages_cursor_and_state(api: Any, manifest: dict[str, Any], reply: Any, now: datetime, reader: Any) -> None:
    api.answer = _pages(reply, 7)
    source = ManifestSource(manifest, CONFIG, now)
    assert [r["id"] for r in reader.records(source, CONFIG, "items", sync_mode="incremental")] == [1, 2, 3, 4, 5, 6, 7]
    assert [parameters.get("page") for _, parameters in api.requests] == [None, "2", "3"]
    states = reader.states(ManifestSource(manifest, CONFIG, now), CONFIG, "items", sync_mode="incremental")
    assert states[-1] == {"updated_at": "2013-03-07T00:00:00Z"}
    api.requests.clear()
    source = ManifestSource(manifest, CONFIG, now, state=[stream_state("items", states[-1])])
    assert [r["id"] for r in reader.records(source, CONFIG, "items", sync_mode="incremental")] == [7]
    assert api.requests[0][1]["since"] == "2013-03-07T00:00:00Z"


def test_clock_is_the_pinned_one(
    api: Any, manifest: dict[str, Any], reply: Any, now: datetime, reader: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answer = _pages(reply, 2)
    requester = manifest["streams"][0]["retriever"]["requester"]
    requester["request_parameters"] = {
        "now": "{{ now_utc().isoformat() }}",
        "today": "{{ today_utc() }}",
        "there": "{{ today_with_timezone('Pacific/Auckland') }}",
        "yesterday": "{{ day_delta(-1, '%Y-%m-%d') }}",
    }
    reader.records(ManifestSource(manifest, CONFIG, now), CONFIG, "items", sync_mode="incremental")
    parameters = api.requests[0][1]
    assert parameters["until"] == "2013-03-14T23:30:00Z"
    assert parameters["now"] == "2013-03-14T23:30:00+00:00"
    assert [parameters[name] for name in ("today", "there", "yesterday")] == ["2013-03-14", "2013-03-15", "2013-03-13"]


def test_partitions_are_read_one_after_the_other(
    api: Any, manifest: dict[str, Any], reply: Any, now: datetime, reader: Any
) -> None:
    manifest["streams"][0]["incremental_sync"] |= {"step": "P2D", "cursor_granularity": "PT1S"}
    manifest["concurrency_level"] = {"type": "ConcurrencyLevel", "default_concurrency": 8}

    def answer(_: str, parameters: dict[str, str]) -> Any:
        items = map(_item, range(1, 15))
        return reply({"data": [i for i in items if parameters["since"] <= i["updated_at"] <= parameters["until"]]})

    api.answer = answer
    source = ManifestSource(manifest, CONFIG, now)
    messages = list(reader.messages(source, CONFIG, "items", sync_mode="incremental"))
    kinds = [m.record.data["id"] if m.record else "state" for m in messages if m.type in (Type.RECORD, Type.STATE)]
    assert kinds[:6] == [1, 2, "state", 3, 4, "state"]
    assert [kind for kind in kinds if kind != "state"] == list(range(1, 15))


def test_rate_limit_waits_as_told_and_prints_nothing(
    api: Any, manifest: dict[str, Any], reply: Any, now: datetime, reader: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = _pages(reply, 4)

    def answer(path: str, parameters: dict[str, str]) -> Any:
        if len(api.requests) == 2:
            return reply({}, 429, {"Retry-After": "0"})
        return pages(path, parameters)

    api.answer = answer
    records = reader.records(ManifestSource(manifest, CONFIG, now), CONFIG, "items", sync_mode="incremental")
    assert [record["id"] for record in records] == [1, 2, 3, 4]
    assert [parameters.get("page") for _, parameters in api.requests] == [None, "2", "2"]
    assert capsys.readouterr().out == ""


def test_wrong_key_says_unauthorized(api: Any, manifest: dict[str, Any], now: datetime, reader: Any) -> None:
    config = {"api_key": "wrong"}
    with pytest.raises(AirbyteTracedException, match=r"stream 'items': HTTP Status Code: 401.*/items"):
        reader.records(ManifestSource(manifest, config, now), config, "items")


@pytest.mark.parametrize(
    ("place", "component", "message"),
    [
        (("retriever",), {"type": "CustomRetriever", "class_name": "os.system"}, "retriever.class_name': custom comp"),
        (("retriever", "requester", "authenticator"), {"class_name": "evil.Auth"}, "authenticator.class_name': custom"),
        (("schema_loader",), {"type": "JsonFileSchemaLoader", "file_path": "/etc/x"}, "use InlineSchemaLoader"),
    ],
)
def test_python_code_and_foreign_files_are_refused(
    manifest: dict[str, Any], now: datetime, place: tuple[str, ...], component: Any, message: str, monkeypatch: Any
) -> None:
    monkeypatch.setenv("AIRBYTE_ENABLE_UNSAFE_CODE", "true")
    hostile = copy.deepcopy(manifest)
    node = hostile["streams"][0]
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = component
    with pytest.raises(ConnectorError, match=rf"key 'manifest\.streams\[0\]\..*{message}"):
        ManifestSource(hostile, CONFIG, now)


def test_code_in_definitions_and_settings_is_refused(manifest: dict[str, Any], now: datetime) -> None:
    hostile = {**manifest, "definitions": {"x": [{"type": "CustomTransformation", "class_name": "a.b"}]}}
    with pytest.raises(ConnectorError, match=r"key 'manifest\.definitions\.x\[0\]\.class_name'"):
        ManifestSource(hostile, CONFIG, now)
    with pytest.raises(ConnectorError, match=r"key 'config.__injected_components_py': not allowed"):
        ManifestSource(manifest, {**CONFIG, "__injected_components_py": "import os"}, now)


def test_invalid_manifest_names_the_key(manifest: dict[str, Any], now: datetime) -> None:
    with pytest.raises(ConnectorError, match=r"key 'manifest': 'check' is a required property"):
        ManifestSource({name: value for name, value in manifest.items() if name != "check"}, CONFIG, now)
    del manifest["streams"][0]["retriever"]["record_selector"]
    with pytest.raises(
        ConnectorError, match=r"key 'manifest\.streams\[0\]\.retriever': 'record_selector' is a required"
    ):
        ManifestSource(manifest, CONFIG, now)


def test_failing_expression_is_a_sentence(
    api: Any, manifest: dict[str, Any], reply: Any, now: datetime, reader: Any
) -> None:
    api.answer = _pages(reply, 2)
    manifest["streams"][0]["retriever"]["record_selector"]["extractor"]["field_path"] = ["data", "{{ 1 / 0 }}"]
    with pytest.raises(AirbyteTracedException, match=r"stream 'items': .*division by zero"):
        reader.records(ManifestSource(manifest, CONFIG, now), CONFIG, "items")
