"""Backends by name, what they say where they do not work, and what containers may write."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmark.errors import LockgateError, UnknownNameError
from orchestration.cli import app
from runtime.interface import RuntimeFaultError
from runtime.sandbox import bubblewrap, docker
from runtime.sandbox.interface import SandboxSpec
from runtime.sandbox.registry import BACKENDS, choose_backend, open_sandbox
from runtime.sandbox.visible_files import HOME, WORKSPACE


def test_an_unknown_backend_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="bubblewrap, docker, none"):
        open_sandbox("jail", SandboxSpec(tmp_path))


def test_an_unknown_agent_never_falls_back_to_no_walls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no bwrap there
    bubblewrap.find_problem.cache_clear()
    try:
        with pytest.raises(LockgateError, match="apt-get install bubblewrap"):
            choose_backend(None, is_trusted=False)
        assert choose_backend(None, is_trusted=True) == "none"
    finally:
        bubblewrap.find_problem.cache_clear()


def test_doctor_says_how_to_enable_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for find in (bubblewrap.find_problem, docker.find_problem):
        find.cache_clear()
    try:
        result = CliRunner().invoke(app, ["doctor", "--json"])
    finally:
        for find in (bubblewrap.find_problem, docker.find_problem):
            find.cache_clear()
    found = {finding["backend"]: finding for finding in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert list(found) == [*BACKENDS, "mysql"]
    assert "apt-get install bubblewrap" in found["bubblewrap"]["advice"]
    assert found["none"]["works"] is True


def options_of(line: list[str], option: str) -> list[str]:
    return [value for name, value in pairwise(line) if name == option]


def test_a_container_can_write_only_what_it_is_given_to_write(tmp_path: Path) -> None:
    """What a container can do with its other options is tried in `escapes`, where there is a daemon."""
    mounts = [(WORKSPACE, tmp_path, True), ("/sources/x", tmp_path / "x", False)]
    line = docker.container_command("name", "none", mounts, 10**9, 7)
    bound = [dict(part.partition("=")[::2] for part in text.split(",")) for text in options_of(line, "--mount")]
    assert {mount["target"] for mount in bound if "readonly" not in mount} == {WORKSPACE}
    assert {mount["target"]: mount["source"] for mount in bound}["/sources/x"] == str(tmp_path / "x")
    assert [text.partition(":")[0] for text in options_of(line, "--tmpfs")] == [HOME]
    with_home = docker.container_command("name", "none", [(HOME, tmp_path, True)], 10**9, 7)
    assert options_of(with_home, "--tmpfs") == []


@pytest.mark.skipif(docker.find_problem() is None, reason="Docker works here")
def test_docker_without_a_daemon_or_image_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFaultError, match=r"install Docker|daemon does not answer|docker build"):
        open_sandbox("docker", SandboxSpec(tmp_path)).__enter__()


@pytest.mark.skipif(bubblewrap.find_problem() is not None, reason="bubblewrap does not work here")
@pytest.mark.parametrize(
    "left",
    [
        "rm -rf /tmp/held; ln -s /oldrootVICTIM /tmp/held",
        "mkdir -p /tmp/other; mv /tmp/held /tmp/other/; ln -s VICTIM /tmp/held",
        "rmdir /tmp/held/drop; ln -s /oldrootVICTIM /tmp/held/drop",
        "rm -rf /tmp/held; echo x > /tmp/held",
        "rmdir /tmp/held/drop; mkfifo /tmp/held/drop",
        "chmod 0 /tmp/held",
    ],
)
def test_nothing_that_a_command_left_leads_a_mount_elsewhere(tmp_path: Path, left: str) -> None:
    """A drop folder or the Python environment may stand below /tmp, which stays from one command to the next."""
    for name in ("workspace", "drop", "victim"):
        (tmp_path / name).mkdir()
    (tmp_path / "drop" / "a.csv").write_text("a\n")
    spec = SandboxSpec(tmp_path / "workspace", readable={"/tmp/held/drop": tmp_path / "drop"})
    with open_sandbox("bubblewrap", spec) as sandbox:
        assert sandbox.exec(["sh", "-c", left.replace("VICTIM", str(tmp_path / "victim"))]).limit is None
        assert sandbox.exec(["cat", "/tmp/held/drop/a.csv"]).stdout == b"a\n"
    assert not list((tmp_path / "victim").iterdir())
