"""Document databases for tests, and pymongo for them."""

from collections.abc import Iterable, Mapping
from typing import Any

import bson
from pymongo import MongoClient

from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.store import HOST, DocumentStore


def put(store: DocumentStore, collections: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Show these documents."""
    store.show([Collection(name, [bson.encode(item) for item in items]) for name, items in collections.items()])


def client(store: DocumentStore, **changes: Any) -> "MongoClient[dict[str, Any]]":
    """A client with the reader's password."""
    settings = {"username": store.user, "password": store.password, "serverSelectionTimeoutMS": 10_000}
    return MongoClient(HOST, store.port, **{**settings, **changes})


def config(store: DocumentStore, **changes: Any) -> dict[str, Any]:
    """Settings of source `mongodb`."""
    address = {"host": HOST, "port": store.port, "database": store.database}
    return {**address, "user": store.user, "password": store.password, **changes}


def new_store() -> DocumentStore:
    """A started store with an empty database `shop`."""
    store = DocumentStore("shop")
    store.start()
    return store
