"""The object store as boto3 and Arrow see it, and against hostile readers."""

import http.client
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from pyarrow import fs

from sources.systems.bounded_server import MAX_CONNECTIONS
from sources.systems.object_store.store import NewObject, ObjectStore
from tests.helpers.object_stores import FIRST_DAY, client, new_store, put

CONTENTS = {
    "orders/date=2013-03-01/a.csv": "id\n1\n",
    "orders/date=2013-03-01/b.csv": "id\n2\n",
    "orders/date=2013-03-02/a.csv": "id\n3\n",
    "Orders.txt": "",
    "ünï code/ä b+c&d=<e>.json": "{}",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    store = new_store(tmp_path)
    put(store, CONTENTS)
    yield store
    store.stop()


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_objects_have_content_time_and_etag(store: ObjectStore) -> None:
    s3 = client(store)
    listed = s3.list_objects_v2(Bucket="deliveries")["Contents"]
    assert [entry["Key"] for entry in listed] == sorted(CONTENTS, key=str.encode)
    assert {entry["Key"]: entry["LastModified"] for entry in listed}["orders/date=2013-03-01/a.csv"] == FIRST_DAY
    for entry in listed:
        found = s3.get_object(Bucket="deliveries", Key=entry["Key"])
        assert found["Body"].read().decode() == CONTENTS[entry["Key"]]
        assert (found["ETag"], found["LastModified"]) == (entry["ETag"], entry["LastModified"])
        assert s3.head_object(Bucket="deliveries", Key=entry["Key"])["ContentLength"] == entry["Size"]
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["deliveries"]


def test_pages_of_a_listing_are_the_listing(store: ObjectStore) -> None:
    put(store, {f"many/{number % 7}/{number:04}": str(number) for number in range(2_100)})
    s3 = client(store)
    for call in ("list_objects_v2", "list_objects"):
        pages = list(s3.get_paginator(call).paginate(Bucket="deliveries", Prefix="many/"))
        keys = [entry["Key"] for page in pages for entry in page["Contents"]]
        assert len(pages) == 3
        assert keys == sorted(keys)
        assert len(set(keys)) == 2_100
        folders = s3.get_paginator(call).paginate(
            Bucket="deliveries", Prefix="many/", Delimiter="/", PaginationConfig={"PageSize": 2}
        )
        found = [entry["Prefix"] for page in folders for entry in page["CommonPrefixes"]]
        assert found == [f"many/{number}/" for number in range(7)]


def test_arrow_reads_and_lists_it(store: ObjectStore) -> None:
    put(store, {"wide/numbers.bin": bytes(range(256)) * 8192})
    arrow = fs.S3FileSystem(
        access_key=store.keys.access_key_id,
        secret_key=store.keys.secret_access_key,
        endpoint_override=store.endpoint_url.removeprefix("http://"),
        scheme="http",
        region="us-east-1",
    )
    found = arrow.get_file_info(fs.FileSelector("deliveries", recursive=True))
    assert [entry.path for entry in found if entry.is_file] == ["deliveries/wide/numbers.bin"]
    with arrow.open_input_file("deliveries/wide/numbers.bin") as file:
        file.seek(256 * 8000 + 7)
        assert file.read(3) == bytes([7, 8, 9])


@pytest.mark.parametrize(
    ("wanted", "content"),
    [("bytes=1-3", "bcd"), ("bytes=4-", "ef"), ("bytes=-2", "ef"), ("bytes=2-999", "cdef"), ("bytes=0-0", "a")],
)
def test_ranges(store: ObjectStore, wanted: str, content: str) -> None:
    put(store, {"letters": "abcdef"})
    found = client(store).get_object(Bucket="deliveries", Key="letters", Range=wanted)
    assert found["Body"].read().decode() == content
    start = "abcdef".index(content)
    assert found["ContentRange"] == f"bytes {start}-{start + len(content) - 1}/6"


@pytest.mark.parametrize("wanted", ["bytes=6-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_object_is_refused(store: ObjectStore, wanted: str) -> None:
    put(store, {"letters": "abcdef"})
    with pytest.raises(ClientError) as error:
        client(store).get_object(Bucket="deliveries", Key="letters", Range=wanted)
    assert code_of(error) == "InvalidRange"


def test_conditions(store: ObjectStore) -> None:
    s3, target = client(store), {"Bucket": "deliveries", "Key": "orders/date=2013-03-01/a.csv"}
    etag = s3.head_object(**target)["ETag"]
    assert s3.get_object(**target, IfMatch=etag)["Body"].read() == b"id\n1\n"
    failing = [
        ({"IfMatch": '"0"'}, "PreconditionFailed"),
        ({"IfNoneMatch": etag}, "304"),
        ({"IfModifiedSince": FIRST_DAY}, "304"),
        ({"IfUnmodifiedSince": datetime(2013, 2, 1, tzinfo=UTC)}, "PreconditionFailed"),
    ]
    for condition, code in failing:
        with pytest.raises(ClientError) as error:
            s3.get_object(**target, **condition)
        assert code_of(error) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aws_access_key_id": "unknown"}, "InvalidAccessKeyId"),
        ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
    ],
)
def test_other_keys_are_refused(store: ObjectStore, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        client(store, **changes).list_objects_v2(Bucket="deliveries")
    assert code_of(error) == code


def test_an_address_that_was_signed_works_and_one_that_was_changed_does_not(store: ObjectStore) -> None:
    target = {"Bucket": "deliveries", "Key": "orders/date=2013-03-01/a.csv"}
    signing = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    address = client(store, config=signing).generate_presigned_url("get_object", Params=target)
    assert httpx.get(address, timeout=60).text == "id\n1\n"
    assert httpx.get(address.replace("a.csv", "b.csv"), timeout=60).status_code == 403
    assert httpx.get(f"{store.endpoint_url}/deliveries/orders/date=2013-03-01/a.csv", timeout=60).status_code == 403


WRITES: dict[str, dict[str, Any]] = {
    "put_object": {"Key": "orders/x.csv", "Body": b"x"},
    "delete_object": {"Key": "orders/date=2013-03-01/a.csv"},
    "delete_objects": {"Delete": {"Objects": [{"Key": "orders/date=2013-03-01/a.csv"}]}},
    "copy_object": {"Key": "copy", "CopySource": "deliveries/Orders.txt"},
    "put_object_acl": {"Key": "Orders.txt", "ACL": "public-read"},
    "put_bucket_acl": {"ACL": "public-read"},
    "put_bucket_policy": {"Policy": "{}"},
    "put_object_tagging": {"Key": "Orders.txt", "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}},
    "create_multipart_upload": {"Key": "big"},
    "delete_bucket": {},
    "put_bucket_versioning": {"VersioningConfiguration": {"Status": "Enabled"}},
    "get_object_acl": {"Key": "Orders.txt"},
    "get_bucket_policy": {},
    "list_object_versions": {},
    "list_multipart_uploads": {},
}


@pytest.mark.parametrize("call", WRITES)
def test_a_reader_can_do_nothing_but_list_and_read(store: ObjectStore, call: str) -> None:
    s3 = client(store)
    with pytest.raises(ClientError) as error:
        getattr(s3, call)(Bucket="deliveries", **WRITES[call])
    assert code_of(error) == "AccessDenied"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="deliveries")["Contents"]] == sorted(
        CONTENTS, key=str.encode
    )


def test_no_second_bucket(store: ObjectStore) -> None:
    s3 = client(store)
    with pytest.raises(ClientError) as error:
        s3.create_bucket(Bucket="other")
    assert code_of(error) == "AccessDenied"
    with pytest.raises(ClientError) as error:
        s3.list_objects_v2(Bucket="other")
    assert code_of(error) == "NoSuchBucket"
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket="deliveries", Key="../../etc/passwd")
    assert code_of(error) in ("NoSuchKey", "NoSuchBucket", "SignatureDoesNotMatch")


def test_another_day_shows_its_objects_alone_at_the_same_address(store: ObjectStore) -> None:
    s3, address = client(store), store.endpoint_url
    store.show([NewObject("late.csv", b"id\n9\n", datetime(2013, 3, 9, 1, 2, 3, 999, tzinfo=UTC))])
    [only] = s3.list_objects_v2(Bucket="deliveries")["Contents"]
    assert (only["Key"], only["LastModified"]) == ("late.csv", datetime(2013, 3, 9, 1, 2, 3, tzinfo=UTC))
    assert store.endpoint_url == address


def test_failures_end(store: ObjectStore) -> None:
    put(store, {"a": "1"}, n_failures=2)
    s3 = client(store)
    for _ in range(2):
        with pytest.raises(ClientError) as error:
            s3.list_objects_v2(Bucket="deliveries")
        assert code_of(error) == "SlowDown"
    assert s3.list_objects_v2(Bucket="deliveries")["KeyCount"] == 1


def test_a_large_body_and_strange_requests_change_nothing(store: ObjectStore) -> None:
    host = store.endpoint_url.removeprefix("http://")
    for method, target, headers, body in [
        ("PUT", "/deliveries/x", {"Content-Length": "99999999999"}, b"x" * 200_000),
        ("POST", "/", {"Transfer-Encoding": "chunked"}, b"zz\r\n"),
        ("GET", "/deliveries/%ff%fe", {}, b""),
        ("GET", "/deliveries?max-keys=9999999999999999999999", {}, b""),
        ("BREW", "/deliveries", {}, b""),
        ("GET", "/deliveries", {"Authorization": "AWS4-HMAC-SHA256 Credential=,SignedHeaders=;,Signature="}, b""),
    ]:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.putrequest(method, target)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body)
        assert connection.getresponse().status in (400, 403, 501), (method, target)
        connection.close()
    assert client(store).list_objects_v2(Bucket="deliveries")["KeyCount"] == len(CONTENTS)


def test_connections_are_bounded_and_can_be_ended(store: ObjectStore) -> None:
    address = ("127.0.0.1", int(store.endpoint_url.rsplit(":", 1)[1]))
    idle = [socket.create_connection(address, timeout=5) for _ in range(MAX_CONNECTIONS)]
    time.sleep(0.3)
    one_more = socket.create_connection(address, timeout=5)
    assert one_more.recv(1) == b""
    store.end_connections()
    assert [connection.recv(1) for connection in idle] == [b""] * MAX_CONNECTIONS
    for connection in (*idle, one_more):
        connection.close()
    assert client(store).list_objects_v2(Bucket="deliveries")["KeyCount"] == len(CONTENTS)
