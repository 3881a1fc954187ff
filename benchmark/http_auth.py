"""How an HTTP API knows its readers: `auth` of a source system of type `http`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from benchmark.system_parts import SystemPart, as_type

RoutePath = Annotated[str, Field(pattern=r"^/[^?#\s]*$")]
"""Path of an address, from its first slash; `{name}` stands for a piece of it."""


class NoAuth(SystemPart):
    """Everybody may read."""

    type: Literal["none"] = "none"


class ApiKeyAuth(SystemPart):
    """A key in a header or in the address. Readers get `<NAME>_API_KEY`."""

    type: Literal["api_key"] = "api_key"
    place: Literal["header", "query"] = Field(default="header", alias="in")
    name: str = Field(default="X-API-Key", min_length=1)
    """Of the header or of the parameter."""
    prefix: str = ""
    """Stands before the key, for example `Token `."""


class BearerAuth(SystemPart):
    """`Authorization: Bearer <token>`. Readers get `<NAME>_TOKEN`."""

    type: Literal["bearer"] = "bearer"


class BasicAuth(SystemPart):
    """`Authorization: Basic <user:password>`. Readers get `<NAME>_USER` and `<NAME>_PASSWORD`."""

    type: Literal["basic"] = "basic"


class OAuth2Auth(SystemPart):
    """Access tokens that expire, given out for client credentials or for a refresh token (RFC 6749).

    Readers get `<NAME>_CLIENT_ID` and `<NAME>_CLIENT_SECRET`, and `<NAME>_REFRESH_TOKEN` where the grant asks for one.
    """

    type: Literal["oauth2"] = "oauth2"
    grant: Literal["client_credentials", "refresh_token"] = "client_credentials"
    token_path: RoutePath = "/oauth/token"
    expires_seconds: float = Field(default=300.0, gt=0)
    """How long an access token is taken."""


class SessionAuth(SystemPart):
    """A login with user and password gives a token. Readers get `<NAME>_USER` and `<NAME>_PASSWORD`."""

    type: Literal["session"] = "session"
    login_path: RoutePath = "/login"
    """Takes POST with JSON: `username` and `password`."""
    token_field: str = "token"
    """Where the token stands in the answer to the login; a dot goes one level down."""
    place: Literal["header", "query"] = Field(default="header", alias="in")
    name: str = Field(default="X-Session-Token", min_length=1)
    """Of the header or of the parameter that carries the token; `Authorization` takes `Bearer <token>`."""
    expires_seconds: float = Field(default=3600.0, gt=0)
    """How long a session lasts."""


class JwtAuth(SystemPart):
    """`Authorization: Bearer <JWT>`, signed by the reader with HS256 (RFC 7519). Readers get `<NAME>_SECRET`."""

    type: Literal["jwt"] = "jwt"
    longest_seconds: float = Field(default=1200.0, gt=0)
    """The furthest that `exp` may lie ahead."""


_AnyAuth = Annotated[
    NoAuth | ApiKeyAuth | BearerAuth | BasicAuth | OAuth2Auth | SessionAuth | JwtAuth, Field(discriminator="type")
]
Auth = Annotated[_AnyAuth, BeforeValidator(as_type, json_schema_input_type=str | _AnyAuth)]
"""A word alone is the type, with everything else as usual."""
