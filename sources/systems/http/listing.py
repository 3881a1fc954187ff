"""The answers of one endpoint."""

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from benchmark.http_system import Endpoint
from sources.systems.http.bodies import CONTENT_TYPES, envelope, written
from sources.systems.http.messages import Answer, ProblemError, Request
from sources.systems.http.paging import Pager, part_of
from sources.systems.http.parameters import Parameters
from sources.systems.http.records import Records


def list_answer(
    endpoint: Endpoint,
    records: Records,
    request: Request,
    path_values: Mapping[str, str],
    pager: Pager,
    *,
    is_first_page_twice: bool = False,
) -> Answer:
    """The piece of a list that a request asks for.

    Raises:
        ProblemError: A parameter is not valid, or a single record is not there.
    """
    parameters = Parameters.of_body(request) if endpoint.method == "POST" else Parameters.of_query(request.query)
    names = choosing_parameters(endpoint)
    window, chosen = pager.read(parameters, names)
    asked = {name: text for name in endpoint.filters if (text := chosen.text(name)) is not None}
    rows = records.find({**path_values, **asked}, chosen)
    if endpoint.is_single:
        if not rows:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"There is no {request.path}.")
        return _tagged(endpoint, request, envelope_of_one(endpoint, records, rows[0]), {})
    if window is None:
        return _tagged(endpoint, request, _body(endpoint, records, rows, endpoint.constant_fields), {})
    part = part_of(window, len(rows), is_first_page_twice=is_first_page_twice)
    told = pager.told(window, part, len(rows), request.query, {name: chosen.text(name) for name in names})
    fields = {**told.fields, **endpoint.constant_fields}
    return _tagged(endpoint, request, _body(endpoint, records, rows[part.first : part.last], fields), told.headers)


def choosing_parameters(endpoint: Endpoint) -> list[str]:
    """Names of the parameters that choose rows, not pages."""
    bounds = [endpoint.since.parameter, endpoint.since.until_parameter] if endpoint.since else []
    return [*(name for name in bounds if name), *endpoint.filters]


def envelope_of_one(endpoint: Endpoint, records: Records, row: int) -> bytes:
    """One record at its place."""
    return envelope(endpoint.records, records.texts([row])[0], endpoint.constant_fields)


def _body(endpoint: Endpoint, records: Records, rows: Sequence[int], fields: Mapping[str, Any]) -> bytes:
    if endpoint.format == "json":
        return envelope(endpoint.records, f"[{', '.join(records.texts(rows))}]", fields)
    return written(endpoint.format, records.names, records.columns(rows))


def _tagged(endpoint: Endpoint, request: Request, body: bytes, headers: Mapping[str, str]) -> Answer:
    """With its ETag, or 304 where the client has it already."""
    answer = Answer(HTTPStatus.OK, body, CONTENT_TYPES[endpoint.format]).with_headers(headers)
    if not endpoint.has_etag:
        return answer
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    known = {text.strip().removeprefix("W/") for text in request.headers.get("If-None-Match", "").split(",")}
    if tag in known or "*" in known:
        return Answer(HTTPStatus.NOT_MODIFIED, b"").with_headers({"ETag": tag})
    return answer.with_headers({"ETag": tag})
