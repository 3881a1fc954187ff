"""Reads the JSON body of a request that a stranger sent: bounded in depth and in number of values."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_DEPTH = 100
MAX_VALUES = 200_000
"""Objects, lists and their items; each costs about 100 bytes of memory, and text costs none of them."""

_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class RequestError(ValueError):
    """A request is not one of this wire format; the message is one sentence for the client."""


class RequestSpec(BaseModel):
    """What has to hold of a request; fields that are not named may be anything."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


ModelName = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
"""Printable ASCII without spaces; it comes back in answers and stands in trajectories."""

Spec = TypeVar("Spec", bound=RequestSpec)


def parse_body(content: bytes) -> dict[str, Any]:
    """Parse a body.

    Raises:
        RequestError: It is no JSON object, nested too deeply or too large.
    """
    n_values = sum(_TEXTS.sub(b"", content).count(mark) for mark in (b",", b"[", b"{"))
    if n_values > MAX_VALUES:
        raise RequestError(f"The body has more than {MAX_VALUES} values.")
    try:
        body = json.loads(content, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as error:
        raise RequestError(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    except ValueError as error:
        raise RequestError("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise RequestError("The body is not a JSON object.")
    if _is_deep(body):
        raise RequestError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return body


def check_request(spec: type[Spec], body: dict[str, Any]) -> Spec:
    """Check the parts of a body that matter here.

    Raises:
        RequestError: Names the first part that is wrong.
    """
    try:
        return spec.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RequestError(f"The body's '{where}' is wrong: {first['msg']}.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


def _is_deep(body: dict[str, Any]) -> bool:
    level: list[Any] = [body]
    for _ in range(MAX_DEPTH):
        parts = (item.values() if isinstance(item, dict) else item for item in level)
        level = [value for part in parts for value in part if isinstance(value, dict | list)]
        if not level:
            return False
    return True
