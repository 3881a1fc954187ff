"""Makes the request that goes to the provider out of the one that the program sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agents.proxy.calls import KnownCall
from agents.proxy.rules import GOOGLE_GENERATION_FIELDS, RULES, WireRules
from agents.wires import RequestError, Wire, parse_body

Json = dict[str, Any]

OVERHEAD_TOKENS = 2_000
"""What a provider puts before a prompt by itself, for example to explain tools, at most."""
IMAGE_TOKENS = 6_000
"""Tokens that one image counts as, whatever its size in bytes."""
DEFAULT_OUTPUT = 32_000
"""Tokens of a call that names no limit itself."""

_REFERENCES = ("file_id", "file_url", "fileData", "fileUri", "file_uri")
_LINKS = ("url", "image_url", "video_url", "audio_url")
_ARGUMENTS = ("input", "arguments", "args", "response")
"""Keys with the arguments of tool calls: they are the program's own and mean nothing to the provider."""
_CITED = ("annotations", "citations")
"""What an earlier answer named as its sources; it is not fetched again."""
_ONLY_A_NAME = frozenset({"id", "type", "status"})
"""An object with an id and nothing beside it stands for something that the provider stores."""
_DOCUMENTS = frozenset({"document", "file", "input_file", "input_audio", "input_video", "video_url"})
_IMAGES = frozenset({"image", "image_url", "input_image"})


@dataclass
class ProviderRequest:
    """A call as the provider will get it, but for the limit of its output."""

    wire: Wire
    path: str
    model: str
    is_stream: bool
    n_prompt: int | None
    """The most tokens that its prompt can have; None = it holds a document, which may fill the context."""
    n_output: int | None
    """Tokens that it asks for; None = it names no limit."""
    has_long_cache: bool
    _body: Json

    def content(self, n_output: int, *, is_openai: bool) -> bytes:
        """The body with the limit that was granted.

        Args:
            n_output: Tokens.
            is_openai: Whether the provider is OpenAI, whose newer models know the newer name of the limit only.
        """
        rules = RULES[self.wire.name]
        holder = self._body.setdefault("generationConfig", {}) if self.wire.name == "google" else self._body
        older = rules.other_output_field
        names = [name for name in (rules.output_field, older) if name and name in holder]
        unnamed = rules.output_field if is_openai or older is None else older
        holder[names[0] if names else unnamed] = n_output
        for name in names[1:]:
            del holder[name]
        return json.dumps(self._body, allow_nan=False).encode()


def build_request(call: KnownCall, content: bytes) -> ProviderRequest:
    """Check a call and keep of it what may be passed on.

    Raises:
        RequestError: It is none of its wire format, or asks for what a trial cannot have.
    """
    assert call.wire is not None, "only calls of a model are built"
    rules = RULES[call.wire.name]
    body = parse_body(content)
    if call.wire.name == "google":
        body = _in_camel_case(body)
        if isinstance(body.get("generationConfig"), dict):
            body["generationConfig"] = _in_camel_case(body["generationConfig"])
    seen = call.wire.read(call.path, body)
    kept = _passed_on(body, rules)
    n_images, has_document = _count_parts(kept)
    if isinstance(config := kept.get("generationConfig"), dict):
        kept["generationConfig"] = {name: config[name] for name in config if name in GOOGLE_GENERATION_FIELDS}
    if call.wire.name == "openai-chat":
        kept.pop("stream_options", None)
        kept |= {"stream_options": {"include_usage": True}} if seen.is_stream else {}
    n_prompt = len(content) + OVERHEAD_TOKENS + n_images * IMAGE_TOKENS
    return ProviderRequest(
        wire=call.wire,
        path=call.path,
        model=seen.model,
        is_stream=seen.is_stream,
        n_prompt=None if has_document else n_prompt,
        n_output=_asked_output(kept, rules, call.wire.name),
        has_long_cache='"ttl"' in json.dumps(kept),  # as it goes out: the program may spell it with escapes
        _body=kept,
    )


def _passed_on(body: Json, rules: WireRules) -> Json:
    for name, reason in rules.refused.items():
        if body.get(name):
            raise RequestError(f"The field '{name}' is not allowed here. {reason}")
    kept = {name: value for name, value in body.items() if name in rules.fields}
    if "tools" in kept:
        kept["tools"] = _own_tools(kept["tools"], rules)
        if not kept["tools"]:
            del kept["tools"]
            for name in ("tool_choice", "toolConfig", "parallel_tool_calls"):
                kept.pop(name, None)
    return kept


def _own_tools(tools: Any, rules: WireRules) -> list[Json]:
    """The tools that the program runs itself."""
    if tools is None:
        return []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise RequestError("The body's 'tools' is wrong: it should be a list of objects.")
    if not rules.tool_types:  # Google: one object holds a list of functions beside what the provider runs
        return [
            {"functionDeclarations": tool["functionDeclarations"]}
            for tool in map(_in_camel_case, tools)
            if tool.get("functionDeclarations")
        ]
    own = [tool for tool in tools if str(tool.get("type") or "custom").startswith(rules.tool_types)]
    return [{**tool, "tools": _own_tools(tool["tools"], rules)} if "tools" in tool else tool for tool in own]


def _count_parts(body: Json) -> tuple[int, bool]:
    """Images in the messages, and whether there is a document; what lies outside is refused."""
    n_images, has_document = 0, False
    for part in _parts([body.get(name) for name in ("messages", "contents", "input", "system", "systemInstruction")]):
        _refuse_references(part)
        kind, source = str(part.get("type")), part.get("source")
        inline = part.get("inlineData") or part.get("inline_data")
        mime = str(inline.get("mimeType") or inline.get("mime_type")) if isinstance(inline, dict) else "image/"
        is_text = isinstance(source, dict) and source.get("type") in ("text", "content")
        is_document = (kind in _DOCUMENTS and not is_text) or not mime.startswith("image/")
        has_document |= is_document
        n_images += not is_document and (kind in _IMAGES or inline is not None)
    return n_images, has_document


def _parts(value: Any) -> Iterator[Json]:
    """The objects that messages are made of, in whatever they lie; arguments of tools are not among them."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo.extend(item)
        elif isinstance(item, dict):
            yield item
            todo.extend(child for name, child in item.items() if name not in (*_ARGUMENTS, *_CITED))


def _refuse_references(part: Json) -> None:
    """Refuse what the provider would fetch: files that it stores, and links."""
    holders = [part, *(item for name, item in part.items() if isinstance(item, dict) and name not in _ARGUMENTS)]
    if any(holder.get(name) for holder in holders for name in _REFERENCES):
        raise RequestError("Files that lie at the provider or on the web are not allowed here; send the content.")
    links = [holder.get(name) for holder in holders for name in _LINKS]
    if any(isinstance(link, str) and not link.startswith("data:") for link in links):
        raise RequestError("Links to the web are not allowed in a message; send the content.")
    is_only_a_name = part.keys() <= _ONLY_A_NAME and part.get("id")
    if is_only_a_name or part.get("type") in ("item_reference", "container_upload"):
        raise RequestError("References to what the provider stores are not allowed here; send the content.")


def _asked_output(body: Json, rules: WireRules, wire: str) -> int | None:
    holder = body.get("generationConfig") or {} if wire == "google" else body
    asked = [holder.get(name) for name in (rules.output_field, rules.other_output_field) if name]
    return max((number for number in asked if number), default=None)


def _in_camel_case(value: Json) -> Json:
    """Google takes names in both spellings; one that comes twice is taken once."""
    return {re.sub(r"_([a-z])", lambda found: found[1].upper(), name): item for name, item in value.items()}
