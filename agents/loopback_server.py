"""Serves an ASGI application on a socket of loopback, in a thread, to clients that are not trusted."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 64
"""At once; further ones are closed as they come."""
HEADER_SECONDS = 10.0
"""For a client to send the whole head of a request, from its first byte or from the connection."""
MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 32 * 1024**2
BODY_SECONDS = 60.0
"""For a client to send a whole body."""


class BodyError(Exception):
    """A body is not taken.

    Args:
        status: Of the answer.
        message: One sentence for the client.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message
        super().__init__(message)


class LoopbackServer:
    """One application on one socket.

    Args:
        app: The application.
        listener: A socket that listens; it is closed at the end.
        at_end: Awaited after the last connection, in the server's loop.
    """

    def __init__(
        self, app: ASGIApp, listener: socket.socket, at_end: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._at_end = at_end
        config = uvicorn.Config(
            app,
            http=_GuardedProtocol,
            interface="asgi3",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        )
        self._server = uvicorn.Server(config)
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        """Serve in a thread of this name; clients may connect at once."""
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Serve in this thread, until `stop` or an interrupt."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """End: no connection is taken any more; a thread of `start` is gone on return."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        elif not self._server.started:
            self._listener.close()

    async def _serve(self) -> None:
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            self._listener.close()
            if self._at_end is not None:
                await self._at_end()


async def read_body(request: Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Read the body of a request, chunked or not.

    Raises:
        BodyError: It is too long, too slow or compressed.
    """
    too_long = BodyError(413, f"The body has more than {max_bytes} bytes.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BodyError(415, "Compressed bodies are not taken; send it without Content-Encoding.")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 15 or int(declared) > max_bytes:
        raise too_long
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                content += piece
                if len(content) > max_bytes:
                    raise too_long
    except ClientDisconnect as error:
        raise BodyError(400, "The body is not whole.") from error
    except TimeoutError as error:
        raise BodyError(408, f"The body did not come within {BODY_SECONDS:g} seconds.") from error
    return bytes(content)


def hang_up(request: Request) -> None:
    """Close the connection of a request without an answer."""
    request.scope["state"]["hang_up"]()


class _GuardedProtocol(H11Protocol):
    """uvicorn's protocol with a limit of connections and a deadline for the head of each request."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or refuse it where there are too many."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "hang_up": transport.close}
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline of a connection that has ended."""
        self._cancel_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and see whether a head is complete."""
        super().data_received(data)
        self._watch()

    def _watch(self) -> None:
        """Set the deadline while a head is awaited; a request at work has none."""
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._cancel_deadline()
        elif self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
