"""Whether a request was signed with the reader's keys: AWS Signature Version 4, in headers or in the address.

Neither the date nor the expiry of a signature is checked: readers may run on a pinned clock.
"""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, quote_from_bytes, unquote, unquote_to_bytes

from sources.systems.http_server import Request

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"
_UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True)
class Keys:
    """What readers sign with."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True)
class _Signature:
    credential: str
    signed_headers: str
    value: str
    date: str
    payload_hash: str
    is_in_address: bool


def refusal(request: Request, keys: Keys) -> str | None:
    """The S3 error code for a request that was not signed with these keys; None: it was."""
    signature = _signature_of(request)
    if signature is None:
        return "AccessDenied"
    access_key_id, _, scope = signature.credential.partition("/")
    if not hmac.compare_digest(access_key_id.encode(), keys.access_key_id.encode()):
        return "InvalidAccessKeyId"
    expected = _expected(request, signature, scope, keys.secret_access_key)
    return None if hmac.compare_digest(expected, signature.value.encode()) else "SignatureDoesNotMatch"


def _signature_of(request: Request) -> _Signature | None:
    authorization = request.headers.get("Authorization", "")
    if authorization.startswith(f"{_ALGORITHM} "):
        parts = dict(
            part.strip().partition("=")[::2] for part in authorization.removeprefix(_ALGORITHM).strip().split(",")
        )
        date = request.headers.get("x-amz-date", "")
        payload_hash = request.headers.get("x-amz-content-sha256", _UNSIGNED)
        is_in_address = False
    else:
        query = {name: values[-1] for name, values in parse_qs(request.query).items()}
        if query.get("X-Amz-Algorithm") != _ALGORITHM:
            return None
        parts = {name: query.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")}
        date, payload_hash, is_in_address = query.get("X-Amz-Date", ""), _UNSIGNED, True
    credential, signed_headers, value = (parts.get(name) or "" for name in ("Credential", "SignedHeaders", "Signature"))
    if not (credential and signed_headers and value):
        return None
    return _Signature(credential, signed_headers, value, date, payload_hash, is_in_address)


def _expected(request: Request, signature: _Signature, scope: str, secret: str) -> bytes:
    wanted = signature.signed_headers.split(";")
    headers = "".join(f"{name}:{_header(request, name)}\n" for name in wanted)
    canonical = "\n".join(
        (
            request.method,
            quote_from_bytes(unquote_to_bytes(request.path), safe=f"/{_UNRESERVED}"),
            _canonical_query(request.query, signature.is_in_address),
            headers,
            signature.signed_headers,
            signature.payload_hash,
        )
    )
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    text = f"{_ALGORITHM}\n{signature.date}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode("utf-8", "surrogateescape"), "sha256")
    return hmac.digest(key, text.encode("utf-8", "surrogateescape"), "sha256").hex().encode()


def _header(request: Request, name: str) -> str:
    return ",".join(" ".join(str(value).split()) for value in request.headers.get_all(name) or ())


def _canonical_query(query: str, is_in_address: bool) -> str:
    pairs = []
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if is_in_address and name == "X-Amz-Signature":
            continue
        pairs.append((quote(unquote(name), safe=_UNRESERVED), quote(unquote(value), safe=_UNRESERVED)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))
