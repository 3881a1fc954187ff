"""The same requests to our object store and to moto's implementation of S3 get the same answers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sources.systems.object_store.store import ObjectStore
from tests.helpers.object_stores import client, new_store, put

CONTENTS = {
    "a/1.csv": "id\n1\n",
    "a/2.csv": "id\n2\n",
    "a/b/3.csv": "id\n3\n",
    "a/b/c/4.csv": "",
    "a.txt": "x" * 1000,
    "b c/ü+&%.json": "{}",
    "zz": "last",
}
BUCKET = {"Bucket": "deliveries"}
CALLS: dict[str, Callable[[Any], Any]] = {
    "everything": lambda s3: s3.list_objects_v2(**BUCKET),
    "a prefix": lambda s3: s3.list_objects_v2(**BUCKET, Prefix="a/"),
    "folders": lambda s3: s3.list_objects_v2(**BUCKET, Delimiter="/"),
    "folders in a folder": lambda s3: s3.list_objects_v2(**BUCKET, Prefix="a/", Delimiter="/"),
    "another delimiter": lambda s3: s3.list_objects_v2(**BUCKET, Delimiter=".csv"),
    "from a key on": lambda s3: s3.list_objects_v2(**BUCKET, StartAfter="a/2.csv"),
    "the first version": lambda s3: s3.list_objects(**BUCKET, Prefix="a"),
    "a marker": lambda s3: s3.list_objects(**BUCKET, Marker="a/b/3.csv"),
    "nothing there": lambda s3: s3.list_objects_v2(**BUCKET, Prefix="nothing"),
    "pages": lambda s3: list(s3.get_paginator("list_objects_v2").paginate(**BUCKET, PaginationConfig={"PageSize": 2})),
    "pages of folders": lambda s3: list(
        s3.get_paginator("list_objects_v2").paginate(**BUCKET, Delimiter="/", PaginationConfig={"PageSize": 1})
    ),
    "an object": lambda s3: s3.get_object(**BUCKET, Key="b c/ü+&%.json"),
    "an empty object": lambda s3: s3.get_object(**BUCKET, Key="a/b/c/4.csv"),
    "a part": lambda s3: s3.get_object(**BUCKET, Key="zz", Range="bytes=1-2"),
    "the end": lambda s3: s3.get_object(**BUCKET, Key="zz", Range="bytes=-3"),
    "a head": lambda s3: s3.head_object(**BUCKET, Key="a.txt"),
    "no such key": lambda s3: s3.get_object(**BUCKET, Key="no"),
    "no such head": lambda s3: s3.head_object(**BUCKET, Key="no"),
    "no such bucket": lambda s3: s3.list_objects_v2(Bucket="other"),
    "another etag": lambda s3: s3.get_object(**BUCKET, Key="zz", IfMatch='"0"'),
    "a range beyond": lambda s3: s3.get_object(**BUCKET, Key="zz", Range="bytes=10-"),
    "where it is": lambda s3: s3.get_bucket_location(**BUCKET),
    "whether it is there": lambda s3: s3.head_bucket(**BUCKET),
}
COMPARED = (
    "Contents", "CommonPrefixes", "Key", "ETag", "Size", "KeyCount", "IsTruncated", "MaxKeys", "Prefix", "Delimiter",
    "Name", "ContentLength", "ContentRange", "Body", "LocationConstraint", "Code", "StorageClass", "StartAfter",
)  # fmt: skip


def shown(value: Any) -> Any:
    """The part of an answer that must agree: not times, owners and tokens; moto leaves out empty texts."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items() if key in COMPARED and item != ""}
    return value.read() if hasattr(value, "read") else value


def answers(s3: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, call in CALLS.items():
        try:
            found[name] = shown(call(s3))
        except ClientError as error:
            found[name] = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    store = new_store(tmp_path)
    put(store, CONTENTS)
    yield store
    store.stop()


def test_the_same_answers(store: ObjectStore) -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        s3.create_bucket(**BUCKET)
        for key, text in CONTENTS.items():
            s3.put_object(**BUCKET, Key=key, Body=text.encode())
        wanted = answers(s3)
    assert answers(client(store)) == wanted
