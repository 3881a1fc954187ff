"""Messages of the Airbyte protocol, made cheaply and quietly."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from airbyte_cdk.logger import AirbyteLogFormatter
from airbyte_cdk.models import (
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    AirbyteStreamStatusTraceMessage,
    AirbyteTraceMessage,
    FailureType,
    StreamDescriptor,
    TraceType,
    Type,
)


def silence_protocol_logging() -> None:
    """Take away the handler that airbyte-cdk puts on the root logger at import: it writes JSON lines to stdout."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler.formatter, AirbyteLogFormatter):
            root.removeHandler(handler)
    airbyte = logging.getLogger("airbyte")
    airbyte.propagate = False
    if not airbyte.handlers:
        airbyte.addHandler(logging.NullHandler())


def state_message(stream: str, state: Mapping[str, Any]) -> AirbyteMessage:
    """A checkpoint: everything of the stream up to here has been sent."""
    return AirbyteMessage(type=Type.STATE, state=stream_state(stream, state))


def stream_state(stream: str, state: Mapping[str, Any]) -> AirbyteStateMessage:
    """State of one stream in the form in which a source is given it."""
    return AirbyteStateMessage(
        type=AirbyteStateType.STREAM,
        stream=AirbyteStreamState(
            stream_descriptor=StreamDescriptor(name=stream), stream_state=AirbyteStateBlob(dict(state))
        ),
    )


def state_of(messages: Iterable[AirbyteStateMessage] | None, stream: str) -> dict[str, Any]:
    """The state of one stream among those given to `read`; empty when there is none."""
    for message in messages or ():
        if message.stream and message.stream.stream_descriptor.name == stream and message.stream.stream_state:
            return dict(vars(message.stream.stream_state))
    return {}


def status_message(stream: str, status: AirbyteStreamStatus, emitted_at: float) -> AirbyteMessage:
    """Started, complete or incomplete."""
    return AirbyteMessage(
        type=Type.TRACE,
        trace=AirbyteTraceMessage(
            type=TraceType.STREAM_STATUS,
            emitted_at=emitted_at,
            stream_status=AirbyteStreamStatusTraceMessage(
                stream_descriptor=StreamDescriptor(name=stream), status=status
            ),
        ),
    )


def error_message(stream: str, sentence: str, emitted_at: float) -> AirbyteMessage:
    """The stream failed; the sentence is for its reader."""
    return AirbyteMessage(
        type=Type.TRACE,
        trace=AirbyteTraceMessage(
            type=TraceType.ERROR,
            emitted_at=emitted_at,
            error=AirbyteErrorTraceMessage(
                message=sentence,
                failure_type=FailureType.system_error,
                stream_descriptor=StreamDescriptor(name=stream),
            ),
        ),
    )
