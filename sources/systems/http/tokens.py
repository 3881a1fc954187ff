"""Texts that only this server can have written: tokens and cursors. It remembers none, so they take no memory."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

_LONGEST = 2_000
"""Characters of a token that is looked at."""
_SIGNATURE_BYTES = 16


class Signer:
    """Writes and reads signed texts; those of another signer, and those for another purpose, are not valid."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def write(self, purpose: str, content: Any) -> str:
        """A text of letters, digits, `-` and `_` that carries a JSON value."""
        encoded = json.dumps(content, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._signature(purpose, encoded) + encoded).decode().rstrip("=")

    def read(self, purpose: str, text: str) -> Any:
        """The JSON value.

        Raises:
            ValueError: This signer did not write the text for this purpose.
        """
        if len(text) > _LONGEST or not text.isascii():
            raise ValueError("not a text of this server")
        whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, encoded = whole[:_SIGNATURE_BYTES], whole[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(purpose, encoded)):
            raise ValueError("not a text of this server")
        return json.loads(encoded)

    def _signature(self, purpose: str, encoded: bytes) -> bytes:
        return hmac.new(self._secret, purpose.encode() + b"\0" + encoded, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
