"""Low-code manifests with what public connectors use of airbyte-cdk, without Python code, against a real server."""

import base64
import gzip
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest

from sources.connectors.manifest import ManifestSource
from sources.connectors.messages import stream_state


class Request(NamedTuple):
    """What a source asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


class Shop:
    """An API whose answers are functions by path; it returns what becomes JSON, or bytes, or that and a status."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.answers: dict[str, Callable[[Request], Any]] = {}

    def answer(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        if request.path not in self.answers:
            return 404, b"{}", {}
        found = self.answers[request.path](request)
        status, headers = 200, {}
        if isinstance(found, tuple):
            found, status, headers = (*found, {})[:3]
        return status, found if isinstance(found, bytes) else json.dumps(found).encode(), headers


@pytest.fixture
def shop() -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query = dict(parse_qsl(address.query))
            request = Request(self.command, address.path, query, dict(self.headers), body)
            running.requests.append(request)
            status, content, headers = running.answer(request)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Shop(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    server.shutdown()
    server.server_close()


class Source:
    """Makes a manifest around the parts that a test is about, and reads it."""

    def __init__(self, shop: Shop, now: datetime, reader: Any) -> None:
        self.shop = shop
        self.config: dict[str, Any] = {"key": "secret", "start": "2013-03-01"}
        self._now = now
        self._reader = reader

    def stream(self, name: str = "items", properties: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
        """A stream; `requester`, `selector`, `paginator` and `router` go to the retriever, the rest to the stream."""
        requester = {
            "type": "HttpRequester",
            "url_base": self.shop.url,
            "path": f"/{name}",
            **parts.pop("requester", {}),
        }
        selector = {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": ["data"]}}
        retriever = {
            "type": "SimpleRetriever",
            "requester": requester | parts.pop("requester", {}),
            "record_selector": selector | parts.pop("selector", {}),
            **({"decoder": parts.pop("decoder")} if "decoder" in parts else {}),
            **({"paginator": {"type": "DefaultPaginator", **parts.pop("paginator")}} if "paginator" in parts else {}),
            **({"partition_router": parts.pop("router")} if "router" in parts else {}),
        }
        schema = {
            "type": "object",
            "additionalProperties": True,
            "properties": properties or {"id": {"type": "integer"}},
        }
        loader = {"type": "InlineSchemaLoader", "schema": schema}
        whole = {"type": "DeclarativeStream", "name": name, "retriever": retriever, "schema_loader": loader}
        return {**whole, **parts}

    def records(
        self, *streams: dict[str, Any], name: str = "items", state: Any = None, **more: Any
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._reader.records(
            self._source(streams, name, state, more),
            self.config,
            name,
            sync_mode="incremental" if state else "full_refresh",
        )
        return found

    def states(self, *streams: dict[str, Any], name: str = "items", **more: Any) -> list[dict[str, Any]]:
        source = self._source(streams, name, None, more)
        found: list[dict[str, Any]] = self._reader.states(source, self.config, name, sync_mode="incremental")
        return found

    def properties(self, *streams: dict[str, Any], name: str = "items", **more: Any) -> dict[str, Any]:
        source = self._source(streams, name, None, more)
        found: dict[str, Any] = self._reader.discover(source, self.config)[name].json_schema["properties"]
        return found

    def _source(self, streams: Any, name: str, state: Any, more: dict[str, Any]) -> ManifestSource:
        check = {"type": "CheckStream", "stream_names": [name]}
        manifest = {"version": "6.48.0", "type": "DeclarativeSource", "check": check, "streams": list(streams), **more}
        states = [stream_state(name, state)] if state else []
        return ManifestSource(manifest, self.config, self._now, state=states, needed={name: ["id"]})


@pytest.fixture
def source(shop: Shop, now: datetime, reader: Any) -> Source:
    return Source(shop, now, reader)


def option(name: str, place: str = "request_parameter") -> dict[str, str]:
    return {"type": "RequestOption", "inject_into": place, "field_name": name}


def items(first: int, last: int) -> list[dict[str, int]]:
    return [{"id": number} for number in range(first, last + 1)]


SEVEN = items(1, 7)


def _offset(request: Request) -> Any:
    first = int(request.query.get("offset", 0))
    return {"data": SEVEN[first : first + int(request.query.get("limit", 3))]}


def _by_cursor(request: Request) -> Any:
    first = int(request.query.get("after", 0))
    return {"data": SEVEN[first : first + 3], "next": str(first + 3) if first + 3 < len(SEVEN) else None}


def _by_url(request: Request) -> Any:
    first = int(request.query.get("from", 0))
    link = f"http://{request.headers['Host']}/items?from={first + 3}"
    return {"data": SEVEN[first : first + 3], "links": {"next": link} if first + 3 < len(SEVEN) else {}}


def _by_header(request: Request) -> Any:
    first = int(request.query.get("from", 0))
    link = f'<http://{request.headers["Host"]}/items?from={first + 3}>; rel="next"'
    return {"data": SEVEN[first : first + 3]}, 200, {"Link": link} if first + 3 < len(SEVEN) else {}


PAGINATORS = {
    "offset": (
        _offset,
        {
            "page_token_option": option("offset"),
            "page_size_option": option("limit"),
            "pagination_strategy": {"type": "OffsetIncrement", "page_size": 3},
        },
    ),
    "cursor": (
        _by_cursor,
        {
            "page_token_option": option("after"),
            "pagination_strategy": {
                "type": "CursorPagination",
                "cursor_value": "{{ response.get('next') }}",
                "stop_condition": "{{ not response.get('next') }}",
            },
        },
    ),
    "url": (
        _by_url,
        {
            "page_token_option": {"type": "RequestPath"},
            "pagination_strategy": {
                "type": "CursorPagination",
                "cursor_value": "{{ response['links'].get('next', '') }}",
                "stop_condition": "{{ not response['links'].get('next') }}",
            },
        },
    ),
    "link header": (
        _by_header,
        {
            "page_token_option": {"type": "RequestPath"},
            "pagination_strategy": {
                "type": "CursorPagination",
                "cursor_value": "{{ headers['link']['next']['url'] }}",
                "stop_condition": "{{ 'next' not in headers['link'] }}",
            },
        },
    ),
}


@pytest.mark.parametrize("kind", PAGINATORS)
def test_paginators(source: Source, kind: str) -> None:
    answer, paginator = PAGINATORS[kind]
    source.shop.answers["/items"] = answer
    assert source.records(source.stream(paginator=paginator)) == SEVEN
    assert len(source.shop.requests) == 3


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


AUTHENTICATORS: dict[str, Any] = {
    "Bearer secret": {"type": "BearerAuthenticator", "api_token": "{{ config['key'] }}"},
    _basic("me", "secret"): {"type": "BasicHttpAuthenticator", "username": "me", "password": "{{ config['key'] }}"},
    "Token secret": {
        "type": "ApiKeyAuthenticator",
        "api_token": "Token {{ config['key'] }}",
        "inject_into": option("Authorization", "header"),
    },
    "Bearer fresh": {
        "type": "OAuthAuthenticator",
        "token_refresh_endpoint": "URL/token",
        "client_id": "c",
        "client_secret": "{{ config['key'] }}",
        "grant_type": "client_credentials",
    },
    "Bearer session": {
        "type": "SessionTokenAuthenticator",
        "login_requester": {
            "type": "HttpRequester",
            "url_base": "URL",
            "path": "/login",
            "http_method": "POST",
            "request_body_json": {"password": "{{ config['key'] }}"},
        },
        "session_token_path": ["token"],
        "expiration_duration": "PT1H",
        "request_authentication": {"type": "Bearer"},
    },
    "Bearer chosen": {
        "type": "SelectiveAuthenticator",
        "authenticator_selection_path": ["start"],
        "authenticators": {"2013-03-01": {"type": "BearerAuthenticator", "api_token": "chosen"}},
    },
}


@pytest.mark.parametrize("wanted", AUTHENTICATORS)
def test_authenticators(source: Source, wanted: str) -> None:
    source.shop.answers |= {
        "/items": lambda request: (
            {"data": SEVEN} if request.headers.get("Authorization") == wanted else ({"error": "no"}, 401)
        ),
        "/token": lambda _: {"access_token": "fresh", "expires_in": 3600},
        "/login": lambda _: {"token": "session"},
    }
    authenticator = json.loads(json.dumps(AUTHENTICATORS[wanted]).replace("URL", source.shop.url))
    assert source.records(source.stream(requester={"authenticator": authenticator})) == SEVEN


TRANSFORMATIONS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "add": (
        [{"type": "AddFields", "fields": [{"path": ["twice"], "value": "{{ record['id'] * 2 }}"}]}],
        {"id": 1, "Full Name": "x", "in": {"a": 1, "b": {"c": 2}}, "twice": 2},
    ),
    "remove": ([{"type": "RemoveFields", "field_pointers": [["in"], ["Full Name"]]}], {"id": 1}),
    "lower": ([{"type": "KeysToLower"}], {"id": 1, "full name": "x", "in": {"a": 1, "b": {"c": 2}}}),
    "snake": ([{"type": "KeysToSnakeCase"}], {"id": 1, "full_name": "x", "in": {"a": 1, "b": {"c": 2}}}),
    "replace": (
        [{"type": "KeysReplace", "old": " ", "new": "-"}],
        {"id": 1, "Full-Name": "x", "in": {"a": 1, "b": {"c": 2}}},
    ),
    "flatten": ([{"type": "FlattenFields"}], {"id": 1, "Full Name": "x", "a": 1, "c": 2}),
    "flatten one": (
        [{"type": "DpathFlattenFields", "field_path": ["in"], "delete_origin_value": True}],
        {"id": 1, "Full Name": "x", "a": 1, "b": {"c": 2}},
    ),
}


@pytest.mark.parametrize("kind", TRANSFORMATIONS)
def test_transformations(source: Source, kind: str) -> None:
    transformations, wanted = TRANSFORMATIONS[kind]
    row = {"id": 1, "Full Name": "x", "in": {"a": 1, "b": {"c": 2}}}
    source.shop.answers["/items"] = lambda _: {"data": [row]}
    assert source.records(source.stream(transformations=transformations)) == [wanted]


DECODERS: dict[str, tuple[dict[str, Any], bytes, list[str]]] = {
    "csv": ({"type": "CsvDecoder"}, b"id,name\n1,a\n2,b\n", []),
    "tsv": (
        {"type": "CsvDecoder", "delimiter": "\t", "encoding": "utf-16"},
        "id\tname\n1\ta\n2\tb\n".encode("utf-16"),
        [],
    ),
    "jsonl": ({"type": "JsonlDecoder"}, b'{"id": "1", "name": "a"}\n{"id": "2", "name": "b"}\n', []),
    "gzip": (
        {"type": "GzipDecoder", "decoder": {"type": "JsonlDecoder"}},
        gzip.compress(b'{"id": "1", "name": "a"}\n{"id": "2", "name": "b"}\n'),
        [],
    ),
    "xml": (
        {"type": "XmlDecoder"},
        b"<r><row><id>1</id><name>a</name></row><row><id>2</id><name>b</name></row></r>",
        ["r", "row"],
    ),
}


@pytest.mark.parametrize("kind", DECODERS)
def test_decoders(source: Source, kind: str) -> None:
    decoder, content, path = DECODERS[kind]
    source.shop.answers["/items"] = lambda _: content
    selector = {"extractor": {"type": "DpathExtractor", "field_path": path}}
    found = source.records(source.stream(decoder=decoder, selector=selector))
    assert found == [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]


def test_filter_and_wildcard_path(source: Source) -> None:
    source.shop.answers["/items"] = lambda _: {"groups": [{"rows": items(1, 3)}, {"rows": items(4, 7)}]}
    selector = {
        "extractor": {"type": "DpathExtractor", "field_path": ["groups", "*", "rows", "*"]},
        "record_filter": {"type": "RecordFilter", "condition": "{{ record['id'] % 2 == 0 }}"},
    }
    assert source.records(source.stream(selector=selector)) == [{"id": 2}, {"id": 4}, {"id": 6}]


def test_graphql(source: Source) -> None:
    def answer(request: Request) -> Any:
        asked = json.loads(request.body)
        first = int(asked["variables"].get("after") or 0)
        rows = SEVEN[first : first + 3]
        page = {"endCursor": str(first + 3), "hasNextPage": first + 3 < len(SEVEN)}
        return {"data": {"items": {"nodes": rows, "pageInfo": page}}} if "items" in asked["query"] else ({}, 400)

    source.shop.answers["/items"] = answer
    stream = source.stream(
        requester={
            "http_method": "POST",
            "request_body_json": {
                "query": "query($after: String) { items(after: $after) { nodes { id } pageInfo { endCursor } } }",
                "variables": {"after": "{{ next_page_token['next_page_token'] if next_page_token else '' }}"},
            },
        },
        selector={"extractor": {"type": "DpathExtractor", "field_path": ["data", "items", "nodes"]}},
        paginator={
            "pagination_strategy": {
                "type": "CursorPagination",
                "cursor_value": "{{ response['data']['items']['pageInfo']['endCursor'] }}",
                "stop_condition": "{{ not response['data']['items']['pageInfo']['hasNextPage'] }}",
            }
        },
    )
    assert source.records(stream) == SEVEN


def _parent_router(stream: dict[str, Any], field: str) -> dict[str, Any]:
    parent = {"type": "ParentStreamConfig", "stream": stream, "parent_key": "id", "partition_field": field}
    return {"type": "SubstreamPartitionRouter", "parent_stream_configs": [parent]}


def test_list_and_parent_slices(
    source: Source, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.shop.answers |= {
        "/shops": lambda _: {"data": items(1, 3)},
        "/towns": lambda _: {"data": items(8, 9)},
        "/items": lambda request: {"data": [{"id": 1, **request.query}]},
    }
    shops, towns = source.stream("shops"), source.stream("towns")
    kinds = {
        "type": "ListPartitionRouter",
        "values": ["new", "old"],
        "cursor_field": "kind",
        "request_option": option("kind"),
    }
    stream = source.stream(
        router=[_parent_router(shops, "shop"), _parent_router(towns, "town"), kinds],
        requester={"request_parameters": {"s": "{{ stream_partition.shop }}", "t": "{{ stream_partition.town }}"}},
    )
    monkeypatch.setattr(logging.getLogger("airbyte"), "propagate", True)
    silenced = logging.getLogger("airbyte.CartesianProductStreamSlicer")
    silenced.setLevel(logging.NOTSET)
    monkeypatch.setattr("sources.connectors.manifest.silence_protocol_logging", lambda: None)
    found = source.records(shops, towns, stream)
    assert [(row["s"], row["t"], row["kind"]) for row in found] == [
        (str(shop), str(town), kind) for shop in (1, 2, 3) for town in (8, 9) for kind in ("new", "old")
    ]
    assert [record for record in caplog.records if "Parent state" in record.getMessage()] == []


def test_grouped_slices(source: Source) -> None:
    source.shop.answers |= {
        "/shops": lambda _: {"data": items(1, 5)},
        "/items": lambda request: {"data": [{"id": 1, "asked": request.query["ids"]}]},
    }
    shops = source.stream("shops")
    router = {
        "type": "GroupingPartitionRouter",
        "group_size": 2,
        "underlying_partition_router": _parent_router(shops, "shop"),
    }
    stream = source.stream(
        router=router, requester={"request_parameters": {"ids": "{{ stream_partition['shop'] | join(',') }}"}}
    )
    assert [row["asked"] for row in source.records(shops, stream)] == ["1,2", "3,4", "5"]


def test_incremental_children_of_parents(source: Source) -> None:
    def answer(request: Request) -> Any:
        return {"data": [{"id": int(request.query["shop"]), "at": request.query["since"]}]}

    source.shop.answers |= {"/shops": lambda _: {"data": items(1, 2)}, "/items": answer}
    shops = source.stream("shops")
    cursor = {
        "type": "DatetimeBasedCursor",
        "cursor_field": "at",
        "datetime_format": "%Y-%m-%d",
        "start_datetime": "{{ config['start'] }}",
        "step": "P1W",
        "cursor_granularity": "P1D",
        "start_time_option": option("since"),
    }
    stream = source.stream(
        router=_parent_router(shops, "shop"),
        requester={"request_parameters": {"shop": "{{ stream_partition.shop }}"}},
        incremental_sync=cursor,
        properties={"id": {"type": "integer"}, "at": {"type": "string"}},
    )
    state = source.states(shops, stream)[-1]
    assert [part["cursor"]["at"] for part in state["states"]] == ["2013-03-08", "2013-03-08"]
    again = source.records(shops, stream, state=state)
    assert sorted((row["id"], row["at"]) for row in again) == [(1, "2013-03-08"), (2, "2013-03-08")]


def test_counting_cursor_and_data_feed(source: Source) -> None:
    source.shop.answers["/items"] = lambda request: {"data": SEVEN[int(request.query.get("from", 0)) :]}
    cursor = {
        "type": "IncrementingCountCursor",
        "cursor_field": "id",
        "start_value": 3,
        "start_value_option": option("from"),
    }
    assert source.records(source.stream(incremental_sync=cursor)) == items(4, 7)


@pytest.mark.slow
def test_async_jobs(source: Source) -> None:
    polls: list[str] = []

    def poll(request: Request) -> Any:
        polls.append(request.path)
        return {"status": "done" if len(polls) > 1 else "busy", "url": f"http://{request.headers['Host']}/file"}

    source.shop.answers |= {
        "/jobs": lambda _: {"id": "7"},
        "/jobs/7": poll,
        "/file": lambda _: b"id,name\n1,a\n2,b\n",
    }
    url = source.shop.url
    stream = source.stream()
    stream["retriever"] = {
        "type": "AsyncRetriever",
        "record_selector": {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": []}},
        "status_mapping": {"running": ["busy"], "completed": ["done"], "failed": ["failed"], "timeout": ["late"]},
        "status_extractor": {"type": "DpathExtractor", "field_path": ["status"]},
        "download_target_extractor": {"type": "DpathExtractor", "field_path": ["url"]},
        "creation_requester": {"type": "HttpRequester", "url_base": url, "path": "/jobs", "http_method": "POST"},
        "polling_requester": {
            "type": "HttpRequester",
            "url_base": url,
            "path": "/jobs/{{ creation_response['id'] }}",
            "http_method": "GET",
        },
        "download_requester": {
            "type": "HttpRequester",
            "url_base": "{{ download_target }}",
            "path": "",
            "http_method": "GET",
        },
        "download_decoder": {"type": "CsvDecoder"},
    }
    assert source.records(stream) == [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]


def test_dynamic_streams(source: Source) -> None:
    source.shop.answers |= {
        "/tables": lambda _: {"data": [{"name": "items", "path": "/x"}, {"name": "others", "path": "/y"}]},
        "/x": lambda _: {"data": SEVEN},
        "/y": lambda _: {"data": items(8, 9)},
    }
    resolver = {
        "type": "HttpComponentsResolver",
        "retriever": source.stream("tables")["retriever"],
        "components_mapping": [
            {"type": "ComponentMappingDefinition", "field_path": ["name"], "value": "{{ components_values['name'] }}"},
            {
                "type": "ComponentMappingDefinition",
                "field_path": ["retriever", "requester", "path"],
                "value": "{{ components_values['path'] }}",
            },
        ],
    }
    dynamic = [
        {"type": "DynamicDeclarativeStream", "stream_template": source.stream(""), "components_resolver": resolver}
    ]
    assert source.records(dynamic_streams=dynamic) == SEVEN
    assert source.records(name="others", dynamic_streams=dynamic) == items(8, 9)


def test_a_stream_of_an_error_that_the_manifest_ignores_is_empty(source: Source) -> None:
    handler = {
        "type": "DefaultErrorHandler",
        "response_filters": [{"type": "HttpResponseFilter", "http_codes": [404], "action": "IGNORE"}],
    }
    assert source.records(source.stream(requester={"error_handler": handler})) == []


@pytest.mark.parametrize("loader", [None, {}, {"type": "object"}, {"type": "object", "properties": {}}])
def test_a_stream_without_properties_has_those_of_its_records(source: Source, loader: Any) -> None:
    rows = [{"id": 1, "name": "a", "o": {"x": 1}}, {"id": 2, "price": 1.5, "tags": ["x"], "late": True, "none": None}]
    source.shop.answers["/items"] = lambda _: {"data": rows}
    stream = source.stream()
    if loader is None:
        del stream["schema_loader"]
    else:
        stream["schema_loader"]["schema"] = loader
    found = {name: schema["type"][1] for name, schema in source.properties(stream).items()}
    assert found == {
        "id": "integer",
        "name": "string",
        "o": "object",
        "price": "number",
        "tags": "array",
        "late": "boolean",
        "none": "string",
    }
    assert source.records(stream) == rows


def test_an_empty_stream_without_properties_has_its_key(source: Source) -> None:
    source.shop.answers["/items"] = lambda _: {"data": []}
    stream = source.stream()
    del stream["schema_loader"]
    assert source.properties(stream) == {"id": {"type": ["null", "string"]}}
    del source.shop.answers["/items"]
    assert list(source.properties(stream)) == ["id"], "the error is reported when the stream is read"


def test_numbers_keep_their_digits(source: Source) -> None:
    long = "0.12345678901234567891"
    text = f'{{"data": [{{"id": {2**70}, "x": {long}, "o": [{{"y": {long}}}], "z": 0.1, "w": {2**53 + 1}}}]}}'
    source.shop.answers["/items"] = lambda _: text.encode()
    fields = [{"path": ["half"], "value": "{{ record['x'] * 0.5 }}"}]
    stream = source.stream(transformations=[{"type": "AddFields", "fields": fields}])
    found = source.records(stream)[0]
    assert found.pop("half") == pytest.approx(0.0617283945)
    assert found == {"id": 2**70, "x": Decimal(long), "o": [{"y": Decimal(long)}], "z": 0.1, "w": 2**53 + 1}
    assert type(found["z"]) is float
