"""Answers of the S3 protocol: XML documents, errors, parts of objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from sources.systems.http_server import Answer
from sources.systems.object_store.bucket import Listing, StoredObject

_XML = "application/xml"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_OWNER = "<ID>lockgate</ID><DisplayName>lockgate</DisplayName>"
_ERRORS: dict[str, tuple[HTTPStatus, str]] = {
    "AccessDenied": (HTTPStatus.FORBIDDEN, "Access Denied"),
    "InvalidAccessKeyId": (HTTPStatus.FORBIDDEN, "The access key does not exist."),
    "SignatureDoesNotMatch": (HTTPStatus.FORBIDDEN, "The signature does not match. Check the secret key."),
    "NoSuchBucket": (HTTPStatus.NOT_FOUND, "The bucket does not exist."),
    "NoSuchKey": (HTTPStatus.NOT_FOUND, "The key does not exist."),
    "NoSuchVersion": (HTTPStatus.NOT_FOUND, "Objects have no versions here."),
    "InvalidArgument": (HTTPStatus.BAD_REQUEST, "A parameter has no valid value."),
    "InvalidURI": (HTTPStatus.BAD_REQUEST, "The address is not valid."),
    "InvalidRange": (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "The range lies beyond the object."),
    "PreconditionFailed": (HTTPStatus.PRECONDITION_FAILED, "A condition does not hold."),
    "NotImplemented": (HTTPStatus.NOT_IMPLEMENTED, "This server has no such function."),
    "InternalError": (HTTPStatus.INTERNAL_SERVER_ERROR, "An internal error. Please repeat the request."),
    "SlowDown": (HTTPStatus.SERVICE_UNAVAILABLE, "Please reduce your request rate."),
}


@dataclass(frozen=True)
class FileRange:
    """A part of a file."""

    path: Path
    first_byte: int
    n_bytes: int


@dataclass(frozen=True)
class ObjectAnswer(Answer):
    """An answer whose body is a part of a file; `body` is empty."""

    content: FileRange | None = None


def error(code: str, resource: str = "") -> Answer:
    """An error of the protocol.

    Args:
        code: One of the protocol's codes that are listed above.
        resource: Path that was asked for.
    """
    status, message = _ERRORS[code]
    text = f"<Error><Code>{code}</Code><Message>{message}</Message><Resource>{_text(resource)}</Resource></Error>"
    return _document(text, status)


def buckets(name: str, created: str) -> Answer:
    """The list of all buckets."""
    entry = f"<Bucket><Name>{name}</Name><CreationDate>{created}</CreationDate></Bucket>"
    body = f"<Owner>{_OWNER}</Owner><Buckets>{entry}</Buckets>"
    return _document(f'<ListAllMyBucketsResult xmlns="{_NAMESPACE}">{body}</ListAllMyBucketsResult>')


def location(region: str) -> Answer:
    """Where a bucket lies; the first region of all has no name here."""
    inside = "" if region == "us-east-1" else region
    return _document(f'<LocationConstraint xmlns="{_NAMESPACE}">{inside}</LocationConstraint>')


def unversioned() -> Answer:
    """The bucket keeps no versions."""
    return _document(f'<VersioningConfiguration xmlns="{_NAMESPACE}"/>')


def listing(fields: Mapping[str, str | int | None], found: Listing, *, is_encoded: bool) -> Answer:
    """One page of a listing.

    Args:
        fields: What stands before the objects, by element; None: the element is left out.
        found: The page.
        is_encoded: Keys are percent-encoded, as the request asked for.
    """

    def shown(text: str) -> str:
        return quote(text, safe="/-_.~") if is_encoded else _text(text)

    encoded_fields = ("Prefix", "Delimiter", "Marker", "NextMarker", "StartAfter")
    head = "".join(
        f"<{name}>{shown(str(value)) if name in encoded_fields else _text(str(value))}</{name}>"
        for name, value in fields.items()
        if value is not None
    )
    contents = "".join(
        f"<Contents><Key>{shown(entry.key)}</Key><LastModified>{_iso(entry)}</LastModified>"
        f"<ETag>&quot;{entry.etag}&quot;</ETag><Size>{entry.size_bytes}</Size>"
        f"<StorageClass>STANDARD</StorageClass></Contents>"
        for entry in found.objects
    )
    prefixes = "".join(
        f"<CommonPrefixes><Prefix>{shown(prefix)}</Prefix></CommonPrefixes>" for prefix in found.common_prefixes
    )
    is_truncated = "true" if found.next_marker else "false"
    body = f"{head}<IsTruncated>{is_truncated}</IsTruncated>{contents}{prefixes}"
    return _document(f'<ListBucketResult xmlns="{_NAMESPACE}">{body}</ListBucketResult>')


def content(entry: StoredObject, part: tuple[int, int] | None) -> Answer:
    """An object, or a part of it.

    Args:
        entry: The object.
        part: First byte and number of bytes; None = everything.
    """
    first, n_bytes = part or (0, entry.size_bytes)
    headers = [*object_headers(entry), ("Accept-Ranges", "bytes")]
    if part:
        headers.append(("Content-Range", f"bytes {first}-{first + n_bytes - 1}/{entry.size_bytes}"))
    return ObjectAnswer(
        HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK,
        b"",
        "binary/octet-stream",
        tuple(headers),
        FileRange(entry.content_path, first, n_bytes),
    )


def not_modified(entry: StoredObject) -> Answer:
    """What the client has is what there is."""
    return Answer(HTTPStatus.NOT_MODIFIED, b"", "binary/octet-stream", object_headers(entry))


def object_headers(entry: StoredObject) -> tuple[tuple[str, str], ...]:
    """What identifies the content of an object."""
    return (("ETag", f'"{entry.etag}"'), ("Last-Modified", format_datetime(entry.last_modified, usegmt=True)))


def _iso(entry: StoredObject) -> str:
    return entry.last_modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _document(text: str, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return Answer(status, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode("utf-8", "replace"), _XML)


def _text(text: str) -> str:
    return escape("".join(sign for sign in text if sign >= " " or sign in "\t\n\r"))
