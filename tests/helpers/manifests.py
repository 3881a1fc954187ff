"""Writing low-code manifests around the parts that a test is about, and reading them as a loader would."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from airbyte_cdk.models import (
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)

from sources.connectors.manifest import ManifestSource
from sources.connectors.messages import stream_state

NOW = datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
_LOGGER = logging.getLogger("test")


def option(name: str, place: str = "request_parameter") -> dict[str, str]:
    """Where a value goes into a request."""
    return {"type": "RequestOption", "inject_into": place, "field_name": name}


def extractor(*path: str) -> dict[str, Any]:
    """Where records stand in an answer."""
    return {"type": "DpathExtractor", "field_path": list(path)}


def parent(stream: dict[str, Any], partition_field: str, key: str, **more: Any) -> dict[str, Any]:
    """A router over the records of another stream."""
    config = {"type": "ParentStreamConfig", "stream": stream, "parent_key": key, "partition_field": partition_field}
    return {"type": "SubstreamPartitionRouter", "parent_stream_configs": [config | more]}


@dataclass
class Manifests:
    """Manifests for one API.

    Args:
        url: Its address.
        config: What manifests call `config`.
    """

    url: str
    config: dict[str, Any] = field(default_factory=dict)

    def requester(self, path: str, **more: Any) -> dict[str, Any]:
        """A request."""
        return {"type": "HttpRequester", "url_base": self.url, "path": path, **more}

    def stream(self, path: str, name: str = "items", **parts: Any) -> dict[str, Any]:
        """A stream; `requester`, `selector`, `paginator`, `router` and `retriever` are parts of it."""
        selector = {"type": "RecordSelector", "extractor": extractor("data"), **parts.pop("selector", {})}
        retriever = {
            "type": "SimpleRetriever",
            "requester": self.requester(path, **parts.pop("requester", {})),
            "record_selector": selector,
            **({"paginator": {"type": "DefaultPaginator", **parts.pop("paginator")}} if "paginator" in parts else {}),
            **({"partition_router": parts.pop("router")} if "router" in parts else {}),
            **parts.pop("retriever", {}),
        }
        schema = {"type": "object", "additionalProperties": True, "properties": {"order_id": {"type": "integer"}}}
        loader = {"type": "InlineSchemaLoader", "schema": schema}
        whole = {"type": "DeclarativeStream", "name": name, "retriever": retriever, "schema_loader": loader}
        return {**whole, **parts}

    def manifest(self, *streams: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """A whole manifest."""
        check = {"type": "CheckStream", "stream_names": ["items"]}
        return {"version": "6.48.0", "type": "DeclarativeSource", "check": check, "streams": list(streams), **more}

    def records(self, *streams: Mapping[str, Any], name: str = "items", state: Any = None, **more: Any) -> list[Any]:
        """All records of a stream."""
        messages = self._messages(self.manifest(*streams, **more), name, state)
        return [message.record.data for message in messages if message.type == Type.RECORD]

    def ids(self, *streams: Mapping[str, Any], **more: Any) -> list[int]:
        """`order_id` of all records of a stream, as a number."""
        return [int(record["order_id"]) for record in self.records(*streams, **more)]

    def last_state(self, *streams: Mapping[str, Any], state: Any = None, **more: Any) -> Any:
        """The state after a stream was read."""
        messages = self._messages(self.manifest(*streams, **more), "items", state, "incremental")
        return [vars(message.state.stream.stream_state) for message in messages if message.type == Type.STATE][-1]

    def _messages(self, manifest: dict[str, Any], name: str, state: Any, sync_mode: str = "") -> list[AirbyteMessage]:
        states = [stream_state(name, state)] if state else []
        source = ManifestSource(manifest, self.config, NOW, state=states, needed={name: []})
        catalog = {stream.name: stream for stream in source.discover(_LOGGER, self.config).streams}
        configured = ConfiguredAirbyteStream(
            stream=catalog[name],
            sync_mode=SyncMode(sync_mode or ("incremental" if state else "full_refresh")),
            destination_sync_mode=DestinationSyncMode.append,
        )
        return list(source.read(_LOGGER, self.config, ConfiguredAirbyteCatalog(streams=[configured]), states))
