"""An HTTP API over generated tables. Loopback only.

`sources.systems.http_server` receives the requests; this module decides what answers them.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from benchmark.http_system import Endpoint, HttpSystem
from sources.contract import GeneratedDay, Incident
from sources.systems.faults import TIMEOUT_SECONDS, HttpFaults
from sources.systems.http.authentication import authenticator
from sources.systems.http.day import ShownDay
from sources.systems.http.deletions import TableOfDay
from sources.systems.http.documentation import documentation
from sources.systems.http.exports import Exports
from sources.systems.http.handler import BodyHandler
from sources.systems.http.listing import list_answer
from sources.systems.http.messages import Answer, ProblemError, Request
from sources.systems.http.paging import Pager
from sources.systems.http.rate_limit import TokenBucket, limit_headers, too_many_requests
from sources.systems.http.routes import Route, RouteAnswer, Routes
from sources.systems.http_server import BoundedHttpServer
from sources.systems.interface import SourceServer, tables_of

if TYPE_CHECKING:
    import pyarrow


class HttpApi(SourceServer):
    """One API on a free port of 127.0.0.1, served from threads of this process.

    Args:
        spec: Endpoints, limits, documentation.
        faults: Which requests fail; None: those beyond the rate limit only.
    """

    def __init__(self, spec: HttpSystem, faults: HttpFaults | None = None) -> None:
        self.spec = spec
        self.faults = faults
        self.bucket = TokenBucket(spec.rate_limit.burst, spec.rate_limit.per_second)
        self._authenticator = authenticator(spec.auth)
        self._documentation = (spec.documentation or documentation(spec)).encode()
        routes = self._all_routes()
        self._routes = Routes(routes)
        self._places = {path: place for place, path in enumerate(dict.fromkeys(route.path for route in routes[1:]))}
        """Path -> place of the endpoint among those that can fail, which are all but the documentation."""
        self._day: ShownDay | None = None
        self._server = BoundedHttpServer(spec.name, self._respond, BodyHandler)

    @property
    def url(self) -> str:
        """Address without a slash at the end; only while started."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What readers are told."""
        prefix = self.spec.name.upper()
        told = {f"{prefix}_{name}": value for name, value in self._authenticator.environment.items()}
        return {f"{prefix}_URL": self.url, **told}

    def start(self) -> None:
        """Listen; answers come from the tables given last."""
        self._server.start()

    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """Serve the tables of the last day, and what was deleted since the first."""
        faults = incident.http_faults(days[-1].dials.seed) if incident.http_faults else None
        tables: dict[str, list[TableOfDay]] = {}
        for day in days:
            for name, table in tables_of(day, self.spec.name).items():
                tables.setdefault(name, []).append(TableOfDay(day.now, table))
        self._replace(tables, faults)

    def end_sessions(self) -> None:
        """Close every connection."""
        self.end_connections()

    def check(self) -> None:
        """Its threads are this process's own: they answer as long as it does."""

    def replace(self, tables: "Mapping[str, pyarrow.Table]", faults: HttpFaults | None = None) -> None:
        """Start over with other data: nothing that earlier requests did counts any more. Address and key stay.

        Args:
            tables: Name -> rows.
            faults: As of the class.
        """
        now = datetime.now(UTC)
        self._replace({name: [TableOfDay(now, table)] for name, table in tables.items()}, faults)

    def end_connections(self) -> None:
        """Close every connection."""
        self._server.end_connections()

    def stop(self) -> None:
        """Close the port and every connection; does nothing when they are closed."""
        self._server.stop()

    def _replace(self, tables: Mapping[str, list[TableOfDay]], faults: HttpFaults | None) -> None:
        self.end_connections()
        self.faults = faults
        self.bucket = TokenBucket(self.spec.rate_limit.burst, self.spec.rate_limit.per_second)
        is_first_page_twice = faults is not None and faults.is_first_page_twice
        self._day = ShownDay(self.spec, tables, self.url, is_first_page_twice=is_first_page_twice)

    def _respond(self, request: Request) -> Answer | None:
        try:
            route, values = self._routes.find(request.method, request.path)
            if not route.is_open:
                self._authenticator.check(request, self._shown.signer)
            if route.path != "/docs":
                if not self.bucket.take():
                    raise too_many_requests(self.bucket.wait_seconds)
                if self._meet_fault(route):
                    time.sleep(TIMEOUT_SECONDS)
                    return None
            answer = route.answer(request, values)
        except ProblemError as error:
            answer = error.answer
        return answer.with_headers(limit_headers(self.spec.rate_limit, self.bucket))

    def _meet_fault(self, route: Route) -> bool:
        """True: there is no answer.

        Raises:
            ProblemError: The fault is an answer.
        """
        if self.faults is None or (route.is_open and self.faults.spares_logins):
            return False
        match self.faults.take(self._places[route.path]):
            case "error":
                raise ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
            case "unavailable":
                message = "The service is busy. Please repeat the request."
                raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, message)
            case "closed":
                message = "The service is closed for maintenance. Please come back later."
                raise ProblemError(HTTPStatus.FORBIDDEN, message)
            case "limit":
                raise too_many_requests(1)
            case "timeout":
                return True
        return False

    @property
    def _shown(self) -> ShownDay:
        assert self._day is not None, "no day is shown"
        return self._day

    def _all_routes(self) -> list[Route]:
        known = self._authenticator
        routes = [Route("/docs", "GET", lambda *_: self._docs(), is_open=True, is_listed=False)]
        routes += [
            Route(path, endpoint.method, self._list(path, endpoint)) for path, endpoint in self.spec.endpoints.items()
        ]
        for path in self.spec.exports:
            routes += self._export_routes(path)
        if self.spec.graphql:
            routes.append(Route(self.spec.graphql.path, "POST", lambda request, _: self._graphql(request)))
        if known.path:
            give = Route(known.path, "POST", lambda request, _: known.give(request, self._shown.signer), is_open=True)
            routes.append(give)
        return routes

    def _docs(self) -> Answer:
        return Answer(HTTPStatus.OK, self._documentation, "text/plain; charset=utf-8")

    def _list(self, path: str, endpoint: Endpoint) -> RouteAnswer:
        def answer(request: Request, values: Mapping[str, str]) -> Answer:
            secret = self._authenticator.secret_parameter
            pager = Pager(endpoint.paging, request.path, self.url, self._shown.signer, secret)
            is_first_page_twice = self.faults is not None and self.faults.is_first_page_twice
            return list_answer(
                endpoint, self._shown.records[path], request, values, pager, is_first_page_twice=is_first_page_twice
            )

        return answer

    def _export_routes(self, path: str) -> list[Route]:
        def exports() -> Exports:
            return self._shown.exports[path]

        return [
            Route(path, "POST", lambda request, _: exports().create(request)),
            Route(f"{path}/{{id}}", "GET", lambda _, values: exports().state(values["id"]), is_listed=False),
            Route(f"{path}/{{id}}/delete", "POST", lambda _, values: exports().delete(values["id"]), is_listed=False),
            Route(f"{path}/{{id}}", "DELETE", lambda _, values: exports().delete(values["id"]), is_listed=False),
            Route(
                f"{path}/{{id}}/files/{{file}}",
                "GET",
                lambda _, values: exports().download(values["id"], values["file"]),
                is_listed=False,
            ),
        ]

    def _graphql(self, request: Request) -> Answer:
        graphql = self._shown.graphql
        assert graphql is not None
        return graphql.answer(request)
