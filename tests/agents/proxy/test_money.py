"""Money: set aside before a call, settled after; parallel calls, broken streams and missing limits included."""

import asyncio
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from agents.budget import LEAST_OUTPUT, Spending
from agents.errors import LimitReached
from agents.prices import read_prices
from agents.proxy import RecordingProxy
from benchmark.budget import Budget
from benchmark.usage import TokenUsage
from tests.agents.proxy.provider import ANSWER, BODY, Provider, answer, events, port_of, proxy_to, raw

PRICE = read_prices().find("scripted")
STARTED = {"type": "message_start", "message": {"usage": {"input_tokens": 100, "output_tokens": 1}}}
ENDED = {"type": "message_delta", "usage": {"output_tokens": 20}}


async def slow(_request: Request) -> Response:
    await asyncio.sleep(0.2)
    return Response(json.dumps(ANSWER), media_type="application/json")


def ask(proxy: RecordingProxy, **change: object) -> int:
    content = json.dumps({**BODY, **change}).encode()
    return raw(port_of(proxy), "/v1/messages", {"x-api-key": proxy.token}, content)[0]


def event(data: object) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def test_parallel_calls_do_not_overshoot_the_steps() -> None:
    with Provider(slow) as provider:
        proxy, spending = proxy_to(provider, Budget(steps=3))
        with proxy, ThreadPoolExecutor(40) as pool:
            statuses = list(pool.map(lambda _: ask(proxy), range(40)))
        assert len(provider.seen) == 3
    assert sorted(statuses) == [200] * 3 + [403] * 37
    assert spending.n_steps == 3


@pytest.mark.parametrize("budget", [Budget(cost_usd=0.004), Budget(tokens=4000)], ids=["dollars", "tokens"])
def test_parallel_calls_do_not_overshoot_dollars_and_tokens(budget: Budget) -> None:
    with Provider(slow) as provider:
        proxy, spending = proxy_to(provider, budget)
        with proxy, ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(lambda _: ask(proxy), range(20)))
    assert 200 in statuses, "a call that fits is made"
    assert 403 in statuses
    assert spending.cost_usd <= budget.cost_usd
    assert spending.usage.total <= budget.tokens
    assert spending.refusal is not None


def test_a_call_without_a_limit_gets_one_and_a_large_one_is_cut_to_the_budget() -> None:
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider, Budget(tokens=20_000))
        with proxy:
            headers = {"Authorization": f"Bearer {proxy.token}"}
            chat = {"model": "scripted", "messages": [], "stream": True}
            assert (
                httpx.post(f"{proxy.url}/v1/chat/completions", json=chat, headers=headers, timeout=60).status_code
                == 200
            )
            assert ask(proxy, max_tokens=1_000_000) in (200, 403)
        sent = [seen["body"] for seen in provider.seen]
    assert sent[0]["max_tokens"] <= 16_384
    assert sent[0]["stream_options"] == {"include_usage": True}
    assert all(body["max_tokens"] < 20_000 for body in sent)


@pytest.mark.parametrize("is_reported", [True, False])
def test_a_stream_that_the_client_breaks_off_is_read_on_and_counted(is_reported: bool) -> None:
    last = event(ENDED) if is_reported else b""

    async def stream(_request: Request) -> Response:
        return events(event(STARTED), event({"x": 1}), event({"x": 2}), last, seconds=0.2)

    with Provider(stream) as provider:
        proxy, spending = proxy_to(provider)
        with proxy:
            content = json.dumps({**BODY, "stream": True}).encode()
            head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: {proxy.token}\r\n"
            with socket.create_connection(("127.0.0.1", port_of(proxy))) as connection:
                connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
                assert b"200" in connection.recv(100)
    assert spending.n_steps == 1
    if is_reported:
        assert spending.usage == TokenUsage(input=100, output=20)
    else:
        assert spending.usage.output == BODY["max_tokens"]
        assert spending.usage.input >= len(json.dumps(BODY))
        assert spending.cost_usd > 0


def test_a_stream_that_the_provider_breaks_off_costs_what_was_set_aside() -> None:
    """Its head is sent, then the connection ends within the body."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000\r\n\r\n" + event(STARTED)
            )

    threading.Thread(target=serve, daemon=True).start()
    spending = Spending(Budget())
    upstream = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with (
        listener,
        RecordingProxy(upstream, "k" * 20, "scripted", spending) as p,
        pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"),
    ):
        httpx.post(f"{p.url}/v1/messages", json=BODY, headers={"x-api-key": p.token}, timeout=60)
    assert spending.n_steps == 1
    assert spending.usage.output == BODY["max_tokens"]
    assert p.failures[0].startswith(("RemoteProtocolError", "ReadError"))  # by how the end arrives


async def _never_ends(_request: Request) -> Response:
    await asyncio.sleep(3600)
    return Response()


def test_a_call_that_is_under_way_at_the_end_costs_what_was_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.proxy.server.DRAIN_SECONDS", 0.5)
    with Provider(_never_ends) as provider:
        proxy, spending = proxy_to(provider)
        with proxy, pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{proxy.url}/v1/messages", json=BODY, headers={"x-api-key": proxy.token}, timeout=1)
    assert spending.n_steps == 1
    assert spending.usage.output == BODY["max_tokens"]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 529])
def test_a_call_that_is_not_answered_costs_nothing(status: int) -> None:
    async def fail(_request: Request) -> Response:
        return Response("no", status)

    with Provider(fail) as provider:
        proxy, spending = proxy_to(provider)
        with proxy:
            assert ask(proxy) == status
    assert (spending.n_steps, spending.cost_usd) == (0, 0.0)
    assert proxy.failures == [f"status {status}: no"]


def test_an_answer_without_a_count_costs_what_was_set_aside() -> None:
    async def silent(_request: Request) -> Response:
        return Response('{"usage": null}', media_type="application/json")

    with Provider(silent) as provider:
        proxy, spending = proxy_to(provider)
        with proxy:
            assert ask(proxy) == 200
    assert spending.usage.output == BODY["max_tokens"]


def test_documents_and_images_are_set_aside_by_what_they_can_hold() -> None:
    page = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}}
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider, Budget(tokens=50_000))
        with proxy:
            assert ask(proxy, messages=[{"role": "user", "content": [image]}]) == 200
            assert ask(proxy, messages=[{"role": "user", "content": [image] * 9}]) == 403
            assert ask(proxy, messages=[{"role": "user", "content": [page]}]) == 403


def test_a_hold_fits_a_budget_exactly_and_no_more() -> None:
    assert PRICE is not None
    spending = Spending(Budget(cost_usd=PRICE.most_usd(1000, 2000)))
    hold = spending.reserve(1000, 2000, PRICE)
    assert hold is not None
    assert spending.reserve(1000, 10, PRICE) is None, "it waits for the first"
    spending.settle(hold, TokenUsage(input=10, output=500), PRICE.most_usd(10, 500))
    second = spending.reserve(1000, 2000, PRICE)
    assert second is not None
    assert 0 < second.n_output < 2000
    assert spending.cost_usd + second.cost_usd <= spending.budget.cost_usd * (1 + 1e-9)
    spending.release(second)
    with pytest.raises(LimitReached, match=r"dollars: .* are spent, and the next call may cost"):
        spending.reserve(10_000, LEAST_OUTPUT, PRICE)


def test_time_that_is_over_ends_calls() -> None:
    spending = Spending(Budget(wall_seconds=0.01))
    time.sleep(0.02)
    with pytest.raises(LimitReached, match="wall time"):
        spending.reserve(1, 1, None)
