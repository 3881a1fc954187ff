"""A report that is served on loopback while its runs go on, and made again whenever a trial ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from benchmark.errors import LockgateError
from benchmark.run_store import RunStore
from orchestration.reports.html import Links, trial_page
from orchestration.reports.run_report.build import build_report
from orchestration.reports.run_report.model import Report
from orchestration.reports.run_report.page import page_text, trial_path
from orchestration.reports.run_report.read import read_runs
from orchestration.reports.run_report.write import json_text

REFRESH_SECONDS = 10
"""After so long a page of runs that are not done loads itself again."""


class LiveReport:
    """The report of runs as they are now, and its page; made again where a scorecard is new."""

    def __init__(self, run_ids: Sequence[str]) -> None:
        self._run_ids = tuple(run_ids)
        self._seen: list[tuple[str, int]] | None = None
        self._report: Report | None = None
        self._page = ""
        self._lock = threading.RLock()
        """Each request has a thread of its own."""

    def page(self) -> str:
        """The page, which loads itself again as long as the runs go on.

        Raises:
            LockgateError: As `read_runs`.
        """
        with self._lock:
            report = self.now()
            if not self._page:
                is_going_on = any(run.n_missing for run in report.runs)
                self._page = page_text(report, refresh_seconds=REFRESH_SECONDS if is_going_on else None)
            return self._page

    def now(self) -> Report:
        """The report.

        Raises:
            LockgateError: As `read_runs`.
        """
        with self._lock:
            seen = self._scorecards()
            if self._report is None or seen != self._seen:
                self._report, self._seen, self._page = build_report(read_runs(self._run_ids)), seen, ""
            return self._report

    def _scorecards(self) -> list[tuple[str, int]]:
        paths = [
            path for run_id in self._run_ids for path in sorted(RunStore(run_id).folder.glob("trials/*/scorecard.json"))
        ]
        return [(str(path), path.stat().st_mtime_ns) for path in paths]


def make_app(run_ids: Sequence[str]) -> Starlette:
    """The pages: `/`, `/report.json`, and `/trials/RUN/TRIAL.html`."""
    live = LiveReport(run_ids)

    def page(_: Request) -> Response:
        try:
            return HTMLResponse(live.page())
        except LockgateError as error:
            return PlainTextResponse(f"{error}\n", 503, {"Refresh": str(REFRESH_SECONDS)})

    def figures(_: Request) -> Response:
        return Response(json_text(live.now()), media_type="application/json")

    def trial(request: Request) -> Response:
        run_id, trial_id = request.path_params["run"], request.path_params["trial"]
        try:
            if run_id not in run_ids:
                raise LockgateError(f"Run {run_id} is not in this report.")
            store = RunStore(run_id)
            if trial_id not in {plan.trial_id for plan in store.read_plan().trials}:
                raise LockgateError(f"Run {run_id} has no trial {trial_id}.")
            found = store.trial(trial_id)
            return HTMLResponse(trial_page(found, found.read_scorecard(), Links(report="../../report.html")))
        except LockgateError as error:
            return PlainTextResponse(f"{error}\n", 404)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/report.html", lambda _: RedirectResponse("/")),
            Route("/report.json", figures),
            Route("/" + trial_path("{run}/{trial}"), trial),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def serve_report(run_ids: Sequence[str], listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        run_ids: The runs.
        listener: A bound socket of loopback.
    """
    import uvicorn

    config = uvicorn.Config(make_app(run_ids), log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])
