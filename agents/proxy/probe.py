"""A call of the harness's own: it proves whether a provider answers, whatever the agent sent before."""

from __future__ import annotations

import time
from typing import Any

import httpx

from agents.proxy.calls import KnownCall
from agents.proxy.rules import RULES
from benchmark.redact import redact

N_TRIES = 3
SECONDS = 60.0
_FAULTY = frozenset({401, 403, 404, 408, 429})
_TEXT = "Say OK."


def probe_provider(upstream: str, key: str, model: str, call: KnownCall, backoff_seconds: float = 2.0) -> str | None:
    """Make the smallest call that there is.

    Args:
        upstream: Address of the provider.
        key: Its key.
        model: The model of the trial, without the provider.
        call: One that the agent made: wire format and version of the path are taken from it.
        backoff_seconds: Before the second try; doubled before the third.

    Returns:
        Why it was not answered, or None: key, model and provider work, so that what failed was the agent's doing.
    """
    problem: str | None = None
    for number in range(N_TRIES):
        time.sleep(backoff_seconds * 2 ** (number - 1) if number else 0.0)
        problem = _try(upstream.rstrip("/"), key, model, call)
        if problem is None:
            return None
    return problem


def _try(upstream: str, key: str, model: str, call: KnownCall) -> str | None:
    assert call.wire is not None, "only calls of a model are sent to the provider"
    header = RULES[call.wire.name].key_headers[0]
    headers = {header: f"Bearer {key}" if header == "authorization" else key}
    if call.wire.name == "anthropic":
        headers["anthropic-version"] = "2023-06-01"
    path, body = _smallest(call, model)
    try:
        answer = httpx.post(upstream + path, headers=headers, json=body, timeout=SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        return redact(f"{type(error).__name__}: {error}")[:300]
    if answer.status_code in _FAULTY or answer.status_code >= 500 or answer.is_redirect:
        return f"status {answer.status_code}: {redact(answer.text)[:300]}"
    return None  # a 400 too: the provider is there, and the key opens it


def _smallest(call: KnownCall, model: str) -> tuple[str, dict[str, Any]]:
    messages = [{"role": "user", "content": _TEXT}]
    name = call.wire.name if call.wire else ""
    if name == "google":
        contents = [{"role": "user", "parts": [{"text": _TEXT}]}]
        return f"{call.path.partition('/models/')[0]}/models/{model}:generateContent", {"contents": contents}
    if name == "openai-responses":
        return call.path, {"model": model, "input": messages}
    if name == "anthropic":
        return call.path, {"model": model, "messages": messages, "max_tokens": 16}
    return call.path, {"model": model, "messages": messages}
