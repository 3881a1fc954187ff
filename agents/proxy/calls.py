"""The calls that the proxy knows: method and exact path. Paths are never passed on: each is built from its template."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from agents.wires import WIRES, Wire

Kind = Literal["generate", "count", "list", "ping"]
"""`generate` goes to the provider and is counted; the others are answered here."""

_VERSION = r"(?P<version>/v1|/v1beta|)"
_MODEL = r"(?P<model>[A-Za-z0-9][A-Za-z0-9._-]{0,99})"


class KnownCall(NamedTuple):
    """A call that was recognised."""

    kind: Kind
    path: str
    """The path below the provider's address."""
    wire: Wire | None = None


class _Template(NamedTuple):
    methods: tuple[str, ...]
    kind: Kind
    path: str
    wire: str | None = None

    def match(self, method: str, path: str) -> KnownCall | None:
        pattern = _VERSION + re.escape(self.path).replace("MODEL", _MODEL)
        found = re.fullmatch(pattern, path, re.ASCII) if method in self.methods else None
        if found is None:
            return None
        named = {"model": "", **found.groupdict()}
        built = named["version"] + self.path.replace("MODEL", named["model"])
        return KnownCall(self.kind, built, WIRES[self.wire] if self.wire else None)


_TEMPLATES = (
    _Template(("POST",), "generate", "/chat/completions", "openai-chat"),
    _Template(("POST",), "generate", "/responses", "openai-responses"),
    _Template(("POST",), "generate", "/messages", "anthropic"),
    _Template(("POST",), "generate", "/models/MODEL:generateContent", "google"),
    _Template(("POST",), "generate", "/models/MODEL:streamGenerateContent", "google"),
    _Template(("POST",), "count", "/messages/count_tokens", "anthropic"),
    _Template(("POST",), "count", "/models/MODEL:countTokens", "google"),
    _Template(("GET",), "list", "/models"),
    _Template(("GET", "HEAD"), "ping", "/"),
)


def find_call(method: str, path: str) -> KnownCall | None:
    """Recognise a call.

    Args:
        method: Of the request.
        path: As it came, still encoded, without its query.

    Returns:
        The call, or None: it is not one of those that the proxy knows, however it is spelled.
    """
    return next((call for item in _TEMPLATES if (call := item.match(method, path))), None)
