"""Airbyte-protocol source for an object store that speaks the S3 protocol: every glob pattern of keys is a stream."""

import functools
from collections.abc import Mapping
from typing import Any, ClassVar

from sources.connectors.delivered_files import ORIGIN, STREAMS_SCHEMA, DeliveredFilesSource, FoundFile
from sources.connectors.errors import ConnectorError
from sources.connectors.glob_pattern import compiled, literal_start
from sources.connectors.no_deliveries import is_no_delivery
from sources.connectors.object_store_client import ObjectStoreClient, StoreAddress


class ObjectStoreSource(DeliveredFilesSource):
    """Reads the objects of a bucket in the order in which they were delivered: by last modified, then by key.

    `_source_file` is the whole key; the version of an object is its ETag. One object at a time is on the disk. An
    incremental load downloads new and changed objects only; the columns of the others are in the state.
    """

    specification: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["bucket", "streams"],
        "properties": {
            "bucket": {"type": "string"},
            "prefix": {"type": "string", "default": "", "description": "what patterns are relative to"},
            "endpoint_url": {"type": "string", "description": "absent: Amazon's own"},
            "region": {"type": "string", "default": "us-east-1"},
            "access_key_id": {"type": "string", "description": "absent: requests are not signed"},
            "secret_access_key": {"type": "string", "airbyte_secret": True},
            "streams": STREAMS_SCHEMA,
        },
    }

    def find(self, config: Mapping[str, Any], pattern: str) -> list[FoundFile]:
        """Objects that match, the one that was modified first in front."""
        client, prefix = self._client(config), self._prefix(config)
        if pattern.startswith("/"):
            raise ConnectorError(f"pattern '{pattern}' begins with a slash; no key does. Take the slash away.")
        matches = compiled(pattern).fullmatch
        last_part = pattern.rsplit("/", 1)[-1]
        found = [
            entry
            for entry in client.objects(prefix + literal_start(pattern))
            if matches(entry.key[len(prefix) :]) and not is_no_delivery(entry.key.rsplit("/", 1)[-1], last_part)
        ]
        return [
            FoundFile(entry.key, functools.partial(client.downloaded, entry), functools.partial(str, entry.etag))
            for entry in sorted(found, key=lambda entry: (entry.last_modified, entry.key))
        ]

    def nothing_found(self, config: Mapping[str, Any], pattern: str) -> str:
        """Name some keys below the prefix."""
        client, prefix = self._client(config), self._prefix(config)
        there = ", ".join(client.some_keys(prefix)) or "nothing"
        return f"no object of bucket '{client.address.bucket}' matches '{prefix}{pattern}'. There is: {there}."

    def remembered(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The columns, so that the next load need not look at the objects again."""
        return {"properties": {name: schema for name, schema in properties.items() if name not in ORIGIN}}

    def _prefix(self, config: Mapping[str, Any]) -> str:
        prefix = self.setting(config, "prefix", "")
        return prefix if not prefix or prefix.endswith("/") else f"{prefix}/"

    def _client(self, config: Mapping[str, Any]) -> ObjectStoreClient:
        settings = {name: self.setting(config, name, "") for name in ("access_key_id", "secret_access_key")}
        if bool(settings["access_key_id"]) != bool(settings["secret_access_key"]):
            raise ConnectorError("config.access_key_id and config.secret_access_key belong together: set both or none.")
        return _client(
            StoreAddress(
                bucket=self.setting(config, "bucket"),
                endpoint_url=self.setting(config, "endpoint_url", "") or None,
                region=self.setting(config, "region", "us-east-1"),
                access_key_id=settings["access_key_id"] or None,
                secret_access_key=settings["secret_access_key"] or None,
            )
        )


@functools.lru_cache(maxsize=4)
def _client(address: StoreAddress) -> ObjectStoreClient:
    """One client for the streams of a connection; making one costs 0.1 s, and it keeps its connections open."""
    return ObjectStoreClient(address)
