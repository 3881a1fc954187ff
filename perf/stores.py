"""A bucket and a collection for `perf.load`, and other people's clients that read them and throw it away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from pyarrow import parquet
from pymongo import MongoClient

from benchmark.source_systems import MongodbCollection
from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.documents import documents_of
from sources.systems.mongodb.store import HOST, DocumentStore
from sources.systems.object_store.store import NewObject, ObjectStore

_BLOCK_BYTES = 1024 * 1024


@contextlib.contextmanager
def bucket_of(path: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Settings of a connection to a bucket that holds one file."""
    store = ObjectStore("perf", "perf-data", folder / "bucket")
    store.start()
    try:
        store.show([NewObject(path.name, path.read_bytes(), datetime(2013, 3, 1, tzinfo=UTC))])
        yield {
            "bucket": store.bucket,
            "endpoint_url": store.endpoint_url,
            "access_key_id": store.keys.access_key_id,
            "secret_access_key": store.keys.secret_access_key,
        }
    finally:
        store.stop()


def download(settings: dict[str, Any], key: str) -> None:
    """Read an object with boto3."""
    s3 = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=settings["endpoint_url"],
        aws_access_key_id=settings["access_key_id"],
        aws_secret_access_key=settings["secret_access_key"],
    )
    for _ in s3.get_object(Bucket=settings["bucket"], Key=key)["Body"].iter_chunks(_BLOCK_BYTES):
        pass


@contextlib.contextmanager
def collection_of(path: Path) -> Iterator[dict[str, Any]]:
    """Settings of a connection to a database whose collection `narrow` holds the rows of a Parquet file."""
    store = DocumentStore("perf")
    store.start()
    try:
        spec = MongodbCollection(key="id", id="object_id", description="")
        store.show([Collection("narrow", documents_of("narrow", parquet.read_table(path), spec))])
        address = {"host": HOST, "port": store.port, "database": store.database}
        yield {**address, "user": store.user, "password": store.password}
    finally:
        store.stop()


def read_documents(settings: dict[str, Any]) -> None:
    """Read the collection with pymongo."""
    login = {"username": settings["user"], "password": settings["password"]}
    client: MongoClient[dict[str, Any]]
    with MongoClient(settings["host"], settings["port"], **login) as client:
        for _ in client[settings["database"]]["narrow"].find(batch_size=10_000):
            pass
