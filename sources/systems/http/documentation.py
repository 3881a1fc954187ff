"""What `/docs` says of an API whose author wrote no text: made from its spec."""

from collections.abc import Iterator

from benchmark.http_auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth, JwtAuth, OAuth2Auth, SessionAuth
from benchmark.http_paging import (
    CursorPaging,
    LinkPaging,
    NextUrlPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
    Paging,
)
from benchmark.http_records import TableView
from benchmark.http_system import Endpoint, Export, GraphQl, HttpSystem, path_parameters

_INDENT = "  "
_TIMES = {
    "seconds": "Times are UTC, in ISO 8601 with Z.",
    "microseconds": "Times are UTC, in ISO 8601 with Z and microseconds.",
    "epoch_seconds": "Times are seconds since 1970 (UTC).",
    "epoch_milliseconds": "Times are milliseconds since 1970 (UTC).",
}


def documentation(spec: HttpSystem) -> str:
    """The page, as plain text."""
    title = spec.description or f"API {spec.name}"
    parts = ["\n".join((title, "=" * len(title), *_auth(spec.auth), _TIMES[spec.time_format]))]
    parts += ["\n".join(_endpoint(path, endpoint)) for path, endpoint in spec.endpoints.items()]
    parts += ["\n".join(_export(path, export)) for path, export in spec.exports.items()]
    parts += ["\n".join(_graphql(spec.graphql))] if spec.graphql else []
    limit = spec.rate_limit
    told = " X-RateLimit-Remaining and X-RateLimit-Reset tell what is left." if limit.has_headers else ""
    parts.append(
        f"Limits: {limit.burst} requests at once, then {limit.per_second:g} a second. Beyond that the answer is 429 "
        f"with the header Retry-After (seconds).{told}\nAfter 429, 500, 503 or no answer at all, repeat the request a "
        "little later; at most five attempts are needed."
    )
    return "\n\n".join(parts) + "\n"


def _auth(auth: Auth) -> Iterator[str]:
    match auth:
        case ApiKeyAuth(place="header"):
            yield f"Send your key in the header {auth.name}{_prefixed(auth)}; without it the answer is 401."
        case ApiKeyAuth():
            yield f"Send your key in the parameter {auth.name}{_prefixed(auth)}; without it the answer is 401."
        case BearerAuth():
            yield "Send your token in the header Authorization: Bearer TOKEN; without it the answer is 401."
        case BasicAuth():
            yield "Send user and password in the header Authorization (Basic); without it the answer is 401."
        case OAuth2Auth():
            refresh = ", refresh_token" if auth.grant == "refresh_token" else ""
            yield f"OAuth 2.0: POST {auth.token_path} with grant_type={auth.grant}, client_id, client_secret{refresh}"
            yield f"gives access_token, which is good for {auth.expires_seconds:g} seconds. Send it in the header"
            yield "Authorization: Bearer TOKEN; without it the answer is 401."
        case SessionAuth():
            yield f'POST {auth.login_path} with {{"username": …, "password": …}} gives a token in {auth.token_field}.'
            place = "header" if auth.place == "header" else "parameter"
            yield f"Send it in the {place} {auth.name}. It is good for {auth.expires_seconds:g} seconds."
        case JwtAuth():
            yield "Send a JWT signed with your secret (HS256) in the header Authorization: Bearer JWT. Its exp lies at"
            yield f"most {auth.longest_seconds:g} seconds ahead."
        case _:
            yield "No key is needed."


def _prefixed(auth: ApiKeyAuth) -> str:
    return f', after "{auth.prefix}"' if auth.prefix else ""


def _endpoint(path: str, endpoint: Endpoint) -> Iterator[str]:
    yield f"{endpoint.method} {path}"
    yield from _indented(_view(endpoint))
    for name in path_parameters(path):
        yield f"{_INDENT}{name}: in the path"
    if endpoint.method == "POST":
        yield f"{_INDENT}Parameters stand in a JSON body:"
    yield from _indented(_choice(endpoint))
    yield from _indented(_paging(endpoint.paging))
    if endpoint.is_single:
        yield f"{_INDENT}One record; 404 where there is none."
    if endpoint.format != "json":
        yield f"{_INDENT}The answer is {endpoint.format.upper()}."
    else:
        yield f"{_INDENT}The records stand in {endpoint.records}." if endpoint.records else f"{_INDENT}Plain JSON."
    if endpoint.has_etag:
        yield f"{_INDENT}Answers have an ETag; If-None-Match with it gets 304."


def _export(path: str, export: Export) -> Iterator[str]:
    yield f"POST {path}"
    yield f"{_INDENT}Makes a job that exports:"
    yield from _indented(_view(export))
    yield from _indented(_choice(export))
    files = f"{export.format.upper()}{', compressed with gzip' if export.is_gzip else ''}"
    yield f'{_INDENT}Answer: 202 and {{"id": "1", "status": "running"}}.'
    yield f"GET {path}/<id>"
    yield f"{_INDENT}status: running, completed or failed. A completed job has urls, its files ({files})."
    yield f"{_INDENT}They need the same key. After failed, make another job. DELETE {path}/<id> forgets it, and"
    yield f"{_INDENT}so does POST {path}/<id>/delete."


def _graphql(spec: GraphQl) -> Iterator[str]:
    yield f"POST {spec.path}"
    yield f"{_INDENT}GraphQL: query and variables in a JSON body; no fragments or directives. A field is a connection:"
    yield f"{_INDENT}field(first: {spec.default_size}, after: CURSOR) {{ nodes {{ … }} edges {{ cursor node {{ … }} }}"
    yield f"{_INDENT}pageInfo {{ hasNextPage endCursor }} totalCount }}. first is at most {spec.max_size}."
    for name, view in spec.fields.items():
        yield f"{_INDENT}{name}"
        yield from _indented(_indented((*_view(view), *_choice(view))))


def _view(view: TableView) -> Iterator[str]:
    yield view.description or f"The records of {view.table}."
    if view.columns:
        yield "Fields:"
        for name, text in view.columns.items():
            yield f"{_INDENT}{name}{f': {text}' if text else ''}"
    if view.deleted and view.deleted.show == "marked":
        names = " and ".join(name for name in (view.deleted.flag_column, view.deleted.time_column) if name)
        yield f"Deleted records stay in the list; {names} tells them."
    elif view.deleted:
        yield "Only records that were deleted, by key."


def _choice(view: TableView) -> Iterator[str]:
    if view.since:
        after = "after it" if view.since.is_exclusive else "at or after it"
        yield f"Sorted by {view.since.column}, oldest first."
        yield f"{view.since.parameter}: only records with {view.since.column} {after}"
        if view.since.until_parameter:
            yield f"{view.since.until_parameter}: only records with {view.since.column} before it"
    for name in view.filters:
        yield f"{name}: only records with this {name}"


def _paging(paging: Paging) -> Iterator[str]:
    if isinstance(paging, NoPaging):
        yield "Not paginated."
        return
    sizes = f"1 to {paging.max_size} (default {paging.default_size})"
    yield f"{paging.size_parameter}: {sizes}"
    match paging:
        case PagePaging():
            yield f"{paging.parameter}: from {paging.first_page} (default). A page after the last one is empty."
            if paging.has_more_field:
                yield f"{paging.has_more_field} says whether there are more."
        case OffsetPaging():
            yield f"{paging.parameter}: how many records to leave out (default 0)"
        case CursorPaging():
            yield f"{paging.parameter}: {paging.cursor_field} of the answer before; null after the last one."
        case LinkPaging():
            yield f"{paging.parameter}: from 1 (default). The header Link names the next page (rel=next)."
        case NextUrlPaging():
            yield f"{paging.url_field} is the address of the next answer; null after the last one."
    if paging.total_field:
        yield f"{paging.total_field} is the number of all records."


def _indented(lines: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    return (_INDENT + line for line in lines)
