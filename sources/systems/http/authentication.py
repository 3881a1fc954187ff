"""How an HTTP API knows its readers."""

import base64
import binascii
import json
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http import HTTPStatus

from benchmark.http_auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth, JwtAuth, NoAuth, OAuth2Auth, SessionAuth
from sources.systems.http.bodies import envelope
from sources.systems.http.json_tokens import is_valid_jwt
from sources.systems.http.messages import Answer, ProblemError, Request, json_answer
from sources.systems.http.parameters import Parameters
from sources.systems.http.tokens import Signer


class Authenticator(ABC):
    """One way to know readers. What it gives out is signed for a day, and remembered nowhere."""

    environment: Mapping[str, str]
    """End of the variable's name -> value: what readers are told."""
    path: str = ""
    """Where tokens are given out; empty: nowhere."""
    secret_parameter: str = ""
    """Parameter of an address that no link may repeat."""

    @abstractmethod
    def check(self, request: Request, signer: Signer) -> None:
        """Raise a ProblemError where the request is nobody's."""

    def give(self, request: Request, signer: Signer) -> Answer:
        """The answer to a request for a token.

        Raises:
            ProblemError: The credentials are wrong.
        """
        raise ProblemError(HTTPStatus.NOT_FOUND, f"No resource {request.path}.")


def authenticator(auth: Auth) -> Authenticator:
    """The one of a spec, with new credentials."""
    match auth:
        case NoAuth():
            return _Nothing()
        case ApiKeyAuth():
            return _ApiKey(auth)
        case BearerAuth():
            return _Bearer()
        case BasicAuth():
            return _Basic()
        case OAuth2Auth():
            return _OAuth2(auth)
        case SessionAuth():
            return _Session(auth)
        case JwtAuth():
            return _Jwt(auth)


class _Nothing(Authenticator):
    environment: Mapping[str, str] = {}

    def check(self, request: Request, signer: Signer) -> None:
        return


class _ApiKey(Authenticator):
    def __init__(self, auth: ApiKeyAuth) -> None:
        self._auth = auth
        self._key = secrets.token_urlsafe(18)
        self.environment = {"API_KEY": self._key}
        self.secret_parameter = auth.name if auth.place == "query" else ""

    def check(self, request: Request, signer: Signer) -> None:
        where = f"Header {self._auth.name}" if self._auth.place == "header" else f"Parameter {self._auth.name}"
        given = _carried(request, self._auth.place, self._auth.name)
        if given is None or not _is_same(given, self._auth.prefix + self._key):
            raise ProblemError(HTTPStatus.UNAUTHORIZED, f"{where} is missing or wrong. See /docs.")


class _Bearer(Authenticator):
    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(24)
        self.environment = {"TOKEN": self._token}

    def check(self, request: Request, signer: Signer) -> None:
        if not _is_same(_bearer(request), self._token):
            raise _unauthorized("Bearer", "The bearer token is missing or wrong. See /docs.")


class _Basic(Authenticator):
    def __init__(self) -> None:
        self._user, self._password = "reader", secrets.token_urlsafe(12)
        self.environment = {"USER": self._user, "PASSWORD": self._password}

    def check(self, request: Request, signer: Signer) -> None:
        user, password = _basic(request)
        if not (_is_same(user, self._user) and _is_same(password, self._password)):
            raise _unauthorized('Basic realm="api"', "User or password is missing or wrong. See /docs.")


class _OAuth2(Authenticator):
    def __init__(self, auth: OAuth2Auth) -> None:
        self._auth = auth
        self.path = auth.token_path
        self._client = "client-" + secrets.token_hex(4)
        self._secret = secrets.token_urlsafe(24)
        self._refresh_token = secrets.token_urlsafe(24)
        self.environment = {"CLIENT_ID": self._client, "CLIENT_SECRET": self._secret}
        if auth.grant == "refresh_token":
            self.environment["REFRESH_TOKEN"] = self._refresh_token

    def check(self, request: Request, signer: Signer) -> None:
        if not _is_current(signer, "access", _bearer(request)):
            raise _unauthorized("Bearer", f"The access token is missing, wrong or expired. Get one at {self.path}.")

    def give(self, request: Request, signer: Signer) -> Answer:
        parameters = Parameters.of_body(request)
        client, secret = _basic(request)
        client, secret = client or parameters.text("client_id") or "", secret or parameters.text("client_secret") or ""
        if not (_is_same(client, self._client) and _is_same(secret, self._secret)):
            return json_answer({"error": "invalid_client"}, HTTPStatus.UNAUTHORIZED)
        if parameters.text("grant_type") != self._auth.grant:
            problem = {"error": "unsupported_grant_type", "error_description": f"grant_type is {self._auth.grant}"}
            return json_answer(problem, HTTPStatus.BAD_REQUEST)
        is_refresh = self._auth.grant == "refresh_token"
        if is_refresh and not _is_same(parameters.text("refresh_token") or "", self._refresh_token):
            return json_answer({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        token = _token(signer, "access", self._auth.expires_seconds)
        answer = json_answer({"access_token": token, "token_type": "Bearer", "expires_in": self._lifetime})
        return answer.with_headers({"Cache-Control": "no-store"})

    @property
    def _lifetime(self) -> int:
        return int(self._auth.expires_seconds)


class _Session(Authenticator):
    def __init__(self, auth: SessionAuth) -> None:
        self._auth = auth
        self.path = auth.login_path
        self._user, self._password = "reader", secrets.token_urlsafe(12)
        self.environment = {"USER": self._user, "PASSWORD": self._password}
        self.secret_parameter = auth.name if auth.place == "query" else ""

    def check(self, request: Request, signer: Signer) -> None:
        is_bearer = self._auth.place == "header" and self._auth.name.lower() == "authorization"
        given = _bearer(request) if is_bearer else _carried(request, self._auth.place, self._auth.name)
        if not _is_current(signer, "session", given or ""):
            message = f"The session token is missing, wrong or expired. Log in at {self.path}."
            raise ProblemError(HTTPStatus.UNAUTHORIZED, message)

    def give(self, request: Request, signer: Signer) -> Answer:
        parameters = Parameters.of_body(request)
        user, password = parameters.text("username") or "", parameters.text("password") or ""
        if not (_is_same(user, self._user) and _is_same(password, self._password)):
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "username or password is missing or wrong.")
        token = json.dumps(_token(signer, "session", self._auth.expires_seconds))
        lifetime = {"expires_in": int(self._auth.expires_seconds)}
        return Answer(HTTPStatus.OK, envelope(self._auth.token_field, token, lifetime))


class _Jwt(Authenticator):
    def __init__(self, auth: JwtAuth) -> None:
        self._auth = auth
        self._secret = secrets.token_urlsafe(32)
        self.environment = {"SECRET": self._secret}

    def check(self, request: Request, signer: Signer) -> None:
        if not is_valid_jwt(_bearer(request), self._secret, self._auth.longest_seconds):
            raise _unauthorized("Bearer", "The JWT is missing, wrong, expired or valid for too long. See /docs.")


def _carried(request: Request, place: str, name: str) -> str | None:
    """What stands in a header or a parameter of the address."""
    return request.headers.get(name) if place == "header" else Parameters.of_query(request.query).text(name)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def _is_same(given: str, secret: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def _token(signer: Signer, purpose: str, lifetime_seconds: float) -> str:
    return signer.write(purpose, [time.monotonic() + lifetime_seconds, secrets.token_hex(4)])


def _is_current(signer: Signer, purpose: str, token: str) -> bool:
    try:
        expires, _ = signer.read(purpose, token)
    except ValueError:
        return False
    return bool(time.monotonic() < expires)


def _unauthorized(scheme: str, message: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNAUTHORIZED, message, {"WWW-Authenticate": scheme})
