"""How an HTTP API hands out a long list in pieces: `paging` of an endpoint.

Names of fields in an answer are paths: a dot goes one level down, and a number is a place in a list.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from benchmark.system_parts import SystemPart, as_type

FieldPath = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]
"""Where a value stands in a JSON value: `meta.next`, `0.page`."""


class NoPaging(SystemPart):
    """All records in one answer."""

    type: Literal["none"] = "none"


class _Pages(SystemPart):
    size_parameter: str = "page_size"
    default_size: int = Field(default=100, ge=1)
    max_size: int = Field(default=200, ge=1)
    total_field: FieldPath | None = None
    """Where the number of all records stands in the answer; None: nowhere."""

    @model_validator(mode="after")
    def _default_is_allowed(self) -> "_Pages":
        if self.default_size > self.max_size:
            raise ValueError(f"default_size {self.default_size} is more than max_size {self.max_size}")
        return self


class PagePaging(_Pages):
    """Numbered pages."""

    type: Literal["page"] = "page"
    parameter: str = "page"
    first_page: int = Field(default=1, ge=0)
    page_field: FieldPath | None = "page"
    """Where the number of the page stands in the answer; None: nowhere."""
    has_more_field: FieldPath | None = "has_more"
    """Where it stands whether there are more pages; None: nowhere."""
    pages_field: FieldPath | None = None
    """Where the number of all pages stands; None: nowhere."""


class OffsetPaging(_Pages):
    """So many records after the first n ones."""

    type: Literal["offset"] = "offset"
    parameter: str = "offset"
    size_parameter: str = "limit"
    total_field: FieldPath | None = "total"


class CursorPaging(_Pages):
    """Each answer carries a token for the next one; what it says is nobody's business."""

    type: Literal["cursor"] = "cursor"
    parameter: str = "cursor"
    size_parameter: str = "limit"
    cursor_field: FieldPath = "next_cursor"
    """Where the token stands in the answer; null on the last page."""
    has_more_field: FieldPath | None = "has_more"
    """Where it stands whether there are more pages; None: nowhere."""


class LinkPaging(_Pages):
    """The header `Link` names the next page, the previous one, the first and the last (RFC 8288)."""

    type: Literal["link"] = "link"
    parameter: str = "page"
    size_parameter: str = "per_page"


class NextUrlPaging(_Pages):
    """Each answer carries the address of the next one."""

    type: Literal["next_url"] = "next_url"
    size_parameter: str = "limit"
    parameter: str = "cursor"
    """Carries the token inside of the address."""
    url_field: FieldPath = "next"
    """Where the address stands in the answer; null on the last page."""
    is_relative: bool = Field(default=False, alias="relative")
    """True: the address begins with the path."""


_AnyPaging = Annotated[
    NoPaging | PagePaging | OffsetPaging | CursorPaging | LinkPaging | NextUrlPaging, Field(discriminator="type")
]
Paging = Annotated[_AnyPaging, BeforeValidator(as_type, json_schema_input_type=str | _AnyPaging)]
"""A word alone is the type, with everything else as usual."""

NEEDS_BODY = ("cursor", "next_url")
"""Types that tell the next page in a JSON body only."""
