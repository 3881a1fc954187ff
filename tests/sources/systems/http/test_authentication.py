"""Who may read an API: every kind of authentication, right and wrong."""

import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import ask, http_spec, orders, running_api, show

TABLES = {"orders": orders()}
ENDPOINTS = {"/orders": {"table": "orders", "paging": {"type": "link", "default_size": 3}}}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@contextlib.contextmanager
def api_with(auth: Any) -> Iterator[HttpApi]:
    with running_api(http_spec(auth=auth, endpoints=ENDPOINTS), TABLES) as api:
        yield api


def status(api: HttpApi, query: str = "", **headers: str) -> int:
    return ask(
        api, f"/orders{query}", headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).status


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_without_authentication_everybody_reads() -> None:
    with api_with("none") as api:
        assert status(api) == 200
        assert set(api.environment) == {"SHOP_URL"}


def test_a_key_in_a_header_of_any_name_with_a_prefix() -> None:
    with api_with({"type": "api_key", "name": "Authorization", "prefix": "Token "}) as api:
        key = api.environment["SHOP_API_KEY"]
        assert [status(api, Authorization=text) for text in (f"Token {key}", key, "Token x")] == [200, 401, 401]


def test_a_key_in_the_address_is_in_no_link() -> None:
    with api_with({"type": "api_key", "in": "query", "name": "api_key"}) as api:
        key = api.environment["SHOP_API_KEY"]
        reply = ask(api, f"/orders?api_key={key}")
        assert reply.status == 200
        assert key not in reply.headers["Link"]
        assert "Parameter api_key is missing or wrong" in ask(api, "/orders?api_key=x").json["error"]


def test_bearer() -> None:
    with api_with("bearer") as api:
        token = api.environment["SHOP_TOKEN"]
        assert [status(api, Authorization=text) for text in (f"Bearer {token}", f"bearer {token}", token)] == [
            200,
            200,
            401,
        ]
        assert ask(api, "/orders").headers["WWW-Authenticate"] == "Bearer"


def test_basic() -> None:
    with api_with("basic") as api:
        user, password = api.environment["SHOP_USER"], api.environment["SHOP_PASSWORD"]
        given = [basic(user, password), basic(user, "x"), basic("x", password), "Basic !", "Basic " + "ü", "Basic"]
        assert [status(api, Authorization=quote(text, safe=" =!")) for text in given] == [200, 401, 401, 401, 401, 401]


def credentials(api: HttpApi, **changes: str) -> dict[str, str]:
    given = {name.removeprefix("SHOP_").lower(): value for name, value in api.environment.items() if name != "SHOP_URL"}
    grant = "refresh_token" if "refresh_token" in given else "client_credentials"
    return {"grant_type": grant, **given, **changes}


def token_reply(api: HttpApi, values: dict[str, str], **headers: str) -> Any:
    return ask(api, "/oauth/token", method="POST", body=urlencode(values).encode(), headers={**FORM, **headers})


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token"])
def test_oauth_gives_tokens_for_the_right_credentials(grant: str) -> None:
    with api_with({"type": "oauth2", "grant": grant}) as api:
        reply = token_reply(api, credentials(api))
        assert reply.json["expires_in"] == 300
        assert status(api, Authorization=f"Bearer {reply.json['access_token']}") == 200
        assert status(api, Authorization=f"Bearer {reply.json['access_token']}x") == 401
        as_json = ask(api, "/oauth/token", method="POST", json_body=credentials(api))
        assert as_json.status == 200
        right = credentials(api)
        header = basic(right.pop("client_id"), right.pop("client_secret"))
        assert token_reply(api, right, Authorization=header).status == 200


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"client_id": "x"}, 401, "invalid_client"),
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_oauth_refuses_as_its_standard_says(changes: dict[str, str], code: int, error: str) -> None:
    with api_with({"type": "oauth2", "grant": "refresh_token"}) as api:
        reply = token_reply(api, credentials(api, **changes))
        assert (reply.status, reply.json["error"]) == (code, error)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [time.monotonic()]
    monkeypatch.setattr("sources.systems.http.authentication.time.monotonic", lambda: now[0])
    return now


def _session_token(api: HttpApi) -> str:
    login = {"username": api.environment["SHOP_USER"], "password": api.environment["SHOP_PASSWORD"]}
    token: str = ask(api, "/login", method="POST", json_body=login).json["session"]["id"]
    return token


GIVEN: dict[str, tuple[dict[str, Any], Callable[[HttpApi], dict[str, str]]]] = {
    "oauth2": (
        {"type": "oauth2", "expires_seconds": 60},
        lambda api: {"Authorization": f"Bearer {token_reply(api, credentials(api)).json['access_token']}"},
    ),
    "session": (
        {"type": "session", "token_field": "session.id", "expires_seconds": 60},
        lambda api: {"X_Session_Token": _session_token(api)},
    ),
}


@pytest.mark.parametrize("kind", GIVEN)
def test_tokens_expire(kind: str, clock: list[float]) -> None:
    auth, headers = GIVEN[kind]
    with api_with(auth) as api:
        given = headers(api)
        clock[0] += 59
        assert status(api, **given) == 200
        clock[0] += 2
        assert status(api, **given) == 401
        assert status(api, **headers(api)) == 200


@pytest.mark.parametrize("kind", GIVEN)
def test_tokens_of_a_day_are_void_on_the_next(kind: str) -> None:
    auth, headers = GIVEN[kind]
    with api_with(auth) as api:
        given, environment = headers(api), api.environment
        show(api, [TABLES, TABLES])
        assert status(api, **given) == 401
        assert api.environment == environment
        assert status(api, **headers(api)) == 200


def test_a_wrong_login_gets_no_session() -> None:
    with api_with({"type": "session", "in": "query", "name": "sid"}) as api:
        wrong = ask(api, "/login", method="POST", json_body={"username": "reader", "password": "x"})
        assert wrong.status == 401
        login = {"username": api.environment["SHOP_USER"], "password": api.environment["SHOP_PASSWORD"]}
        token = ask(api, "/login", method="POST", json_body=login).json["token"]
        assert [status(api, f"?sid={token}"), status(api, "?sid=x"), status(api)] == [200, 401, 401]


def jwt(secret: str, header: Any = None, **payload: Any) -> str:
    def encoded(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    head = encoded(json.dumps({"alg": "HS256"} if header is None else header).encode())
    text = f"{head}.{encoded(json.dumps(payload).encode())}"
    return f"{text}.{encoded(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def test_jwt() -> None:
    with api_with({"type": "jwt", "longest_seconds": 60}) as api:
        secret, now = api.environment["SHOP_SECRET"], time.time()
        right = [jwt(secret, exp=now + 50), jwt(secret, exp=int(now) + 50, nbf=int(now))]
        wrong = [
            jwt("x", exp=now + 50),
            jwt(secret, exp=now - 1),
            jwt(secret, exp=now + 500),
            jwt(secret, exp=now + 50, nbf=now + 40),
            jwt(secret, {"alg": "none"}, exp=now + 50),
            jwt(secret, "HS256", exp=now + 50),
            jwt(secret, exp="soon"),
            jwt(secret),
            "a.b.c",
            "",
        ]
        assert [status(api, Authorization=f"Bearer {token}") for token in right] == [200, 200]
        assert [status(api, Authorization=f"Bearer {token}") for token in wrong] == [401] * len(wrong)
