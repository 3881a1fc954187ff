"""Low-code authenticators against the source system `http`: each kind, and what happens when tokens expire."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.errors import ConnectorError
from tests.helpers.http_apis import http_spec, orders, running_api, show
from tests.helpers.manifests import Manifests, option

SEVEN = list(range(1, 8))
TABLES = {"orders": orders()}


@contextlib.contextmanager
def protected(auth: Any, **parts: Any) -> Iterator[Manifests]:
    """Manifests whose config holds what readers are told, in small letters."""
    endpoints = {"/orders": {"table": "orders", "paging": {"type": "page", "default_size": 3}}}
    with running_api(http_spec(auth=auth, endpoints=endpoints, **parts), TABLES) as api:
        config = {name.removeprefix("SHOP_").lower(): value for name, value in api.environment.items()}
        yield Manifests(api.url, config)


PAGES = {
    "page_token_option": option("page"),
    "pagination_strategy": {
        "type": "CursorPagination",
        "cursor_value": "{{ response['page'] + 1 }}",
        "stop_condition": "{{ not response['has_more'] }}",
    },
}


def read(manifests: Manifests, authenticator: dict[str, Any], **more: Any) -> list[int]:
    requester = {"authenticator": authenticator, **more}
    return manifests.ids(manifests.stream("/orders", requester=requester, paginator=PAGES))


def oauth(**more: Any) -> dict[str, Any]:
    return {
        "type": "OAuthAuthenticator",
        "token_refresh_endpoint": "{{ config['url'] }}/oauth/token",
        "client_id": "{{ config['client_id'] }}",
        "client_secret": "{{ config['client_secret'] }}",
        **more,
    }


REFRESH = {"grant_type": "refresh_token", "refresh_token": "{{ config['refresh_token'] }}"}
BASIC = "{{ (config['client_id'] ~ ':' ~ config['client_secret']) | base64encode }}"


def login(**more: Any) -> dict[str, Any]:
    body = {"username": "{{ config['user'] }}", "password": "{{ config['password'] }}"}
    requester = {
        "type": "HttpRequester",
        "url_base": "{{ config['url'] }}",
        "path": "/login",
        "http_method": "POST",
        "request_body_json": body,
    }
    return {
        "type": "SessionTokenAuthenticator",
        "login_requester": requester,
        "session_token_path": ["token"],
        "expiration_duration": "PT1H",
        **more,
    }


API_KEY = {"type": "ApiKeyAuthenticator", "api_token": "{{ config['api_key'] }}"}
JWT = {"type": "JwtAuthenticator", "secret_key": "{{ config['secret'] }}", "algorithm": "HS256", "token_duration": 60}
AUTHENTICATORS: dict[str, tuple[Any, dict[str, Any]]] = {
    "none": ("none", {"type": "NoAuth"}),
    "key in a header": ("api_key", API_KEY | {"inject_into": option("X-API-Key", "header")}),
    "key in a header, in short": ("api_key", API_KEY | {"header": "X-API-Key"}),
    "key in the address": (
        {"type": "api_key", "in": "query", "name": "key"},
        API_KEY | {"inject_into": option("key")},
    ),
    "key after a word": (
        {"type": "api_key", "name": "Authorization", "prefix": "Token "},
        {
            "type": "ApiKeyAuthenticator",
            "api_token": "Token {{ config['api_key'] }}",
            "inject_into": option("Authorization", "header"),
        },
    ),
    "bearer": ("bearer", {"type": "BearerAuthenticator", "api_token": "{{ config['token'] }}"}),
    "basic": (
        "basic",
        {
            "type": "BasicHttpAuthenticator",
            "username": "{{ config['user'] }}",
            "password": "{{ config['password'] }}",
        },
    ),
    "oauth, client credentials": ("oauth2", oauth(grant_type="client_credentials")),
    "oauth, refresh token": ({"type": "oauth2", "grant": "refresh_token"}, oauth(**REFRESH)),
    "oauth, credentials in a header": (
        "oauth2",
        oauth(grant_type="client_credentials", refresh_request_headers={"Authorization": f"Basic {BASIC}"}),
    ),
    "session in a header": (
        "session",
        login(
            request_authentication={
                "type": "ApiKey",
                "inject_into": option("X-Session-Token", "header"),
            }
        ),
    ),
    "session as bearer": (
        {"type": "session", "name": "Authorization"},
        login(request_authentication={"type": "Bearer"}),
    ),
    "jwt": ("jwt", JWT | {"header_prefix": "Bearer"}),
    "chosen by the config": (
        "bearer",
        {
            "type": "SelectiveAuthenticator",
            "authenticator_selection_path": ["kind"],
            "authenticators": {
                "token": {"type": "BearerAuthenticator", "api_token": "{{ config['token'] }}"},
                "none": {"type": "NoAuth"},
            },
        },
    ),
}


@pytest.mark.parametrize("kind", AUTHENTICATORS)
def test_authenticators(kind: str) -> None:
    auth, authenticator = AUTHENTICATORS[kind]
    with protected(auth) as manifests:
        manifests.config["kind"] = "token"
        assert read(manifests, authenticator) == SEVEN


@pytest.mark.parametrize("kind", ["bearer", "oauth, client credentials", "session in a header"])
def test_wrong_credentials_are_said(kind: str) -> None:
    auth, authenticator = AUTHENTICATORS[kind]
    with protected(auth) as manifests:
        manifests.config.update(token="x", client_secret="x", password="x")
        with pytest.raises(AirbyteTracedException, match="stream 'items'"):
            read(manifests, authenticator)


def test_an_access_token_that_expired_is_renewed() -> None:
    with protected({"type": "oauth2", "expires_seconds": 1.2}) as manifests:
        slow = {"request_parameters": {"updated_since": "2013-01-01"}}
        stream = manifests.stream(
            "/orders",
            requester={"authenticator": oauth(grant_type="client_credentials"), **slow},
            paginator=PAGES,
            transformations=[],
        )
        assert manifests.ids(stream) == SEVEN
        time.sleep(1.3)
        assert manifests.ids(stream) == SEVEN


def test_a_token_that_is_refused_is_renewed_once() -> None:
    handler = {
        "type": "DefaultErrorHandler",
        "response_filters": [{"type": "HttpResponseFilter", "http_codes": [401], "action": "REFRESH_TOKEN_THEN_RETRY"}],
        "backoff_strategies": [{"type": "ConstantBackoffStrategy", "backoff_time_in_seconds": 0.01}],
    }
    authenticator = oauth(
        grant_type="client_credentials", access_token_value="old", token_expiry_date="2099-01-01T00:00:00Z"
    )
    with protected("oauth2") as manifests:
        assert read(manifests, authenticator, error_handler=handler) == SEVEN


def test_settings_are_not_changed_by_a_load() -> None:
    updater = {"refresh_token_config_path": ["refresh_token"]}
    refused = pytest.raises(ConnectorError, match=r"refresh_token_updater': a load does not change the settings")
    with protected({"type": "oauth2", "grant": "refresh_token"}) as manifests, refused:
        read(manifests, oauth(**REFRESH, refresh_token_updater=updater))


def test_a_new_day_asks_for_a_new_token() -> None:
    endpoints = {"/orders": {"table": "orders", "since": "updated_at"}}
    with running_api(http_spec(auth="oauth2", endpoints=endpoints), TABLES) as api:
        config = {name.removeprefix("SHOP_").lower(): value for name, value in api.environment.items()}
        manifests = Manifests(api.url, config)
        stream = manifests.stream("/orders", requester={"authenticator": oauth(grant_type="client_credentials")})
        assert manifests.ids(stream) == SEVEN
        show(api, [TABLES, {"orders": orders(8)}])
        assert manifests.ids(stream) == [*SEVEN, 8]
