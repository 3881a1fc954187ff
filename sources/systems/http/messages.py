"""Answers of an HTTP API."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from sources.systems.http_server import Answer, Request

__all__ = ["Answer", "ProblemError", "Request", "json_answer"]


class ProblemError(Exception):
    """A request that is not answered with what it asked for.

    Args:
        status: Of the answer.
        message: For the person who reads it.
        headers: Of the answer.
    """

    def __init__(self, status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.answer = json_answer({"error": message}, status).with_headers(headers or {})
        super().__init__(message)


def json_answer(value: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """A JSON value as an answer."""
    return Answer(status, json.dumps(value).encode())
