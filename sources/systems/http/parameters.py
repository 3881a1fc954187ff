"""What a request asks for, by name: from its address, or from its body."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from sources.systems.http.messages import ProblemError, Request

_FORM = "application/x-www-form-urlencoded"


class Parameters:
    """The parameters of one request; a name with dots is a path into a JSON body."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @classmethod
    def of_query(cls, query: str) -> "Parameters":
        """From an address; of a name that is given twice the last value counts.

        Raises:
            ProblemError: It is not valid.
        """
        try:
            return cls({name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()})
        except ValueError as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"The address is not valid: {error}.") from error

    @classmethod
    def of_body(cls, request: Request) -> "Parameters":
        """From a JSON object or a form; an empty body has none.

        Raises:
            ProblemError: It is neither.
        """
        if request.headers.get_content_type() == _FORM:
            return cls.of_query(request.body.decode("utf-8", "replace"))
        if not request.body.strip():
            return cls({})
        try:
            values = json.loads(request.body)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise ProblemError(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
        return cls(values)

    def get(self, name: str) -> Any:
        """A value; None where there is none."""
        if name in self._values:
            return self._values[name]
        value: Any = self._values
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def text(self, name: str) -> str | None:
        """A value as a text; None where there is none.

        Raises:
            ProblemError: It is a list or an object.
        """
        value = self.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, dict | list):
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name} must be one value, not a list or an object.")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def whole(self, name: str, default: int, minimum: int, maximum: int | None) -> int:
        """A whole number within bounds, both included.

        Raises:
            ProblemError: It is none.
        """
        value = self.text(name)
        text = str(default) if value is None else value
        # int() of thousands of digits raises; 10 digits are more than any list has rows.
        is_number = text.isascii() and text.isdigit() and len(text) <= 10
        if not is_number or not minimum <= int(text) <= (maximum or 10**9):
            allowed = f"{minimum} or more" if maximum is None else f"{minimum} to {maximum}"
            message = f"{name} must be a whole number, {allowed}; received '{text}'."
            raise ProblemError(HTTPStatus.BAD_REQUEST, message)
        return int(text)
