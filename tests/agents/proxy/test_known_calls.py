"""What is passed on: known calls alone, built anew; the key in one header; nothing of it comes back."""

import base64
import gzip
import json
import lzma
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agents.prices import read_prices
from tests.agents.proxy.provider import ANSWER, BODY, KEY, Provider, answer, events, port_of, proxy_to, raw

CONTENT = json.dumps(BODY).encode()
UNKNOWN = [
    ("POST", "/v1/messages/."),
    ("POST", "/v1/messages/"),
    ("POST", "/v1/messages#a"),
    ("POST", "/v1/m%65ssages"),
    ("POST", "/v1/./messages"),
    ("POST", "/v1//messages"),
    ("POST", "//v1/messages"),
    ("POST", "/../v1/messages"),
    ("POST", "/../../x"),
    ("POST", "/v1/x/../messages"),
    ("POST", "/v1/messages%2f"),
    ("POST", "/v1/messages%23"),
    ("POST", "/v1/messages;a=b"),
    ("POST", "/V1/messages"),
    ("POST", "/v2/messages"),
    ("POST", "http://elsewhere.invalid/v1/messages"),
    ("POST", "@elsewhere.invalid/v1/messages"),
    ("POST", "/v1/messages/batches"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/files"),
    ("POST", "/v1/images/generations"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/responses/resp_1/cancel"),
    ("POST", "/v1/complete"),
    ("POST", "/v1beta/models/../x:generateContent"),
    ("POST", "/v1beta/models/a%2Fb:generateContent"),
    ("POST", "/v1beta/models/a/b:generateContent"),
    ("POST", "/v1beta/models/scripted:batchGenerateContent"),
    ("POST", "/v1beta/cachedContents"),
    ("GET", "/v1/messages"),
    ("GET", "/v1/files/f/content"),
    ("GET", "/v1/responses/resp_1"),
    ("PUT", "/v1/messages"),
    ("DELETE", "/v1/models/x"),
    ("OPTIONS", "/v1/messages"),
    ("CONNECT", "elsewhere.invalid:443"),
]


@pytest.mark.parametrize(("method", "target"), UNKNOWN)
def test_a_call_that_is_not_known_goes_nowhere_however_it_is_spelled(method: str, target: str) -> None:
    with Provider(answer) as provider:
        proxy, spending = proxy_to(provider)
        with proxy:
            status, said = raw(port_of(proxy), target, {"x-api-key": proxy.token}, CONTENT, method)
        assert status in (400, 404), said
        assert provider.seen == []
    assert spending.n_steps == 0


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/v1/messages/count_tokens"),
        ("POST", "/v1beta/models/scripted:countTokens"),
        ("GET", "/v1/models"),
        ("HEAD", "/"),
    ],
)
def test_harmless_calls_are_answered_here(method: str, target: str) -> None:
    with Provider(answer) as provider:
        proxy, spending = proxy_to(provider)
        with proxy:
            status, said = raw(port_of(proxy), target, {"x-api-key": proxy.token}, CONTENT, method)
        assert status == 200, said
        assert provider.seen == []
    assert spending.n_steps == 0


HOSTILE = {
    "anthropic-beta": "{token}",
    "OpenAI-Organization": "{token}",
    "Cookie": "session={token}",
    "User-Agent": "agent/{token}",
    "X-Forwarded-Host": "{token}",
    "Authorization": "Bearer {token}",
    "x-goog-api-key": "{token}",
    "api-key": "{token}",
    "X-HTTP-Method-Override": "DELETE",
}


@pytest.mark.parametrize("wire", ["anthropic", "openai-chat", "openai-responses", "google"])
def test_the_key_stands_in_one_header_wherever_the_token_is_put(wire: str) -> None:
    calls: dict[str, tuple[str, dict[str, Any], str, str]] = {
        "anthropic": ("/v1/messages", BODY, "x-api-key", KEY),
        "openai-chat": ("/v1/chat/completions", BODY, "authorization", f"Bearer {KEY}"),
        "openai-responses": ("/v1/responses", {"model": "scripted", "input": "x"}, "authorization", f"Bearer {KEY}"),
        "google": (
            "/v1beta/models/scripted:generateContent",
            {"contents": [{"parts": [{"text": "x"}]}]},
            "x-goog-api-key",
            KEY,
        ),
    }
    path, body, name, value = calls[wire]
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider)
        with proxy:
            headers = {header: text.format(token=proxy.token) for header, text in HOSTILE.items()}
            if wire == "anthropic":
                del headers["Authorization"]
                headers["x-api-key"] = proxy.token
            target = f"{path}?key={proxy.token}&beta=true&alt=sse&x=%2e"
            status, said = raw(port_of(proxy), target, headers, json.dumps({**body, "user": proxy.token}).encode())
        assert status == 200, said
        (seen,) = provider.seen
    assert KEY not in seen["target"]
    assert seen["target"] in (path, f"{path}?beta=true", f"{path}?alt=sse")
    assert KEY not in json.dumps(seen["body"])
    assert [header for header, text in seen["headers"].items() if KEY in text] == [name]
    assert seen["headers"][name] == value
    assert not {"cookie", "openai-organization", "x-forwarded-host", "x-http-method-override"} & set(seen["headers"])


def test_the_token_alone_opens_and_a_bearer_is_kept_where_the_program_uses_one() -> None:
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider)
        with proxy:
            bearer = {"Authorization": f"bearer {proxy.token}", "x-api-key": "junk"}
            assert raw(port_of(proxy), "/v1/messages", bearer, CONTENT)[0] == 200
            for wrong in ("", "x", proxy.token[:-1], proxy.token + "x", f"{proxy.token} {proxy.token}", KEY):
                assert raw(port_of(proxy), "/v1/messages", {"x-api-key": wrong}, CONTENT)[0] == 401
        (seen,) = provider.seen
    assert seen["headers"]["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in seen["headers"]


async def _echo(request: Request) -> Response:
    """Gives everything back that it got, in body and headers, in several spellings."""
    key = request.headers["x-api-key"]
    body = {"headers": dict(request.headers), "encoded": base64.b64encode(f"Bearer {key}".encode()).decode()}
    body |= {"url": quote(key, safe=""), "hex": key.encode().hex()}
    return Response(json.dumps(body), 401, {"request-id": key, "x-key": key, "location": f"/{key}"}, "application/json")


async def _redirect(request: Request) -> Response:
    return RedirectResponse(f"http://elsewhere.invalid/?k={request.headers['x-api-key']}")


async def _stream(request: Request) -> Response:
    key = request.headers["x-api-key"].encode()
    pieces = [b"data: {}\n\n", *(key[index : index + 3] for index in range(0, len(key), 3)), b"\n\n"]
    return events(*pieces, base64.b64encode(key)[:20], base64.b64encode(key)[20:], seconds=0.01)


async def _packed(request: Request) -> Response:
    return Response(lzma.compress(request.headers["x-api-key"].encode()), 200, {"content-encoding": "gzip, xz"})


async def _zipped(request: Request) -> Response:
    return Response(gzip.compress(request.headers["x-api-key"].encode()), 200, {"content-encoding": "gzip"})


SPELLINGS = (KEY, quote(KEY, safe=""), KEY.encode().hex(), base64.b64encode(KEY.encode()).decode()[:-4])


STATUS = {_echo: 401, _redirect: 502, _stream: 200, _packed: 502, _zipped: 200}


@pytest.mark.parametrize("handler", STATUS, ids=lambda handler: handler.__name__.strip("_"))
def test_a_provider_that_gives_the_key_back_gives_it_to_nobody(handler: Any) -> None:
    with Provider(handler) as provider:
        proxy, _ = proxy_to(provider)
        with proxy:
            status, said = raw(port_of(proxy), "/v1/messages", {"x-api-key": proxy.token}, CONTENT)
    told = said.decode(errors="replace") + " ".join(proxy.failures)
    assert not [spelled for spelled in SPELLINGS if spelled in told], told
    assert status == STATUS[handler], said
    assert b"location" not in said.lower()
    assert b"x-key" not in said.lower()


@pytest.mark.parametrize(
    "change",
    [
        {"mcp_servers": [{"url": "https://elsewhere.invalid"}]},
        {"container": "c"},
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "http://x"}}]}]},
        {"messages": [{"role": "user", "content": [{"type": "document", "source": {"type": "file", "file_id": "f"}}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.invalid"}}]}]},
        {"messages": [{"role": "user", "content": [{"type": ["x"], "content": [{"file_id": "f"}]}]}]},
    ],
    ids=lambda change: json.dumps(change)[:60],
)
def test_what_the_provider_would_fetch_is_refused(change: dict[str, Any]) -> None:
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider)
        with proxy:
            headers = {"x-api-key": proxy.token}
            refused = httpx.post(f"{proxy.url}/v1/messages", json={**BODY, **change}, headers=headers, timeout=60)
        assert refused.status_code == 400
        assert "not allowed here" in refused.text or "not allowed in a message" in refused.text
        assert provider.seen == []


def test_what_the_provider_would_run_or_charge_dearly_is_left_out() -> None:
    tools = [
        {"name": "shell", "input_schema": {"properties": {"file_id": {}, "url": {}}}},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "code_execution_20250825", "name": "code"},
    ]
    body = {**BODY, "tools": tools, "service_tier": "priority", "speed": "fast", "n": 50, "unheard_of": 1}
    used = {"type": "tool_use", "id": "t", "name": "x", "input": {"file_id": "f", "url": "http://x"}}
    body["messages"] = [*BODY["messages"], {"role": "assistant", "content": [used]}]  # type: ignore[misc]
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider)
        with proxy:
            done = httpx.post(f"{proxy.url}/v1/messages", json=body, headers={"x-api-key": proxy.token}, timeout=60)
        assert done.json() == ANSWER
        sent = provider.seen[0]["body"]
    assert set(sent) == {"model", "messages", "max_tokens", "tools"}
    assert [tool["name"] for tool in sent["tools"]] == ["shell", "bash"]
    assert sent["messages"][-1]["content"] == [used]


def test_google_has_one_spelling_of_each_name_and_one_candidate() -> None:
    body = {
        "contents": [{"role": "user", "parts": [{"text": "x"}]}],
        "generation_config": {"candidate_count": 8, "max_output_tokens": 70, "temperature": 0},
        "tools": [{"google_search": {}}, {"function_declarations": [{"name": "f"}], "urlContext": {}}],
    }
    path = "/v1beta/models/scripted:generateContent"
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider)
        with proxy:
            done = httpx.post(proxy.url + path, json=body, headers={"x-goog-api-key": proxy.token}, timeout=60)
            assert done.status_code == 200
            stored = httpx.post(
                proxy.url + path,
                json={**body, "cached_content": "c"},
                headers={"x-goog-api-key": proxy.token},
                timeout=60,
            )
            assert stored.status_code == 400
        sent = provider.seen[0]["body"]
    assert sent["generationConfig"] == {"maxOutputTokens": 70, "temperature": 0}
    assert sent["tools"] == [{"functionDeclarations": [{"name": "f"}]}]
    assert set(sent) == {"contents", "generationConfig", "tools"}


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4o-search-preview",
        "gpt-5-search-api-2025-10-14",
        "o3-deep-research",
        "sonar",
        "perplexity/sonar-pro",
        "gpt-5-2025-08-07:online",
        "gpt-audio-mini",
        "gemini-2.5-pro-preview-tts",
    ],
)
def test_another_model_must_not_search_the_web_or_make_more_than_text(model: str) -> None:
    """The prices of tokens are known of all of them, and are not all that they cost."""
    assert read_prices().find(model) is not None
    with Provider(answer) as provider:
        proxy, _ = proxy_to(provider)
        with proxy:
            headers = {"x-api-key": proxy.token}
            refused = httpx.post(f"{proxy.url}/v1/messages", json={**BODY, "model": model}, headers=headers, timeout=60)
            helper = httpx.post(
                f"{proxy.url}/v1/messages", json={**BODY, "model": "gpt-4.1-mini"}, headers=headers, timeout=60
            )
    assert (refused.status_code, helper.status_code) == (400, 200)
    assert "more than make text" in refused.text
    assert [seen["body"]["model"] for seen in provider.seen] == ["gpt-4.1-mini"]


def test_another_model_needs_a_price() -> None:
    with Provider(answer) as provider:
        proxy, spending = proxy_to(provider)
        with proxy:
            headers = {"x-api-key": proxy.token}
            unknown = httpx.post(
                f"{proxy.url}/v1/messages", json={**BODY, "model": "no-price"}, headers=headers, timeout=60
            )
            known = httpx.post(
                f"{proxy.url}/v1/messages", json={**BODY, "model": "claude-haiku-4-5"}, headers=headers, timeout=60
            )
        assert (unknown.status_code, known.status_code) == (400, 200)
    assert spending.n_steps == 1
