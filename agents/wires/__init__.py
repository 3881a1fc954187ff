"""The wire formats that model providers speak, one a module; the model server and the proxy share them."""

from agents.wires.anthropic import AnthropicMessages
from agents.wires.base import RequestSummary, ToolCall, Turn, Wire
from agents.wires.body import RequestError, parse_body
from agents.wires.google import GoogleGenerate
from agents.wires.openai_chat import OpenAIChat
from agents.wires.openai_responses import OpenAIResponses

__all__ = ["WIRES", "RequestError", "RequestSummary", "ToolCall", "Turn", "Wire", "find_wire", "parse_body"]

WIRES: dict[str, Wire] = {
    wire.name: wire for wire in (OpenAIChat(), OpenAIResponses(), AnthropicMessages(), GoogleGenerate())
}


def find_wire(path: str) -> Wire | None:
    """The format that a request's path belongs to; None = not a call of a model."""
    bare = path.partition("?")[0].rstrip("/")
    return next((wire for wire in WIRES.values() if wire.fits(bare)), None)
