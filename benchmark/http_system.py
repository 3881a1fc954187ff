"""An HTTP API as a source system: `type: http` in `world.yaml`."""

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from benchmark.http_auth import ApiKeyAuth, Auth, OAuth2Auth, RoutePath, SessionAuth
from benchmark.http_paging import NEEDS_BODY, FieldPath, NoPaging, Paging
from benchmark.http_records import TableView, TimeFormat
from benchmark.system_parts import SourceSystem, SystemPart

RecordFormat = Literal["json", "jsonl", "csv", "xml"]
_PARAMETER = re.compile(r"{([A-Za-z_][A-Za-z0-9_]*)}")


def path_parameters(path: str) -> tuple[str, ...]:
    """Names in braces, in their order."""
    return tuple(_PARAMETER.findall(path))


def _fields(paging: Paging) -> list[str]:
    """Paths of the fields that a paging puts into an answer."""
    return [value for name, value in paging if name.endswith("_field") and value is not None]


def _clash(paths: list[str]) -> str | None:
    """A path that another one leads to or through; None: each has its place."""
    for number, path in enumerate(paths):
        for other in paths[:number] + paths[number + 1 :]:
            if path and (other == path or other.startswith(f"{path}.")):
                return path
    return None


class Endpoint(TableView):
    """One list of records. A parameter of its path is a column: `/orders/{order_id}/lines` is the lines of an order."""

    method: Literal["GET", "POST"] = "GET"
    """POST takes all parameters from a JSON body, at the path that is their name, or from a form."""
    format: RecordFormat = "json"
    records: FieldPath | Literal[""] = "data"
    """Where the list stands in a JSON answer: `data`, `a.items`, `1` for `[meta, rows]`; empty: it is the answer."""
    constant_fields: dict[FieldPath, Any] = Field(default_factory=dict)
    """Other fields of a JSON answer, for example `{status: ok}`."""
    paging: Paging = NoPaging()
    is_single: bool = Field(default=False, alias="single")
    """True: the one row that the path tells, at `records`; without it the answer is 404."""
    has_etag: bool = Field(default=False, alias="etag")
    """True: answers have an ETag, and `If-None-Match` with it gets 304."""

    @model_validator(mode="before")
    @classmethod
    def _a_single_record_has_no_envelope(cls, value: Any) -> Any:
        is_single = isinstance(value, dict) and (value.get("single") or value.get("is_single"))
        return {"records": "", **value} if is_single else value

    @model_validator(mode="after")
    def _parts_fit(self) -> "Endpoint":
        paging = self.paging.type
        if self.format != "json" and (paging in NEEDS_BODY or self.constant_fields or self.is_single):
            raise ValueError(f"paging {', '.join(NEEDS_BODY)}, constant_fields and single need format json")
        if self.format == "json" and not self.records and (paging in NEEDS_BODY or self.constant_fields):
            raise ValueError("there is no place for further fields beside a list: records must name where it stands")
        if self.format == "json" and (clash := _clash([self.records, *self.constant_fields, *_fields(self.paging)])):
            raise ValueError(f"two things cannot stand at '{clash}' of an answer")
        if self.method == "POST" and paging in ("link", "next_url"):
            raise ValueError(f"paging {paging} names an address, which method POST does not read")
        if self.is_single and (paging != "none" or self.since or self.method == "POST"):
            raise ValueError("single takes neither paging nor since nor method POST")
        return self


class Export(TableView):
    """An asynchronous export: POST makes a job, GET `<path>/<id>` tells its state, GET of its file downloads it."""

    format: RecordFormat = "csv"
    is_gzip: bool = Field(default=False, alias="gzip")
    """True: files are compressed."""
    n_polls: int = Field(default=1, ge=0, alias="polls")
    """How often the state of a job is `running` before it is `completed`."""
    n_failures: int = Field(default=0, ge=0, alias="failures")
    """How many of a day's jobs end as `failed` before one is completed."""
    rows_per_file: int | None = Field(default=None, ge=1)
    """A job has a file for each so many rows; None: one file."""


class GraphQl(SystemPart):
    """A GraphQL endpoint whose fields are connections: `orders(first: 5, after: "…") {nodes { … } pageInfo { … } }`."""

    path: RoutePath = "/graphql"
    fields: dict[str, TableView]
    """Name of the field -> rows; `since` and `filters` are its arguments."""
    default_size: int = Field(default=50, ge=1)
    max_size: int = Field(default=100, ge=1)


class RateLimit(SystemPart):
    """How many requests are answered; beyond it 429, with the seconds to wait in `Retry-After`."""

    burst: int = Field(default=30, ge=1)
    """Requests that may come at once."""
    per_second: float = Field(default=15.0, gt=0)
    """How fast the allowance fills again."""
    has_headers: bool = Field(default=False, alias="headers")
    """True: answers have `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds since 1970)."""


class HttpSystem(SourceSystem):
    """An HTTP API.

    Readers get `<NAME>_URL` and what the type of `auth` says.
    """

    type: Literal["http"] = "http"
    auth: Auth = ApiKeyAuth()
    endpoints: dict[RoutePath, Endpoint] = Field(default_factory=dict)
    """Path -> what it lists."""
    exports: dict[RoutePath, Export] = Field(default_factory=dict)
    """Path -> what its jobs export."""
    graphql: GraphQl | None = None
    rate_limit: RateLimit = RateLimit()
    time_format: TimeFormat = "seconds"
    documentation: str = ""
    """Plain text, served without a key at `/docs`; empty: it is made from this spec."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that something shows, once."""
        fields = self.graphql.fields if self.graphql else {}
        views = [*self.endpoints.values(), *self.exports.values(), *fields.values()]
        return tuple(dict.fromkeys(view.table for view in views))

    @field_validator("endpoints", "exports")
    @classmethod
    def _paths_differ(cls, paths: dict[str, Any]) -> dict[str, Any]:
        shapes: dict[str, str] = {}
        for path in paths:
            shape = _PARAMETER.sub("{}", path)
            if "{" in shape.replace("{}", "") or "}" in shape.replace("{}", ""):
                raise ValueError(f"'{path}': a parameter of a path is a column's name in braces")
            if shape in shapes:
                raise ValueError(f"'{path}' and '{shapes[shape]}' are the same path")
            shapes[shape] = path
        return paths

    @model_validator(mode="after")
    def _every_path_is_one_thing(self) -> "HttpSystem":
        if not (self.endpoints or self.exports or self.graphql):
            raise ValueError("there is nothing to read: give endpoints, exports or graphql")
        named = [("/docs", "the documentation"), *((path, "an endpoint") for path in self.endpoints)]
        named += [(path, "an export") for path in self.exports]
        named += [(self.graphql.path, "graphql")] if self.graphql else []
        named += [(self.auth.token_path, "the token path")] if isinstance(self.auth, OAuth2Auth) else []
        named += [(self.auth.login_path, "the login path")] if isinstance(self.auth, SessionAuth) else []
        seen: dict[str, str] = {}
        for path, what in named:
            if path in seen:
                raise ValueError(f"path '{path}' is {seen[path]} and {what}")
            seen[path] = what
        if wrong := [path for path in self.exports if path_parameters(path)]:
            raise ValueError(f"the path of an export has no parameters: {', '.join(wrong)}")
        return self
