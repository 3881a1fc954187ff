"""What a spec of an HTTP system refuses, and in which words."""

from typing import Any

import pytest
from pydantic import ValidationError

from benchmark.http_system import HttpSystem

MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({}, "there is nothing to read: give endpoints, exports or graphql"),
    ({"auth": "kerberos", "endpoints": {"/x": {"table": "t"}}}, "does not match any of the expected tags"),
    ({"endpoints": {"x": {"table": "t"}}}, "should match pattern"),
    ({"endpoints": {"/{a}": {"table": "t"}, "/{b}": {"table": "t"}}}, "'/{b}' and '/{a}' are the same path"),
    ({"endpoints": {"/{a b}": {"table": "t"}}}, "should match pattern"),
    ({"endpoints": {"/{a-b}": {"table": "t"}}}, "a parameter of a path is a column's name in braces"),
    ({"endpoints": {"/docs": {"table": "t"}}}, "path '/docs' is the documentation and an endpoint"),
    (
        {"auth": "oauth2", "endpoints": {"/oauth/token": {"table": "t"}}},
        "path '/oauth/token' is an endpoint and the token path",
    ),
    ({"exports": {"/x/{a}": {"table": "t"}}}, "the path of an export has no parameters: /x/{a}"),
]
ENDPOINT_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"format": "csv", "paging": "cursor"}, "need format json"),
    ({"records": "", "paging": "next_url"}, "records must name where it stands"),
    ({"method": "POST", "paging": "link"}, "paging link names an address, which method POST does not read"),
    ({"single": True, "paging": "page"}, "single takes neither paging nor since nor method POST"),
    ({"deleted": {}}, "deleted needs key, the columns that tell rows apart"),
    ({"key": "id", "deleted": {"time_column": None}}, "one of time_column and flag_column must be there"),
    ({"paging": {"type": "page", "default_size": 9, "max_size": 5}}, "default_size 9 is more than max_size 5"),
    ({"paging": {"type": "page", "page_field": "data.page"}}, "two things cannot stand at 'data' of an answer"),
    ({"constant_fields": {"has_more": 1}, "paging": "page"}, "two things cannot stand at 'has_more' of an answer"),
    ({"paging": {"type": "pages"}}, "does not match any of the expected tags"),
    ({"page_size": 5}, "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("parts", "message"), MISTAKES)
def test_systems_that_cannot_be(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpSystem.model_validate({"name": "shop", **parts})
    assert message in str(caught.value)


@pytest.mark.parametrize(("parts", "message"), ENDPOINT_MISTAKES)
def test_endpoints_that_cannot_be(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpSystem.model_validate({"name": "shop", "endpoints": {"/x": {"table": "t", **parts}}})
    assert message in str(caught.value)


def test_words_alone_mean_the_usual() -> None:
    endpoint = {"table": "t", "paging": "page", "since": "updated_at", "filters": "kind"}
    short = HttpSystem.model_validate({"name": "shop", "auth": "bearer", "endpoints": {"/x": endpoint}})
    whole = {
        "table": "t",
        "paging": {"type": "page"},
        "since": {"column": "updated_at"},
        "filters": ["kind"],
    }
    assert short == HttpSystem.model_validate({"name": "shop", "auth": {"type": "bearer"}, "endpoints": {"/x": whole}})
