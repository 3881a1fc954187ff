"""Streams of connection files that mutation operators are tried on."""

import copy

from evaluators.proof.mutants.connection_files import StreamCase

SCHEMA = {"type": "object", "properties": {"order_id": {"type": "integer"}, "total": {"type": "number"}}}


def declared(name: str, path: str) -> dict:
    return {
        "name": name,
        "retriever": {
            "requester": {"path": path},
            "paginator": {"pagination_strategy": {"page_size": 100, "cursor_value": "{{ page + 1 }}"}},
        },
        "incremental_sync": {"start_datetime": "2013-01-01T00:00:00Z", "cursor_field": "changed_at"},
        "schema_loader": {"schema": copy.deepcopy(SCHEMA)},
    }


HTTP = {
    "source": "manifest",
    "manifest": {
        "definitions": {"requester": {"authenticator": {"type": "BearerAuthenticator"}}},
        "streams": [declared("orders", "/orders"), declared("lines", "/lines")],
    },
    "streams": [
        {
            "name": "orders", "sync_mode": "incremental", "destination_sync_mode": "append_dedup",
            "cursor_field": "changed_at", "primary_key": ["order_id", "shop_id"],
        },
        {"name": "lines"},
    ],
}  # fmt: skip
FILES = {
    "source": "files",
    "streams": [{"name": "stock", "pattern": "stock_*.csv", "format": "csv", "sync_mode": "incremental"}],
}
BARE = {"source": "postgres", "streams": [{"name": "shops"}]}
COLUMNS = {
    "order_id": "BIGINT", "shop_id": "BIGINT", "line_id": "BIGINT", "total": "DOUBLE", "changed_at": "TIMESTAMP",
    "created_at": "TIMESTAMP", "_airbyte_extracted_at": "TIMESTAMP",
}  # fmt: skip

ORDERS = StreamCase(HTTP, 0, COLUMNS, ())
STOCK = StreamCase(FILES, 0, COLUMNS, ("stock_1.csv", "stock_2.csv"))
SHOPS = StreamCase(BARE, 0, COLUMNS, ())
