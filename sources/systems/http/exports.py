"""Asynchronous exports: a job is made, its state asked for, its files downloaded."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from benchmark.http_system import Export
from sources.systems.http.bodies import CONTENT_TYPES, compressed, written
from sources.systems.http.messages import Answer, ProblemError, Request, json_answer
from sources.systems.http.parameters import Parameters
from sources.systems.http.records import Records

MAX_JOBS = 100
"""Of one export and day that are not deleted."""


@dataclass
class _Job:
    parameters: Parameters
    is_failing: bool
    n_polls: int = 0


class Exports:
    """The jobs of one export on one day. Threads may share it.

    Args:
        spec: What jobs export.
        path: Where they are made.
        base_url: Address of the API.
        records: The rows.
    """

    def __init__(self, spec: Export, path: str, base_url: str, records: Records) -> None:
        self._spec = spec
        self._path = path
        self._base_url = base_url
        self._records = records
        self._jobs: dict[str, _Job] = {}
        self._n_made = 0
        self._lock = threading.Lock()

    def create(self, request: Request) -> Answer:
        """Make a job.

        Raises:
            ProblemError: A parameter is not valid, or there are too many jobs.
        """
        parameters = self._chosen(Parameters.of_body(request))
        self._rows(parameters)
        with self._lock:
            if len(self._jobs) >= MAX_JOBS:
                message = f"There are {MAX_JOBS} jobs. Delete one."
                raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, message, {"Retry-After": "1"})
            self._n_made += 1
            number = str(self._n_made)
            self._jobs[number] = _Job(parameters, self._n_made <= self._spec.n_failures)
        return json_answer({"id": number, "status": "running"}, HTTPStatus.ACCEPTED)

    def state(self, number: str) -> Answer:
        """What a job does; the last poll tells its files.

        Raises:
            ProblemError: There is no such job.
        """
        with self._lock:
            job = self._job(number)
            is_running = job.n_polls < self._spec.n_polls
            job.n_polls += 1
        if is_running:
            return json_answer({"id": number, "status": "running"})
        if job.is_failing:
            return json_answer({"id": number, "status": "failed", "error": "The export failed. Make another job."})
        n_files = len(self._files(self._rows(job.parameters)))
        urls = [f"{self._base_url}{self._path}/{number}/files/{file}" for file in range(1, n_files + 1)]
        return json_answer({"id": number, "status": "completed", "urls": urls})

    def download(self, number: str, file: str) -> Answer:
        """A file of a job that is completed.

        Raises:
            ProblemError: There is no such file.
        """
        with self._lock:
            job = self._job(number)
        files = self._files(self._rows(job.parameters))
        place = int(file) if file.isascii() and file.isdigit() and len(file) < 10 else 0
        if job.is_failing or job.n_polls <= self._spec.n_polls or not 1 <= place <= len(files):
            raise ProblemError(HTTPStatus.NOT_FOUND, f"Job {number} has no file {file}.")
        content = written(self._spec.format, self._records.names, self._records.columns(files[place - 1]))
        if self._spec.is_gzip:
            return Answer(HTTPStatus.OK, compressed(content), "application/gzip")
        return Answer(HTTPStatus.OK, content, CONTENT_TYPES[self._spec.format])

    def delete(self, number: str) -> Answer:
        """Forget a job.

        Raises:
            ProblemError: There is no such job.
        """
        with self._lock:
            self._job(number)
            del self._jobs[number]
        return Answer(HTTPStatus.NO_CONTENT, b"")

    def _job(self, number: str) -> _Job:
        if number not in self._jobs:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"There is no job {number}.")
        return self._jobs[number]

    def _chosen(self, parameters: Parameters) -> Parameters:
        """Only what chooses rows."""
        since = self._spec.since
        names = [since.parameter, *([since.until_parameter] if since.until_parameter else [])] if since else []
        return Parameters({name: parameters.text(name) for name in (*names, *self._spec.filters)})

    def _rows(self, parameters: Parameters) -> Sequence[int]:
        asked = {name: text for name in self._spec.filters if (text := parameters.text(name)) is not None}
        return self._records.find(asked, parameters)

    def _files(self, rows: Sequence[int]) -> list[Sequence[int]]:
        size = self._spec.rows_per_file or max(len(rows), 1)
        return [rows[first : first + size] for first in range(0, max(len(rows), 1), size)]
