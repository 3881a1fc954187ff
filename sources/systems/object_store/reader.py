"""What a request to the object store is answered, without any input or output.

A reader may list buckets and objects, and read objects. Everything else is refused: `AccessDenied`.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qs, unquote_to_bytes

from sources.systems.http_server import Answer, Request
from sources.systems.object_store import answers
from sources.systems.object_store.bucket import Bucket, StoredObject
from sources.systems.object_store.signature import Keys, refusal

REGION = "us-east-1"
_MOST_KEYS = 1000
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_LIST_PARAMETERS = {
    "prefix", "delimiter", "max-keys", "marker", "start-after", "continuation-token", "encoding-type", "fetch-owner",
    "list-type", "x-id",
}  # fmt: skip
_OBJECT_PARAMETERS = {"x-id", "versionId", "partNumber"}


def answer(request: Request, name: str, bucket: Bucket, keys: Keys) -> Answer:
    """The answer to a request.

    Args:
        request: With any method.
        name: Of the only bucket.
        bucket: Its objects.
        keys: Of the reader.
    """
    code = refusal(request, keys)
    if code is not None:
        return answers.error(code, request.path)
    if request.method not in ("GET", "HEAD"):
        return answers.error("AccessDenied", request.path)
    try:
        path = unquote_to_bytes(request.path).decode()
    except UnicodeDecodeError:
        return answers.error("InvalidURI")
    asked, _, key = path.removeprefix("/").partition("/")
    query = {
        field: values[-1]
        for field, values in parse_qs(request.query, keep_blank_values=True).items()
        if not field.startswith("X-Amz-")
    }
    if not asked:
        return answers.buckets(name, "2000-01-01T00:00:00.000Z") if not query.keys() - {"x-id"} else _refused(path)
    if asked != name:
        return answers.error("NoSuchBucket", path)
    return _object(request, bucket, key, query) if key else _bucket(request, name, bucket, query)


def _refused(path: str) -> Answer:
    return answers.error("AccessDenied", path)


def _bucket(request: Request, name: str, bucket: Bucket, query: dict[str, str]) -> Answer:
    if request.method == "HEAD":
        return Answer(HTTPStatus.OK, b"", "application/xml", (("x-amz-bucket-region", REGION),))
    if "location" in query:
        return answers.location(REGION)
    if "versioning" in query:
        return answers.unversioned()
    if query.keys() - _LIST_PARAMETERS:
        return _refused(request.path)
    try:
        return _listing(name, bucket, query)
    except (ValueError, binascii.Error):
        return answers.error("InvalidArgument", request.path)


def _listing(name: str, bucket: Bucket, query: dict[str, str]) -> Answer:
    is_second = query.get("list-type") == "2"
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    text = query.get("max-keys", str(_MOST_KEYS))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(text)
    max_keys = min(int(text), _MOST_KEYS)
    token = query.get("continuation-token", "")
    if is_second:
        marker = base64.urlsafe_b64decode(token.encode()).decode() if token else query.get("start-after", "")
    else:
        marker = query.get("marker", "")
    found = bucket.listing(prefix, delimiter, marker, max_keys)
    fields: dict[str, str | int | None] = {"Name": name, "Prefix": prefix, "MaxKeys": max_keys}
    fields |= {"Delimiter": delimiter or None, "EncodingType": query.get("encoding-type")}
    if is_second:
        following = found.next_marker and base64.urlsafe_b64encode(found.next_marker.encode()).decode()
        fields |= {
            "KeyCount": len(found.objects) + len(found.common_prefixes),
            "ContinuationToken": token or None,
            "NextContinuationToken": following,
            "StartAfter": query.get("start-after"),
        }
    else:
        fields |= {"Marker": marker, "NextMarker": found.next_marker if delimiter else None}
    return answers.listing(fields, found, is_encoded=query.get("encoding-type") == "url")


def _object(request: Request, bucket: Bucket, key: str, query: dict[str, str]) -> Answer:
    if query.keys() - _OBJECT_PARAMETERS and not all(field.startswith("response-") for field in query):
        return _refused(request.path)
    entry = bucket.get(key)
    if entry is None:
        return answers.error("NoSuchKey", request.path)
    if query.get("versionId", "null") != "null":
        return answers.error("NoSuchVersion", request.path)
    if query.get("partNumber", "1") != "1":
        return answers.error("InvalidRange", request.path)
    return _conditional(request.headers, entry) or _part(request.headers.get("Range"), entry)


def _conditional(headers: Message, entry: StoredObject) -> Answer | None:
    """The answer where a condition of the request does not hold; an ETag counts more than a time."""
    if "If-Match" in headers:
        if not _names(headers["If-Match"], entry.etag):
            return answers.error("PreconditionFailed")
    elif (since := _instant(headers.get("If-Unmodified-Since"))) and entry.last_modified > since:
        return answers.error("PreconditionFailed")
    if "If-None-Match" in headers:
        if _names(headers["If-None-Match"], entry.etag):
            return answers.not_modified(entry)
    elif (since := _instant(headers.get("If-Modified-Since"))) and entry.last_modified <= since:
        return answers.not_modified(entry)
    return None


def _names(header: str, etag: str) -> bool:
    return any(part.strip().removeprefix("W/").strip('"') in (etag, "*") for part in header.split(","))


def _instant(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        instant = parsedate_to_datetime(header)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _part(header: str | None, entry: StoredObject) -> Answer:
    """What a header `Range` asks for; several ranges, and what is no range, mean the whole object."""
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return answers.content(entry, None)
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last) if last else entry.size_bytes, entry.size_bytes - 1)
    else:
        start, end = max(entry.size_bytes - int(last), 0), entry.size_bytes - 1
    if first and last and int(last) < int(first):
        return answers.content(entry, None)
    if start >= entry.size_bytes or end < start:
        return answers.error("InvalidRange")
    return answers.content(entry, (start, end - start + 1))
