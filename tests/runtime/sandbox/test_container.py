"""The first process of a container, run as process 1 of a namespace: Docker is not needed to try what it does."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from runtime.interface import Limits
from runtime.sandbox.bubblewrap import find_problem
from runtime.sandbox.container import from_json, to_json
from runtime.sandbox.interface import ExecResult, SandboxLimits
from runtime.sandbox.visible_files import inside_environment, system_arguments
from tests.helpers.examples import n_examples

needs_namespaces = pytest.mark.skipif(find_problem() is not None, reason=str(find_problem()))
MEGABYTE = 1024**2


@hypothesis_settings(max_examples=n_examples(50), deadline=None, derandomize=True)
@given(
    result=st.builds(
        ExecResult, st.integers(0, 255), st.binary(), st.binary(), st.integers(0), st.sampled_from([None, "wall"]),
        st.floats(0, 1e6), st.booleans(),
    )
)  # fmt: skip
def test_a_result_passes_through_json_whole(result: ExecResult) -> None:
    assert from_json(json.loads(json.dumps(to_json(result)))) == result


class Container:
    """A container without Docker: our process is the first one of a new process namespace."""

    def __init__(self, folder: Path) -> None:
        for name in ("workspace", "etc"):
            (folder / name).mkdir()
        self.workspace = folder / "workspace"
        line = ["bwrap", "--unshare-user", "--unshare-pid", "--as-pid-1", "--unshare-net", "--unshare-ipc"]
        line += [
            "--cap-drop",
            "ALL",
            "--clearenv",
            "--die-with-parent",
            "--size",
            str(512 * MEGABYTE),
            "--tmpfs",
            "/tmp",
        ]
        line += [*system_arguments(folder / "etc"), "--proc", "/proc", "--dev", "/dev"]
        line += ["--bind", str(self.workspace), "/workspace", "--chdir", "/lockgate"]
        for name, value in inside_environment({}).items():
            line += ["--setenv", name, value]
        self.line = [*line, "--", sys.executable, "-s", "-m", "runtime.sandbox.container"]

    def start(self, request: dict[str, Any]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self.line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        return process

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self.start(request)
        assert process.stdout is not None
        assert process.stderr is not None
        answer = process.stdout.read()
        said = process.stderr.read().decode()
        process.communicate()
        assert answer.count(b"\n") == 1, said
        found: dict[str, Any] = json.loads(answer)
        return found

    def command(self, script: str, limits: SandboxLimits | None = None, stdin: bytes = b"") -> ExecResult:
        return from_json(self.ask(command_request(script, limits or SandboxLimits(), stdin)))


def command_request(script: str, limits: SandboxLimits, stdin: bytes = b"") -> dict[str, Any]:
    return {
        "command": ["sh", "-c", script],
        "stdin": base64.b64encode(stdin).decode(),
        "wall_seconds": limits.wall_seconds,
        "limits": asdict(limits),
        "environment": inside_environment({"GIVEN": "1"}),
        "directory": "/workspace",
    }


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


@needs_namespaces
def test_a_command_has_its_input_its_folder_and_the_environment_that_it_is_given(container: Container) -> None:
    result = container.command("cat; echo $GIVEN; pwd; echo kept > file; exit 3", stdin=b"\0\xff")
    assert (result.exit_code, result.stdout) == (3, b"\0\xff1\n/workspace\n")
    assert (container.workspace / "file").read_text() == "kept\n"


ATTACKS = {
    "killing it": ("kill -9 1; kill -TERM 1; kill -INT 1; echo alive", (0, None, b"alive\n")),
    "forging its answer": ("echo forged > /proc/1/fd/1; echo '{}' >&2; echo alive", (0, None, b"alive\n")),
    "reading its memory": ("cat /proc/1/environ /proc/1/mem 2>/dev/null; echo alive", (0, None, b"alive\n")),
    "running for ever": ("sleep 60", (137, "wall", b"")),
    "one process with too much memory": (
        f"exec {sys.executable} -S -c 'import time; x = bytearray(300_000_000); time.sleep(30)'",
        (137, "memory", b""),
    ),
    "killing everybody": ("kill -9 -1; kill -9 $$", (137, None, b"")),
}


@needs_namespaces
@pytest.mark.parametrize("how", ATTACKS)
def test_the_first_process_tells_how_a_hostile_command_ended(container: Container, how: str) -> None:
    script, expected = ATTACKS[how]
    result = container.command(script, SandboxLimits(wall_seconds=3, memory_bytes=150 * MEGABYTE))
    assert (result.exit_code, result.limit, result.stdout) == expected


@needs_namespaces
def test_a_caller_that_leaves_ends_everything_inside(container: Container) -> None:
    process = container.start(command_request("setsid sleep 300 & sleep 300", SandboxLimits()))
    deadline = time.monotonic() + 20
    family: list[psutil.Process] = []
    while time.monotonic() < deadline and len([one for one in family if one.name() == "sleep"]) < 2:
        time.sleep(0.05)
        family = psutil.Process(process.pid).children(recursive=True)
    assert process.stdin is not None
    process.stdin.close()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert process.wait(10) != 0
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def job(entry: str, arguments: dict[str, Any], **limits: Any) -> dict[str, Any]:
    return {
        "entry": entry,
        "arguments": arguments,
        "directory": "/workspace",
        "environment": {"A": "1"},
        "limits": asdict(Limits(**limits)),
        "ports": [],
        "mounts": [["/workspace", "/workspace", True]],
    }


@needs_namespaces
def test_a_job_writes_to_its_workspace_and_finds_none_of_our_descriptors(container: Container) -> None:
    reply = container.ask(job("runtime.sandbox.probe:run", {}))
    assert reply["status"] == "ok", reply
    assert all(one.startswith(("pipe:", "/dev/null", "/proc/")) for one in reply["value"]["descriptors"])
    arguments = {"warehouse": "none", "output": "made", "relations": ["a.b"]}
    reply = container.ask(job("runtime.jobs.export:run", arguments))
    assert reply["value"] == {"unreadable": {}}
    assert (container.workspace / "made").is_dir()


@needs_namespaces
@pytest.mark.parametrize(
    ("entry", "arguments", "limits", "status", "message"),
    [
        ("runtime.sandbox.probe:none", {}, {}, "failed", "AttributeError"),
        ("runtime.sandbox.probe:run", {}, {"wall_seconds": 0.001}, "timeout", "ran longer than its limit"),
        ("runtime.sandbox.probe:run", {}, {"processes": 0}, "killed", "more than its limit of 0 processes"),
    ],
)  # fmt: skip
def test_how_a_job_ended_is_its_answer(
    container: Container, entry: str, arguments: dict[str, Any], limits: dict[str, Any], status: str, message: str
) -> None:
    reply = container.ask(job(entry, arguments, **limits))
    assert reply["status"] == status, reply
    assert message in reply["message"]
    assert reply["wall_seconds"] > 0
    assert isinstance(reply["log"], str)
