"""No job can read what another one wrote: every place that a job finds by itself, for every pair of jobs.

The jobs are the requests of a real pipeline, with `runtime.sandbox.probe` as what runs in them. So they have the
mounts and names that product code gives to loads, builds and exports.
"""

import ctypes
import json
import os
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_world
from evaluators.pipeline.runner import PipelineChain, PipelineState
from evaluators.scenarios import days
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult
from runtime.sandbox import probe
from runtime.sandbox.interface import SandboxSpec
from runtime.sandbox.registry import open_runtime, open_sandbox
from tests.helpers.escapes import needs_bubblewrap

pytestmark = [pytest.mark.slow, needs_bubblewrap]

ROOMS = ("load", "build", "export")
GIVEN = ("/workspace", "/output")
"""Folders that the caller gives to a job, and may hand on to another one."""
OWN = ("/tmp", "/dev/shm", "/dev/pts")
"""Folders that are made for one job."""
STAY_SECONDS = 4.0


class Recorder:
    """A runtime that notes requests and answers nothing."""

    network_pid: int | None = None
    has_walls = True

    def __init__(self) -> None:
        self.requests: dict[str, ChildRequest] = {}

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        name = request.entry.partition(":")[0].rpartition(".")[2]
        self.requests[name] = request
        return ChildResult("failed", None, "not run", 0.0)


class Jobs:
    """Runs the probe as jobs of two trials."""

    def __init__(self, servers: ForkRuntime, requests: dict[str, ChildRequest], folder: Path) -> None:
        self.servers, self.requests, self.folder = servers, requests, folder

    def run(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """In a trial of its own."""
        if name == "command":
            workspace = self.folder / uuid4().hex
            workspace.mkdir()
            with open_sandbox("bubblewrap", SandboxSpec(workspace)) as sandbox:
                result = sandbox.exec([sys.executable, "-m", "runtime.sandbox.probe", json.dumps(arguments)])
            assert result.exit_code == 0, result.stderr
            answer: dict[str, Any] = json.loads(result.stdout)
            return answer
        with open_runtime("bubblewrap", self.servers) as rooms:
            return room(rooms, self.requests[name], arguments, self.folder)


def room(rooms: Any, request: ChildRequest, arguments: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A room as the request asks for it, in folders of its own."""
    writable, readable = ({inside: folder / uuid4().hex for inside in m} for m in (request.writable, request.readable))
    for path in (*writable.values(), *readable.values()):
        path.mkdir()
    changed = replace(
        request,
        entry="runtime.sandbox.probe:run",
        arguments=arguments,
        directory=next(iter(writable.values())),
        writable=writable,
        readable=readable,
        ports=(),
        log_path=folder / f"{uuid4().hex}.log",
    )
    result = rooms.run(changed)
    assert result.status == "ok", (result.message, changed.log_path.read_text())
    answer: dict[str, Any] = result.value
    return answer


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    home = tmp_path_factory.mktemp("apart")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_HOME", str(home))
        servers = ForkRuntime()
        servers.warm("rooms")
    folder = home / "work" / "jobs"
    folder.mkdir(parents=True)
    yield Jobs(servers, pipeline_requests(folder), folder)
    servers.close()


def pipeline_requests(folder: Path) -> dict[str, ChildRequest]:
    """What a pipeline asks of its runtime, by the name of the job."""
    project = folder / "project"
    for name in ("el", "dbt"):
        (project / name).mkdir(parents=True)
    recorder = Recorder()
    chain = PipelineChain(
        project, get_world("flights"), Dials(7, 2), recorder, folder / "chain", folder / "logs", lambda *_: None
    )
    with chain.started():
        state: PipelineState = chain.state(days(1))
        chain.export(state, ["marts.orders"], folder / "output")
    assert set(recorder.requests) == set(ROOMS)
    return recorder.requests


@pytest.mark.parametrize(("first", "second"), product(("command", *ROOMS), repeat=2))
def test_one_job_after_another_finds_nothing(jobs: Jobs, first: str, second: str) -> None:
    word = uuid4().hex
    left = jobs.run(first, {"leave": word})
    found = jobs.run(second, {"find": word})
    assert any(place.startswith("file in /workspace") for place in left["left"]), "the attempt does not bite"
    assert found["found"] == []
    assert unexpected(left["left"]) == []


@pytest.mark.parametrize(("first", "second"), product(("command", *ROOMS), repeat=2))
def test_jobs_side_by_side_find_nothing(jobs: Jobs, first: str, second: str) -> None:
    word = uuid4().hex
    with ThreadPoolExecutor(1) as pool:
        leaving = pool.submit(jobs.run, first, {"leave": word, "stay": STAY_SECONDS})
        others = []
        while not leaving.done():
            others.append(jobs.run(second, {"find": word}))
        left = leaving.result()
    beside = [other for other in others if other["from"] < left["to"] and left["from"] < other["to"]]
    assert beside, "they were never there at once"
    for other in beside:
        assert other["found"] == []
        shared = {name for name, namespace in left["namespaces"].items() if other["namespaces"][name] == namespace}
        assert shared <= {"time", "time_for_children"}  # nobody inside can set a clock


@pytest.mark.parametrize(("first", "second"), [("load", "build"), ("build", "export"), ("load", "load")])
def test_jobs_of_one_trial_share_the_folder_that_is_handed_on_and_nothing_else(
    jobs: Jobs, first: str, second: str
) -> None:
    word = uuid4().hex
    with open_runtime("bubblewrap", jobs.servers) as rooms:
        left = room(rooms, jobs.requests[first], {"leave": word}, jobs.folder)
        found = room(rooms, jobs.requests[second], {"find": word}, jobs.folder)
    assert found["found"] == []
    assert unexpected(left["left"]) == []


@pytest.mark.parametrize("name", ["command", *ROOMS])
def test_a_job_has_nothing_that_it_shares(jobs: Jobs, name: str) -> None:
    answer = jobs.run(name, {})
    assert answer["shared_mappings"] == []
    assert all(place.startswith(("pipe:", "/dev/null", "/proc/", "/dev/pts")) for place in answer["descriptors"])
    for line in answer["mounts"]:
        place, options = line.split()[4], line.split()[5].split(",")
        is_own = place in (*OWN, *GIVEN) or place.startswith("/tmp/")
        assert "ro" in options or is_own, line


@pytest.mark.parametrize("name", ROOMS)
def test_a_job_is_not_told_which_run_it_is(jobs: Jobs, name: str) -> None:
    """The list of mounts shows a job the names of the folders that its workspace and drop folders come from."""
    request = jobs.requests[name]
    for path in request.writable.values():
        told = str(path.relative_to(jobs.folder)).lower().replace("chain", "").replace("output", "")
        for word in ("visible", "holdout", "seed", "run", "day", "late", "flights", "gold"):
            assert word not in told, told


def test_without_walls_objects_of_the_kernel_carry_a_word() -> None:
    """The attempts bite: what `find` asks for is what `leave` made."""
    word = uuid4().hex
    for name, (put, look) in probe.objects(word).items():
        if "key ring" in name or name == "socket of virtual machines":  # a key would stay; a machine may have none
            continue
        put()
        look()
    assert word in os.environ.pop("LOCKGATE_WORD")
    remove_system_v(word)


def unexpected(places: list[str]) -> list[str]:
    """Places where a job could leave a word that are neither its own nor given to it."""
    expected = {
        "lock on a file",
        "memory of the server",
        "environment",
        "abstract socket",
        "TCP port",
        "TCP port, IPv6",
    }
    return [
        place
        for place in places
        if place not in expected
        and not place.startswith(tuple(f"{how} {own}" for how in HOWS for own in (*OWN, *GIVEN)))
    ]


def remove_system_v(word: str) -> None:
    """Remove what `objects` made on the host."""
    libc, key = ctypes.CDLL(None), zlib.crc32(word.encode()) & 0x7FFFFFFF
    libc.shmctl(libc.shmget(key, 0, 0), 0, None)
    libc.semctl(libc.semget(key, 0, 0), 0, 0)
    libc.msgctl(libc.msgget(key, 0), 0, None)
    libc.syscall({"x86_64": 241, "aarch64": 181}[os.uname().machine], word.encode())


HOWS = ("file in", "times of", "attribute of")
