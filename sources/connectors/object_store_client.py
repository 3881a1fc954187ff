"""Listing and downloading objects over the S3 protocol, in bounded memory, with one clear message for each failure."""

import contextlib
import functools
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from sources.connectors.errors import ConnectorError

_BLOCK_BYTES = 1024 * 1024
_KEPT_BYTES = 32 * 1024 * 1024
_LARGEST_KEPT = 256 * 1024
"""Objects up to this size stay in memory, so many of them: a load looks at each twice, for its columns and its rows."""
_ATTEMPTS = 6
"""Of each request; botocore waits longer before each, at most 20 s."""
_DOWNLOADS = 3
"""Of an object whose body breaks off."""
_TIMEOUT_SECONDS = 60
_MOST_LISTED = 20
_LONGEST_NAME = 200
_MEANINGS = {
    "403": "access is denied; check config.access_key_id, config.secret_access_key and what the key may do",
    "AccessDenied": "access is denied; check what the key may do",
    "InvalidAccessKeyId": "the access key is not known; check config.access_key_id",
    "SignatureDoesNotMatch": "the secret key is wrong; check config.secret_access_key",
    "NoSuchBucket": "there is no such bucket; check config.bucket",
    "PreconditionFailed": "the object has changed since it was listed; load again",
    "412": "the object has changed since it was listed; load again",
    "NoSuchKey": "the object is gone since it was listed; load again",
}
_BROKEN_OFF = (ConnectionClosedError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


@functools.cache
def _session() -> Any:
    """It parses the description of the protocol once, for all clients."""
    return boto3.session.Session()


class StoreAddress(NamedTuple):
    """Where a bucket is, and who asks."""

    bucket: str
    endpoint_url: str | None
    """None = Amazon's own for the region."""
    region: str
    access_key_id: str | None
    """None = requests are not signed, for public buckets."""
    secret_access_key: str | None


class StoredObject(NamedTuple):
    """One object of a listing."""

    key: str
    etag: str
    last_modified: datetime


class ObjectStoreClient:
    """One bucket.

    Args:
        address: Of the bucket.
    """

    def __init__(self, address: StoreAddress) -> None:
        self.address = address
        self._kept: dict[StoredObject, bytes] = {}
        self._n_kept_bytes = 0
        signing = {} if address.access_key_id else {"signature_version": UNSIGNED}
        config = Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            connect_timeout=_TIMEOUT_SECONDS,
            read_timeout=_TIMEOUT_SECONDS,
            s3={"addressing_style": "path" if address.endpoint_url else "auto"},
            **signing,
        )
        try:
            self._s3: Any = _session().client(
                "s3",
                endpoint_url=address.endpoint_url,
                region_name=address.region,
                aws_access_key_id=address.access_key_id,
                aws_secret_access_key=address.secret_access_key,
                config=config,
            )
        except (BotoCoreError, ValueError) as error:
            raise ConnectorError(f"the settings of bucket '{address.bucket}' are not valid ({error}).") from error

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every object whose key begins so, in the order of the keys; folders that consoles make are none.

        Raises:
            ConnectorError: The bucket cannot be listed.
        """
        with self._clear(f"cannot be listed (prefix '{prefix}')"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.address.bucket, Prefix=prefix)
            for page in pages:
                for entry in page.get("Contents", ()):
                    if not entry["Key"].endswith("/"):
                        yield StoredObject(entry["Key"], entry["ETag"].strip('"'), entry["LastModified"])

    def some_keys(self, prefix: str) -> list[str]:
        """The first few keys, for messages."""
        with self._clear(f"cannot be listed (prefix '{prefix}')"):
            page = self._s3.list_objects_v2(Bucket=self.address.bucket, Prefix=prefix, MaxKeys=_MOST_LISTED)
            return [entry["Key"] for entry in page.get("Contents", ())]

    @contextlib.contextmanager
    def downloaded(self, found: StoredObject) -> Iterator[Path]:
        """The content of an object as a file that has the last part of its key as name; removed after the block.

        Raises:
            ConnectorError: It cannot be read, or is another one than was listed.
        """
        with tempfile.TemporaryDirectory(prefix="lockgate_object_") as folder:
            path = Path(folder) / _file_name(found.key)
            with self._clear(f"object '{found.key}' cannot be read"):
                if (content := self._kept.get(found)) is not None:
                    path.write_bytes(content)
                else:
                    self._download(found, path)
                    self._keep(found, path)
            yield path

    def _keep(self, found: StoredObject, path: Path) -> None:
        """Keep a small object; the oldest make room."""
        if (size := path.stat().st_size) > _LARGEST_KEPT:
            return
        while self._n_kept_bytes + size > _KEPT_BYTES:
            self._n_kept_bytes -= len(self._kept.pop(next(iter(self._kept))))
        self._kept[found] = path.read_bytes()
        self._n_kept_bytes += size

    def _download(self, found: StoredObject, path: Path) -> None:
        for attempt in range(1, _DOWNLOADS + 1):
            try:
                answer = self._s3.get_object(Bucket=self.address.bucket, Key=found.key, IfMatch=f'"{found.etag}"')
                with contextlib.closing(answer["Body"]) as body, path.open("wb") as file:
                    for block in body.iter_chunks(_BLOCK_BYTES):
                        file.write(block)
            except _BROKEN_OFF:
                if attempt == _DOWNLOADS:
                    raise
            else:
                return

    @contextlib.contextmanager
    def _clear(self, problem: str) -> Iterator[None]:
        """Turn what botocore raises into one sentence."""
        where = f"bucket '{self.address.bucket}' at {self.address.endpoint_url or self.address.region}"
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            reason = _MEANINGS.get(code) or str(error.response.get("Error", {}).get("Message") or error)
            raise ConnectorError(f"{where}: {problem}: {reason} ({code}).") from error
        except (BotoCoreError, OSError) as error:
            raise ConnectorError(f"{where}: {problem}: {str(error).strip()}.") from error


def _file_name(key: str) -> str:
    """The last part of a key as the name of a file; its end says the compression, so that is what is kept."""
    name = key.rsplit("/", 1)[-1].replace("\0", "_")
    name = name.encode("utf-8", "replace")[-_LONGEST_NAME:].decode("utf-8", "ignore")
    return "object" if name in ("", ".", "..") else name
