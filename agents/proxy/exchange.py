"""One call on its way: sent to the provider, read to its end whoever listens, redacted, and settled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import httpx

from agents.wires import Wire
from benchmark.redact import StreamRedactor, redact
from benchmark.usage import TokenUsage

MAX_ANSWER_BYTES = 32 * 1024**2
_ENCODINGS = frozenset({"identity", "gzip", "deflate", ""})
"""Which httpx unpacks by itself; others it passes on as they are."""
CALL_SECONDS = 600.0
"""For a whole answer, streamed or not."""


class CallOutcome(NamedTuple):
    """What a call came to."""

    usage: TokenUsage | None
    """None = the provider did not say, or was not heard to the end."""
    is_billed: bool
    """Whether the provider may charge for it."""
    failure: str | None
    """Why there was no whole answer; None = there was one."""


class Exchange:
    """Reads an answer in a task of its own: a client that breaks off, or does not read, changes nothing.

    Args:
        client: Sends the request.
        request: Complete, with the key.
        wire: Of the call.
    """

    def __init__(self, client: httpx.AsyncClient, request: httpx.Request, wire: Wire) -> None:
        self._client = client
        self._request = request
        self._wire = wire
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._is_whole = False
        self._head: asyncio.Future[httpx.Response | None] = asyncio.get_running_loop().create_future()

    async def head(self) -> httpx.Response | None:
        """Status and headers as soon as they are there; None = no answer came."""
        return await asyncio.shield(self._head)

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it comes, without secrets.

        Raises:
            BrokenAnswerError: The provider broke off; the client must not take what it has for the whole.
        """
        while (piece := await self._pieces.get()) is not None:
            yield piece
        if not self._is_whole:
            raise BrokenAnswerError

    async def run(self) -> CallOutcome:
        """Carry out the call; what goes wrong is an outcome."""
        kept = bytearray()
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                response = await self._client.send(self._request, stream=True)
                _check_encoding(response)
                self._head.set_result(response)
                await self._read(response, kept)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            return CallOutcome(None, is_billed=False, failure=_named(error))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, _UnreadableError) as error:
            is_billed = response is None or response.status_code < 300
            return CallOutcome(None, is_billed=is_billed, failure=_named(error))
        finally:
            if response is not None:
                await response.aclose()
            if not self._head.done():
                self._head.set_result(None)
            self._pieces.put_nowait(None)
        return self._outcome(response, bytes(kept))

    async def _read(self, response: httpx.Response, kept: bytearray) -> None:
        redactor = StreamRedactor()
        async for piece in response.aiter_bytes():
            kept += piece
            if len(kept) > MAX_ANSWER_BYTES:
                raise _UnreadableError(f"the answer has more than {MAX_ANSWER_BYTES} bytes")
            self._pieces.put_nowait(redactor.feed(piece))
        self._pieces.put_nowait(redactor.close())
        self._is_whole = True

    def _outcome(self, response: httpx.Response, content: bytes) -> CallOutcome:
        status = response.status_code
        if status >= 300:
            said = redact(content.decode(errors="replace"))[:300]
            return CallOutcome(None, is_billed=False, failure=f"status {status}: {said}")
        return CallOutcome(read_usage(self._wire, content), is_billed=True, failure=None)


class BrokenAnswerError(Exception):
    """An answer ended before its end; the server closes the connection then."""


class _UnreadableError(Exception):
    pass


def _check_encoding(response: httpx.Response) -> None:
    """Refuse an answer that stays packed: no secret could be found in it. None was asked for."""
    packed = {name.strip() for name in response.headers.get("content-encoding", "identity").lower().split(",")}
    if unknown := packed - _ENCODINGS:
        raise _UnreadableError(f"the answer is packed as {', '.join(sorted(unknown))}")


def read_usage(wire: Wire, content: bytes) -> TokenUsage | None:
    """Tokens of an answer, in whichever form it came: one object, a list of them, or server-sent events."""
    whole = _parsed(content)
    if isinstance(whole, dict):
        return wire.usage(whole)
    events = whole if isinstance(whole, list) else _events(content)
    return wire.stream_usage(event for event in events if isinstance(event, dict))


def _events(content: bytes) -> Iterator[Any]:
    for line in content.replace(b"\r\n", b"\n").split(b"\n"):  # `splitlines` ends one at U+2028, inside the JSON
        if line.startswith(b"data:"):
            yield _parsed(line.removeprefix(b"data:").strip())


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _named(error: Exception) -> str:
    return redact(f"{type(error).__name__}: {error}")[:300]
