"""Which piece of a list a request asks for, and what the answer says about the others."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from benchmark.http_paging import (
    CursorPaging,
    LinkPaging,
    NextUrlPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
    Paging,
)
from sources.systems.http.messages import ProblemError
from sources.systems.http.parameters import Parameters
from sources.systems.http.tokens import Signer

_FARTHEST = 10**9
"""Position in a list that a request may ask for."""


class Window(NamedTuple):
    """A piece of a list."""

    position: int
    size: int


class Part(NamedTuple):
    """Which rows a window holds."""

    first: int
    last: int
    has_more: bool


@dataclass(frozen=True)
class Told:
    """What an answer says beside its records."""

    fields: Mapping[str, Any]
    """Path in the body -> value."""
    headers: Mapping[str, str]


def part_of(window: Window, n_rows: int, *, is_first_page_twice: bool) -> Part:
    """The rows of a window; with the first page twice, page 2 is page 1 again and all later ones are one further on."""
    position, size = window
    is_moved = is_first_page_twice and position > 0
    first = position - size if is_moved else position
    if is_first_page_twice and 0 < position < size:
        first = 0  # offsets that are no multiples of the size
    has_more = first + size < n_rows or (is_first_page_twice and position == 0)
    return Part(min(first, n_rows), min(first + size, n_rows), has_more)


class Pager:
    """The paging of one endpoint.

    Args:
        paging: How it is done.
        path: Of the request; cursors of another one are refused.
        base_url: Address of the API.
        signer: Writes cursors.
        secret_parameter: Parameter that links leave out.
    """

    def __init__(self, paging: Paging, path: str, base_url: str, signer: Signer, secret_parameter: str = "") -> None:
        self._left_out = (secret_parameter, getattr(paging, "parameter", ""))
        self._paging = paging
        self._path = path
        self._base_url = base_url
        self._signer = signer

    def read(self, parameters: Parameters, names: list[str]) -> tuple[Window | None, Parameters]:
        """The window, None for the whole list, and the parameters that say of which list.

        A cursor carries the parameters of the first request; what is sent beside it does not count.

        Args:
            parameters: Of the request.
            names: Parameters that choose the list.

        Raises:
            ProblemError: One is not valid.
        """
        paging = self._paging
        if isinstance(paging, NoPaging):
            return None, parameters
        size = parameters.whole(paging.size_parameter, paging.default_size, 1, paging.max_size)
        match paging:
            case PagePaging():
                page = parameters.whole(paging.parameter, paging.first_page, paging.first_page, None)
                return Window((page - paging.first_page) * size, size), parameters
            case LinkPaging():
                return Window((parameters.whole(paging.parameter, 1, 1, None) - 1) * size, size), parameters
            case OffsetPaging():
                return Window(parameters.whole(paging.parameter, 0, 0, None), size), parameters
        token = parameters.text(paging.parameter)
        if not token:
            return Window(0, size), Parameters({name: parameters.text(name) for name in names})
        try:
            position, size, chosen = self._signer.read(self._path, token)
        except ValueError:
            message = (
                f"{paging.parameter} is not valid here, or no longer: it must come from an answer of {self._path}."
            )
            raise ProblemError(HTTPStatus.BAD_REQUEST, message) from None
        return Window(position, size), Parameters(chosen)

    def told(self, window: Window, part: Part, n_rows: int, query: str, chosen: Mapping[str, Any]) -> Told:
        """What stands in the answer.

        Args:
            window: As asked for.
            part: As answered.
            n_rows: Of the whole list.
            query: Of the request.
            chosen: Parameters that choose the list.
        """
        paging = self._paging
        fields: dict[str | None, Any] = {}
        headers: dict[str, str] = {}
        match paging:
            case PagePaging():
                page = window.position // window.size + paging.first_page
                fields = {paging.page_field: page, paging.has_more_field: part.has_more}
                fields[paging.pages_field] = math.ceil(n_rows / window.size)
            case LinkPaging():
                headers = {"Link": self._links(paging, window, part, n_rows, query)}
            case CursorPaging():
                fields = {paging.cursor_field: self._next(window, part, chosen), paging.has_more_field: part.has_more}
            case NextUrlPaging():
                token = self._next(window, part, chosen)
                base = self._path if paging.is_relative else f"{self._base_url}{self._path}"
                fields = {paging.url_field: token and f"{base}?{urlencode({paging.parameter: token})}"}
        if not isinstance(paging, NoPaging):
            fields[paging.total_field] = n_rows
        return Told({path: value for path, value in fields.items() if path is not None}, headers)

    def _next(self, window: Window, part: Part, chosen: Mapping[str, Any]) -> str | None:
        if not part.has_more:
            return None
        position = min(window.position + window.size, _FARTHEST)
        return self._signer.write(self._path, [position, window.size, chosen])

    def _links(self, paging: LinkPaging, window: Window, part: Part, n_rows: int, query: str) -> str:
        sent = parse_qsl(query, keep_blank_values=True)
        kept = [(name, value) for name, value in sent if name not in self._left_out]
        page = window.position // window.size + 1
        last = max(1, math.ceil(n_rows / window.size))
        pages = {"first": 1, "last": last} | ({"prev": min(page - 1, last)} if page > 1 else {})
        pages |= {"next": page + 1} if part.has_more else {}
        return ", ".join(
            f'<{self._base_url}{self._path}?{urlencode([*kept, (paging.parameter, number)])}>; rel="{relation}"'
            for relation, number in pages.items()
        )
