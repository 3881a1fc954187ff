"""What of a call reaches the provider, by wire format: lists of what is passed on; all else is dropped or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_STAYS_THERE = "It reads what the provider stores, which this trial cannot account for."
_OUTSIDE = "It reaches beyond this trial."


@dataclass(frozen=True)
class WireRules:
    """The rules of one wire format."""

    key_headers: tuple[str, ...]
    """Headers that can carry the key; the first, unless the client shows its token in another of them."""
    fields: frozenset[str]
    """Fields of the body that are passed on."""
    refused: Mapping[str, str]
    """Fields of the body that a call may not have, and why; an empty value is let through as none."""
    output_field: str
    """Where the limit of the output stands."""
    other_output_field: str | None = None
    """An older name of the same."""
    headers: frozenset[str] = frozenset()
    """Headers of the request that are passed on beside `COMMON_HEADERS`."""
    query: str = ""
    """The one query that is passed on, as it stands here, where the client has it."""
    tool_types: tuple[str, ...] = ()
    """Beginnings of the types of tools that the program runs itself; what the provider would run is dropped."""


_DOES_MORE = re.compile(
    r"(?:^|[^a-z])(search|research|sonar|online|compound|audio|tts|speech|image|video|live|realtime|lyria)(?![a-z])"
    r"|:(?![0-9])",
    re.IGNORECASE,
)
"""In the names of models that search the web by themselves or make more than text; `:` begins an option of a router."""


def makes_text_alone(model: str) -> bool:
    """Whether a model, as far as its name tells, answers in text from what it is sent: its tokens are all it costs."""
    return _DOES_MORE.search(model.rpartition("/")[2]) is None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON_HEADERS = _words("accept user-agent")
ANSWER_HEADERS = _words("content-type retry-after retry-after-ms x-should-retry request-id x-request-id")
"""Headers of an answer that are passed on; others name the account of the key."""

RULES: dict[str, WireRules] = {
    "openai-chat": WireRules(
        key_headers=("authorization", "api-key"),
        fields=_words(
            "model messages stream stream_options max_tokens max_completion_tokens temperature top_p top_k min_p stop "
            "seed tools tool_choice parallel_tool_calls functions function_call response_format presence_penalty "
            "frequency_penalty repetition_penalty reasoning reasoning_effort verbosity thinking enable_thinking "
            "chat_template_kwargs user metadata prompt_cache_key safety_identifier"
        ),
        refused={"web_search_options": _OUTSIDE},
        output_field="max_completion_tokens",
        other_output_field="max_tokens",
        tool_types=("function", "custom"),
    ),
    "openai-responses": WireRules(
        key_headers=("authorization", "api-key"),
        fields=_words(
            "model input instructions stream stream_options max_output_tokens temperature top_p tools tool_choice "
            "parallel_tool_calls reasoning text truncation include store user metadata client_metadata "
            "prompt_cache_key safety_identifier"
        ),
        refused={
            "previous_response_id": _STAYS_THERE,
            "conversation": _STAYS_THERE,
            "prompt": _STAYS_THERE,
            "background": _STAYS_THERE,
        },
        output_field="max_output_tokens",
        tool_types=("function", "custom", "local_shell", "apply_patch", "namespace"),
    ),
    "anthropic": WireRules(
        key_headers=("x-api-key", "authorization"),
        fields=_words(
            "model messages system stream max_tokens temperature top_p top_k stop_sequences tools tool_choice thinking "
            "output_config output_format context_management cache_control metadata"
        ),
        refused={"mcp_servers": _OUTSIDE, "container": _STAYS_THERE},
        output_field="max_tokens",
        headers=_words("anthropic-version anthropic-beta"),
        query="beta=true",
        tool_types=("custom", "bash_", "text_editor_", "memory_", "computer_", "tool_search_tool_"),
    ),
    "google": WireRules(
        key_headers=("x-goog-api-key",),
        fields=_words("contents systemInstruction generationConfig safetySettings tools toolConfig"),
        refused={"cachedContent": _STAYS_THERE},
        output_field="maxOutputTokens",
        query="alt=sse",
    ),
}

GOOGLE_GENERATION_FIELDS = _words(
    "maxOutputTokens temperature topP topK stopSequences seed presencePenalty frequencyPenalty thinkingConfig "
    "responseMimeType responseSchema responseJsonSchema"
)
"""Keys that `generationConfig` may have. `candidateCount` is none: several candidates cost several times as much."""
