"""What the inside sees of this machine: our library without answers, made-up users, and an environment of its own."""

from __future__ import annotations

import itertools
import os
import subprocess
from pathlib import Path

import pytest

from benchmark.paths import REPOSITORY_DIR
from runtime.sandbox.docker import container_command
from runtime.sandbox.visible_files import LIBRARY, inside_environment, library_parts, made_up_files, system_arguments


def test_the_library_inside_holds_what_jobs_need_and_no_answers() -> None:
    parts = library_parts()
    assert all(path.exists() for path in parts.values())
    seen = {path for part in parts.values() for path in (part, *(part.rglob("*.py") if part.is_dir() else ()))}
    names = {str(path.relative_to(REPOSITORY_DIR)) for path in seen}
    assert {"runtime/jobs/build.py", "sources/loader/load.py", "benchmark/duckdb_sql.py"} <= names
    ours = ("evaluators", "agents", "authoring", "orchestration", "dbt_projects", "tests")
    secret = (*ours, "sources/flights", "sources/worlds")
    assert not [name for name in names if name.startswith(secret)]


def test_our_library_imports_inside_without_the_rest() -> None:
    """A job that imported an evaluator would work here and fail behind the walls."""
    script = "import runtime.jobs.build, runtime.jobs.export, runtime.sandbox.probe, sources.loader; print('ok')"
    line = ["bwrap", "--unshare-user", "--unshare-net", "--ro-bind", "/", "/", "--tmpfs", str(REPOSITORY_DIR)]
    prefix = REPOSITORY_DIR / ".venv"
    line += ["--ro-bind", str(prefix), str(prefix)] if prefix.exists() else []
    for inside, outside in library_parts().items():
        line += ["--ro-bind", str(outside), inside.replace(LIBRARY, str(REPOSITORY_DIR))]
    python = str(prefix / "bin" / "python") if prefix.exists() else "python"
    done = subprocess.run(
        [*line, "--chdir", str(REPOSITORY_DIR), "--", python, "-W", "ignore", "-c", script],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "bwrap" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout == "ok\n", done.stderr


def test_files_that_name_users_are_made_up_once_and_readable_for_all(tmp_path: Path) -> None:
    umask = os.umask(0o077)
    try:
        files = made_up_files(tmp_path, 501, 20)
    finally:
        os.umask(umask)
    assert files["/etc/passwd"].read_text() == "agent:x:501:20:agent:/tmp:/bin/sh\n"
    assert files["/etc/group"].read_text() == "agent:x:20:\n"
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o644}
    files["/etc/hosts"].write_text("kept")
    assert made_up_files(tmp_path)["/etc/hosts"].read_text() == "kept"


def test_everything_of_the_system_is_read_only(tmp_path: Path) -> None:
    line = system_arguments(tmp_path)
    assert not {"--bind", "--dev-bind", "--bind-try"} & set(line)
    shown = [line[at + 1] for at, word in enumerate(line) if word == "--ro-bind"]
    assert all(Path(path).exists() for path in shown)
    assert "/" not in shown
    assert "/etc" not in shown
    assert str(Path.home()) not in shown


def test_what_is_given_wins_over_what_any_program_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "secret")
    found = inside_environment({"TZ": "Asia/Tokyo", "OWN": "1"})
    assert (found["TZ"], found["OWN"], found["HOME"], found["PYTHONPATH"]) == ("Asia/Tokyo", "1", "/tmp", LIBRARY)
    assert "LLM_API_KEY" not in found


@pytest.mark.parametrize(("network", "has_name"), [("none", True), ("container:lockgate-network-1", False)])
def test_a_container_is_limited_and_has_no_rights_whatever_its_network(network: str, has_name: bool) -> None:
    line = container_command("n", network, [], 10**9, 100)
    options = dict(itertools.pairwise(line))
    assert ("--hostname" in line) == has_name  # Docker refuses one beside another container's network
    assert options["--network"] == network
    assert options["--cap-drop"] == "ALL"
    assert options["--security-opt"] == "no-new-privileges"
    assert options["--user"] == f"{os.geteuid()}:{os.getegid()}"
    assert options["--memory"] == options["--memory-swap"] == str(2 * 10**9 + 512 * 1024**2)
    assert options["--pids-limit"] == str(2 * 100 + 32)
    assert options["--pull"] == "never"
    assert "--read-only" in line
    assert "--privileged" not in line
    assert line[-5:] == ["lockgate-sandbox", "python", "-s", "-m", "runtime.sandbox.container"]
