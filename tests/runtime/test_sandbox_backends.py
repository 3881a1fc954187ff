"""Backends by name, what they say where they do not work, and the command line of the one without a daemon here."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmark.errors import LockgateError, UnknownNameError
from orchestration.cli import app
from runtime.interface import RuntimeFaultError
from runtime.sandbox import bubblewrap, docker
from runtime.sandbox.interface import SandboxSpec
from runtime.sandbox.registry import BACKENDS, choose_backend, open_sandbox


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
    assert list(found) == list(BACKENDS)
    assert "apt-get install bubblewrap" in found["bubblewrap"]["advice"]
    assert found["none"]["works"] is True


def test_a_container_has_no_network_no_powers_and_limits(tmp_path: Path) -> None:
    """The command line; what it does is tried in `escapes`, where there is a daemon."""
    line = docker.container_command("name", "none", [("/sources/x", tmp_path, False)], 10**9, 7)
    text = " ".join(line)
    for part in (
        "--network none",
        "--read-only",
        "--cap-drop ALL",
        "no-new-privileges",
        "--pids-limit 46",
        f"--memory {2 * 10**9 + 512 * 1024**2}",
        f"source={tmp_path},target=/sources/x,readonly",
    ):
        assert part in text


@pytest.mark.skipif(docker.find_problem() is None, reason="Docker works here")
def test_docker_without_a_daemon_or_image_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFaultError, match=r"install Docker|daemon does not answer|docker build"):
        open_sandbox("docker", SandboxSpec(tmp_path)).__enter__()
