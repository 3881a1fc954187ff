"""JSON web tokens (RFC 7519) that readers sign with HS256."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any


def is_valid_jwt(token: str, secret: str, longest_seconds: float) -> bool:
    """Whether the secret signed the token, and it is current and not valid for too long."""
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        return False
    try:
        header, payload = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (binascii.Error, ValueError, RecursionError):
        return False
    wanted = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
    if not (isinstance(header, dict) and header.get("alg") == "HS256" and isinstance(payload, dict)):
        return False
    return hmac.compare_digest(signature, wanted) and _is_current(payload, longest_seconds)


def _is_current(payload: dict[str, Any], longest_seconds: float) -> bool:
    expires, begins = payload.get("exp"), payload.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        return False
    now = time.time()
    return begins <= now + 1 and now < expires <= now + longest_seconds + 1


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
