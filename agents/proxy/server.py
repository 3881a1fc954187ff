"""The HTTP server of the proxy: who may call what, and what the budget allows."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from agents.budget import Hold, Spending
from agents.errors import LimitReached
from agents.loopback_server import BodyError, LoopbackServer, read_body
from agents.prices import ModelPrice, PriceTable, read_prices
from agents.proxy.calls import KnownCall, find_call
from agents.proxy.exchange import CallOutcome, Exchange
from agents.proxy.request import DEFAULT_OUTPUT, ProviderRequest, build_request
from agents.proxy.rules import ANSWER_HEADERS, COMMON_HEADERS, RULES, makes_text_alone
from agents.wires import RequestError
from benchmark.redact import redact, register_secret
from benchmark.usage import TokenUsage
from runtime.sandbox.network import listen_on_loopback

OnCall = Callable[[str, TokenUsage, float | None], None]
"""Receives model, tokens and USD of each call that was settled, in the proxy's thread."""

MAX_CALLS = 8
"""At once; further ones wait, and their bodies are not read yet."""
DRAIN_SECONDS = 30.0
"""At the end, for answers that the program no longer waits for; what is not there then counts as set aside."""
MAX_FAILURES = 100
LONG_CONTEXT = 1_000_000
"""Tokens: the context of a model of which nothing is known, and of those that have a long one on demand."""


class RecordingProxy:
    """Passes known calls of a model on to one provider while the block runs.

    Args:
        upstream: Address of the provider; nothing else is ever reached.
        key: Put into the header that authenticates; the program has `token` in its place.
        model: The model of the trial, without the provider. Others are passed on where their price is known.
        spending: Each call is set aside in it before it is made, and settled after.
        on_call: Told of each call that was settled.
        prices: What models cost; None = as the list of prices has it.
        network_pid: A process in whose network it listens; None = on this machine's loopback. Calls go out from here.
    """

    def __init__(
        self,
        upstream: str,
        key: str,
        model: str,
        spending: Spending,
        on_call: OnCall = lambda _model, _usage, _cost: None,
        *,
        prices: PriceTable | None = None,
        network_pid: int | None = None,
    ) -> None:
        register_secret(key)
        self.token = f"lockgate-{secrets.token_hex(16)}"
        self.failures: list[str] = []
        """Calls that the provider did not answer: status or error, in order; the first hundred."""
        self.failed_call: KnownCall | None = None
        """The last of them."""
        self.n_answered = 0
        self._upstream = upstream.rstrip("/")
        self._key = key
        self._model = model
        self._spending = spending
        self._on_call = on_call
        self._prices = prices or read_prices()
        self._client = httpx.AsyncClient(timeout=None, follow_redirects=False, trust_env=False)
        self._slots = asyncio.Semaphore(MAX_CALLS)
        self._settled = asyncio.Condition()
        self._broken: BaseException | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._http = LoopbackServer(self._serve, listen_on_loopback(network_pid), self._end)

    @property
    def url(self) -> str:
        """What the program takes for its provider."""
        return f"http://127.0.0.1:{self._http.port}"

    def __enter__(self) -> RecordingProxy:
        """Start to listen, in a thread."""
        self._http.start("proxy")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; every call is settled on return."""
        self._http.stop()
        if self._broken is not None and error is None:
            raise self._broken

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        shown_in = self._find_token(request)
        if shown_in is None:
            return _error(401, "This proxy serves the agent of one trial; the token is missing.")
        call = find_call(request.method, request.scope["raw_path"].decode("ascii"))
        if call is None:
            return _error(404, "This proxy does not know this call. It passes on calls of a model, and nothing else.")
        if call.kind == "list":
            return JSONResponse({"object": "list", "data": [{"id": self._model, "object": "model", "type": "model"}]})
        if call.kind == "ping":
            return JSONResponse({})
        try:
            return await self._take(request, call, shown_in)
        except BodyError as error:
            return _error(error.status, error.message)
        except RequestError as error:
            return _error(400, str(error))
        except LimitReached as limit:
            return _error(403, f"The budget of this trial is used up: {limit}.")

    def _find_token(self, request: Request) -> str | None:
        """The header, or `query`, in which the client shows the token."""
        for name in ("authorization", "x-api-key", "x-goog-api-key", "api-key"):
            given = request.headers.get(name, "")
            scheme, _, rest = given.partition(" ")
            given = rest.strip() if scheme.lower() == "bearer" else given
            if secrets.compare_digest(given.encode("utf-8", "surrogateescape"), self.token.encode()):
                return name
        given = request.query_params.get("key", "")
        return "query" if secrets.compare_digest(given.encode("utf-8", "replace"), self.token.encode()) else None

    async def _take(self, request: Request, call: KnownCall, shown_in: str) -> Response:
        self._spending_check()
        await self._slots.acquire()
        task: asyncio.Task[None] | None = None
        try:
            content = await read_body(request)
            if call.kind == "count":
                n_tokens = len(content) // 4
                return JSONResponse({"input_tokens": n_tokens, "totalTokens": n_tokens})
            built = build_request(call, content)
            hold = await self._reserve(request, built)
            exchange, task = self._start(request, call, built, hold, shown_in)
        finally:
            if task is None:
                self._slots.release()
        return await _answer(exchange)

    def _start(
        self, request: Request, call: KnownCall, built: ProviderRequest, hold: Hold, shown_in: str
    ) -> tuple[Exchange, asyncio.Task[None]]:
        try:
            exchange = Exchange(self._client, self._provider_request(request, built, hold, shown_in), built.wire)
        except BaseException:
            self._spending.release(hold)
            raise
        task = asyncio.create_task(self._carry_out(exchange, call, built.model, hold))
        self._running.add(task)
        task.add_done_callback(self._finish)
        return exchange, task

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._broken = self._broken or task.exception()

    def _spending_check(self) -> None:
        try:
            self._spending.check()
        except LimitReached as limit:
            self._spending.refusal = limit
            raise

    def _price(self, built: ProviderRequest) -> ModelPrice | None:
        """The price of the model that a call names.

        Raises:
            RequestError: It is another one than the trial's, and has no price that is known or that covers all it does.
        """
        price = self._prices.find(built.model)
        if built.model != self._model and not makes_text_alone(built.model):
            raise RequestError("This trial has another model, and the one that is named here does more than make text.")
        if price is None and built.model != self._model:
            raise RequestError("This trial has another model, and of the one that is named here no price is known.")
        return price.with_long_cache() if price and built.has_long_cache else price

    async def _reserve(self, request: Request, built: ProviderRequest) -> Hold:
        """Set aside what the call can cost; waits for others where that needs what they hold.

        Raises:
            LimitReached: The budget does not allow it.
            RequestError: The client is gone, or names a model without a price.
        """
        price = self._price(built)
        is_long = price is None or "context-1m" in request.headers.get("anthropic-beta", "")
        context = LONG_CONTEXT if is_long or price is None else price.max_input  # a longer prompt is not answered
        n_prompt = context if built.n_prompt is None else min(built.n_prompt, context)
        n_output = built.n_output or min(DEFAULT_OUTPUT, price.max_output if price else DEFAULT_OUTPUT)
        async with self._settled:
            while (hold := self._spending.reserve(n_prompt, n_output, price)) is None:
                await self._settled.wait()
        if await request.is_disconnected():
            self._spending.release(hold)
            raise RequestError("The client is gone.")
        return hold

    def _provider_request(self, request: Request, built: ProviderRequest, hold: Hold, shown_in: str) -> httpx.Request:
        """The request as it goes out: address, headers and body are made here, none is passed through."""
        rules = RULES[built.wire.name]
        names = COMMON_HEADERS | rules.headers
        headers = {name: value for name in names if (value := _plain(request.headers.get(name, "")))}
        query = f"?{rules.query}" if rules.query and rules.query in request.url.query.split("&") else ""
        is_openai = (urlsplit(self._upstream).hostname or "").endswith(("api.openai.com", ".azure.com"))
        key_header = shown_in if shown_in in rules.key_headers else rules.key_headers[0]
        headers |= {"accept-encoding": "identity", "content-type": "application/json"}
        headers[key_header] = f"Bearer {self._key}" if key_header == "authorization" else self._key
        content = built.content(hold.n_output, is_openai=is_openai)
        return self._client.build_request("POST", self._upstream + built.path + query, headers=headers, content=content)

    async def _carry_out(self, exchange: Exchange, call: KnownCall, model: str, hold: Hold) -> None:
        outcome = CallOutcome(None, is_billed=True, failure="The trial ended before the answer did.")
        try:
            outcome = await exchange.run()
        finally:
            self._slots.release()
            try:
                self._settle(outcome, call, model, hold)
            finally:
                async with self._settled:
                    self._settled.notify_all()

    def _settle(self, outcome: CallOutcome, call: KnownCall, model: str, hold: Hold) -> None:
        if outcome.failure is None:
            self.n_answered += 1
        elif len(self.failures) < MAX_FAILURES:
            self.failures.append(outcome.failure)
            self.failed_call = call
        if not outcome.is_billed:
            self._spending.release(hold)
            return
        usage, cost = outcome.usage, hold.cost_usd
        if usage is None:
            usage = TokenUsage(input=hold.n_prompt, output=hold.n_output)
        else:
            cost = self._prices.cost_usd(model, usage) or 0.0
        self._spending.settle(hold, usage, cost)
        self._on_call(model, usage, cost)

    async def _end(self) -> None:
        if self._running:
            await asyncio.wait(set(self._running), timeout=DRAIN_SECONDS)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.aclose()


async def _answer(exchange: Exchange) -> Response:
    head = await exchange.head()
    if head is None:
        return _error(502, "The provider cannot be reached.")
    if 300 <= head.status_code < 400:
        return _error(502, "The provider answers with a redirect, which is not followed.")
    headers = {name: redact(value) for name, value in head.headers.items() if name in ANSWER_HEADERS}
    return StreamingResponse(exchange.body(), head.status_code, headers)


def _plain(value: str) -> str:
    """The value of a header where it is short, printable ASCII; else nothing."""
    return value if len(value) <= 1024 and value.isascii() and value.isprintable() else ""


def _error(status: int, message: str) -> Response:
    return JSONResponse({"type": "error", "error": {"type": "proxy", "message": message}}, status)
