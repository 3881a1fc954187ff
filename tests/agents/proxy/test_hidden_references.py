"""What a provider would fetch is refused however deep it lies in a call, and however it is spelled."""

import json
from typing import Any

import pytest

from agents.proxy.calls import find_call
from agents.proxy.request import ProviderRequest, build_request
from agents.wires import RequestError

LINK = "https://example.com/picture.png"
MESSAGES, CHAT, RESPONSES = "/v1/messages", "/v1/chat/completions", "/v1/responses"
GOOGLE = "/v1beta/models/m:generateContent"


def anthropic(*content: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": list(content)}]}


def built(path: str, body: Any) -> ProviderRequest:
    call = find_call("POST", path)
    assert call is not None
    return build_request(call, body if isinstance(body, bytes) else json.dumps(body).encode())


INNER = {"type": "image", "source": {"type": "url", "url": LINK}}
STORED = {"type": "image", "source": {"type": "file", "file_id": "file_1"}}
NESTED = {"type": "document", "source": {"type": "content", "content": [STORED]}}
REFERENCES = {
    "a link in the content of a document": (
        MESSAGES,
        anthropic({"type": "document", "source": {"type": "content", "content": [INNER]}}),
    ),
    "a stored file in a document in a tool's result": (
        MESSAGES,
        anthropic({"type": "tool_result", "tool_use_id": "a", "content": [NESTED]}),
    ),
    "a link in a function's result, in the other spelling": (
        GOOGLE,
        {"contents": [{"parts": [{"function_response": {"name": "a", "parts": [{"file_data": {"file_uri": LINK}}]}}]}]},
    ),
    "a link in a link": (
        CHAT,
        {
            "model": "m",
            "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": {"url": LINK}}}]}],
        },
    ),
    "a stored answer without its type": (RESPONSES, {"model": "m", "input": [{"id": "msg_1"}]}),
    "a stored picture": (RESPONSES, {"model": "m", "input": [{"type": "image_generation_call", "id": "ig_1"}]}),
    "a stored sound": (CHAT, {"model": "m", "messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]}),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_what_the_provider_would_fetch_is_refused_wherever_it_lies(name: str) -> None:
    with pytest.raises(RequestError, match="not allowed"):
        built(*REFERENCES[name])


def test_a_document_in_a_functions_result_may_fill_the_context() -> None:
    inline = {"inline_data": {"mime_type": "application/pdf", "data": "x"}}
    body = {"contents": [{"parts": [{"function_response": {"name": "a", "parts": [inline]}}]}]}
    assert built(GOOGLE, body).n_prompt is None


def test_a_long_cache_costs_more_however_it_is_spelled() -> None:
    body = json.dumps(anthropic({"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}))
    assert built(MESSAGES, body.encode()).has_long_cache
    assert built(MESSAGES, body.replace('"ttl"', '"\\u0074tl"').encode()).has_long_cache
    assert not built(MESSAGES, anthropic({"type": "text", "text": "a"})).has_long_cache


def test_what_a_tool_is_given_and_what_an_answer_cited_may_name_links() -> None:
    use = {
        "type": "tool_use",
        "id": "t",
        "name": "fetch",
        "input": {"url": LINK, "file_id": "x", "deep": {"url": LINK}},
    }
    text = {"type": "text", "text": "a", "citations": [{"type": "char_location", "url": LINK}]}
    assert built(MESSAGES, anthropic(use, text)).n_prompt
