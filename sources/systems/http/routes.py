"""From the path of a request to what answers it."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote

from benchmark.http_system import path_parameters
from sources.systems.http.messages import Answer, ProblemError, Request

RouteAnswer = Callable[[Request, Mapping[str, str]], Answer]
"""Gets the request and the values of the path's parameters."""


class Route(NamedTuple):
    """One path and method."""

    path: str
    """With its parameters in braces."""
    method: str
    answer: RouteAnswer
    is_open: bool = False
    """True: no key is needed."""
    is_listed: bool = True
    """True: the answer to an unknown path names it."""


class Routes:
    """All routes of an API; a path without parameters wins over one with them."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes = sorted(routes, key=lambda route: len(path_parameters(route.path)))
        self._patterns = [_pattern(route.path) for route in self._routes]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the values of its parameters.

        Raises:
            ProblemError: There is none.
        """
        path = path.rstrip("/") or "/"
        allowed = []
        for route, pattern in zip(self._routes, self._patterns, strict=True):
            if (match := pattern.fullmatch(path)) is not None:
                if route.method == method:
                    names = path_parameters(route.path)
                    return route, dict(zip(names, map(unquote, match.groups()), strict=True))
                allowed.append(route.method)
        if allowed:
            methods = ", ".join(allowed)
            message = f"{path} takes {methods}, not {method}."
            raise ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, message, {"Allow": methods})
        paths = ", ".join(dict.fromkeys(route.path for route in self._routes if route.is_listed))
        raise ProblemError(HTTPStatus.NOT_FOUND, f"No resource {path}. There are: {paths}, /docs.")


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"{[^}]*}", path.rstrip("/") or "/")
    return re.compile("([^/]+)".join(map(re.escape, pieces)))
