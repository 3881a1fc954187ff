"""Messages of the wire protocol: OP_MSG, and OP_QUERY for the greeting of drivers. Sizes and times are bounded."""

import socket
import struct
import time
from typing import Any, NamedTuple

import bson
from bson.errors import BSONError

from sources.systems.mongodb.bson_order import OPTIONS, Document

MAX_MESSAGE_BYTES = 1024 * 1024
"""Of a request: readers send queries, never data."""
MESSAGE_SECONDS = 10.0
"""For a whole request, from its first byte."""
IDLE_SECONDS = 300.0
"""Between two requests; drivers ask how the server is every 10 s."""
_HEADER = struct.Struct("<iiii")
_OP_MSG, _OP_QUERY, _OP_REPLY = 2013, 2004, 1
_CHECKSUM_PRESENT, _MORE_TO_COME = 1, 2


class Message(NamedTuple):
    """A command."""

    request_id: int
    command: Document
    database: str
    is_legacy: bool
    """Sent as OP_QUERY, and answered as such."""
    wants_answer: bool


class ProtocolError(Exception):
    """What came in is no message; the connection is closed."""


def read_message(connection: socket.socket) -> Message | None:
    """The next command; None: the client has gone.

    Raises:
        ProtocolError: No such message, or too large.
        OSError: The client takes too long, or the connection breaks.
    """
    connection.settimeout(IDLE_SECONDS)
    first = connection.recv(1)
    if not first:
        return None
    deadline = time.monotonic() + MESSAGE_SECONDS
    header = first + _exactly(connection, _HEADER.size - 1, deadline)
    length, request_id, _, code = _HEADER.unpack(header)
    if not _HEADER.size < length <= MAX_MESSAGE_BYTES:
        raise ProtocolError
    body = _exactly(connection, length - _HEADER.size, deadline)
    connection.settimeout(IDLE_SECONDS)
    try:
        if code == _OP_MSG:
            return _message(request_id, body)
        if code == _OP_QUERY:
            return _query(request_id, body)
    except (BSONError, struct.error, IndexError, ValueError, RecursionError) as error:
        raise ProtocolError from error
    raise ProtocolError


def answer_bytes(message: Message, document: Document) -> bytes:
    """The answer to a command."""
    content = bson.encode(document, codec_options=OPTIONS)
    if message.is_legacy:
        body = struct.pack("<iqii", 8, 0, 0, 1) + content
        return _HEADER.pack(_HEADER.size + len(body), 0, message.request_id, _OP_REPLY) + body
    body = struct.pack("<iB", 0, 0) + content
    return _HEADER.pack(_HEADER.size + len(body), 0, message.request_id, _OP_MSG) + body


def _exactly(connection: socket.socket, n_bytes: int, deadline: float) -> bytes:
    parts = []
    while n_bytes:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        part = connection.recv(min(n_bytes, 65536))
        if not part:
            raise ProtocolError
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)


def _message(request_id: int, body: bytes) -> Message:
    (flags,) = struct.unpack_from("<I", body)
    end = len(body) - (4 if flags & _CHECKSUM_PRESENT else 0)
    place = 4
    command: Document | None = None
    while place < end:
        kind = body[place]
        (size,) = struct.unpack_from("<i", body, place + 1)
        if size < 5 or place + 1 + size > end or kind not in (0, 1):
            raise ProtocolError
        if kind == 0:  # the command; sections of kind 1 hold documents to write, which nobody may
            command = bson.decode(body[place + 1 : place + 1 + size], OPTIONS)
        place += 1 + size
    if command is None:
        raise ProtocolError
    database: Any = command.get("$db")
    return Message(request_id, command, database if isinstance(database, str) else "", False, not flags & _MORE_TO_COME)


def _query(request_id: int, body: bytes) -> Message:
    end = body.index(b"\0", 4)
    database = body[4:end].decode().partition(".")[0]
    place = end + 1 + 8
    (size,) = struct.unpack_from("<i", body, place)
    command = bson.decode(body[place : place + size], OPTIONS)
    return Message(request_id, command.get("$query", command), database, True, True)
