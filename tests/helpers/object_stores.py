"""Object stores for tests, and clients of other people for them."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from sources.systems.object_store.store import NewObject, ObjectStore

FIRST_DAY = datetime(2013, 3, 1, 6, tzinfo=UTC)


def put(store: ObjectStore, contents: Mapping[str, bytes | str], n_failures: int = 0) -> None:
    """Show these objects, each delivered one hour after the one before it."""
    store.show(
        [
            NewObject(key, text.encode() if isinstance(text, str) else text, FIRST_DAY + number * timedelta(hours=1))
            for number, (key, text) in enumerate(contents.items())
        ],
        n_failures,
    )


@functools.cache
def _session() -> Any:
    """Parses the description of the protocol once."""
    return boto3.session.Session()


def client(store: ObjectStore, **changes: Any) -> Any:
    """A boto3 client with the reader's keys, which repeats nothing."""
    settings = {
        "endpoint_url": store.endpoint_url,
        "region_name": "us-east-1",
        "aws_access_key_id": store.keys.access_key_id,
        "aws_secret_access_key": store.keys.secret_access_key,
        "config": Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    }
    return _session().client("s3", **{**settings, **changes})


def config(store: ObjectStore, *streams: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Settings of source `object_store`."""
    return {
        "bucket": store.bucket,
        "endpoint_url": store.endpoint_url,
        "access_key_id": store.keys.access_key_id,
        "secret_access_key": store.keys.secret_access_key,
        "streams": list(streams),
        **changes,
    }


def new_store(folder: Path) -> ObjectStore:
    """A started store with an empty bucket `deliveries`."""
    store = ObjectStore("events", "deliveries", folder / "store")
    store.start()
    return store
