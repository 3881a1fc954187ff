"""One command, watched: its output to the byte, its end by name, and nothing that holds the watcher up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime.processes import descendants
from runtime.sandbox.interface import ExecResult, SandboxLimits
from runtime.sandbox.watched_command import FLOOD, prlimit_command, run_watched
from tests.helpers.examples import n_examples

MEGABYTE = 1024**2


def kill(process: subprocess.Popen[bytes]) -> None:
    for pid in (*descendants(process.pid), process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def watched(command: list[str], limits: SandboxLimits | None = None, **options: Any) -> ExecResult:
    settings: dict[str, Any] = {
        "stdin": b"",
        "wall_seconds": 20.0,
        "environment": {"PATH": os.environ["PATH"]},
        "directory": "/",
        "folders": [],
    } | options
    return run_watched(command, limits=limits or SandboxLimits(), kill=kill, **settings)


def shell(script: str, limits: SandboxLimits | None = None, **options: Any) -> ExecResult:
    return watched(["sh", "-c", script], limits, **options)


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -USR1 $$", 138), ("kill -KILL $$", 137)]
)
def test_how_a_command_ended_is_told_as_a_shell_tells_it(script: str, code: int) -> None:
    result = shell(script)
    assert (result.exit_code, result.limit, result.is_missing) == (code, None, False)


@settings(max_examples=n_examples(12), deadline=None, derandomize=True)
@example(n_out=200_000, n_err=0, limit=65_541)  # a few bytes more than one read
@given(n_out=st.integers(0, 300_000), n_err=st.integers(0, 3_000), limit=st.integers(1_000, 400_000))
def test_output_is_kept_up_to_its_limit_and_the_rest_is_counted(n_out: int, n_err: int, limit: int) -> None:
    script = f"head -c {n_err} /dev/zero | tr '\\0' e >&2; head -c {n_out} /dev/zero | tr '\\0' o"
    result = shell(script, SandboxLimits(output_bytes=limit))
    assert result.stdout == b"o" * min(n_out, limit)
    assert result.stderr == b"e" * min(n_err, limit)
    assert result.n_bytes_dropped == n_out + n_err - len(result.stdout) - len(result.stderr)
    assert (result.exit_code, result.limit) == (0, None)


def test_a_flood_ends_the_command() -> None:
    limits = SandboxLimits(output_bytes=1000)
    result = shell(f"head -c {FLOOD * 1000 // 2} /dev/zero; sleep 0.3; exit 4", limits)
    assert (result.limit, result.exit_code) == (None, 4)
    result = shell("yes", limits)
    assert (result.limit, len(result.stdout)) == ("output", 1000)
    assert result.n_bytes_dropped >= FLOOD * 1000 - 1000


def test_standard_input_arrives_whole_while_output_flows() -> None:
    """Each pipe holds 64 KB: who writes all before reading anything waits for ever."""
    text = os.urandom(3 * MEGABYTE)
    result = watched(["cat"], SandboxLimits(output_bytes=4 * MEGABYTE), stdin=text)
    assert result.stdout == text


@pytest.mark.parametrize("script", ["exit 5", "exec <&-; sleep 0.1; exit 5", "head -c 10; exit 5"])
def test_a_command_may_leave_its_input_unread(script: str) -> None:
    assert shell(script, stdin=b"x" * MEGABYTE).exit_code == 5


def test_without_input_a_command_reads_its_end() -> None:
    assert shell("cat; echo done").stdout == b"done\n"


def test_closed_output_does_not_end_a_command() -> None:
    result = shell("echo a; exec >&- 2>&-; sleep 0.3; exit 6")
    assert (result.stdout, result.exit_code) == (b"a\n", 6)


def test_what_runs_on_in_the_background_holds_nobody_up_and_ends() -> None:
    """It has the command's output open."""
    started = time.monotonic()
    result = shell("sleep 60 & echo $!; echo late >&2")
    assert time.monotonic() - started < 5
    assert (result.exit_code, result.stderr) == (0, b"late\n")


def test_the_last_words_of_a_command_are_not_lost() -> None:
    for _ in range(5):
        assert len(shell("head -c 200000 /dev/zero; printf END").stdout) == 200_003


def test_time_is_limited_and_measured() -> None:
    result = shell("echo early; sleep 30", wall_seconds=0.4)
    assert (result.limit, result.exit_code, result.stdout) == ("wall", 137, b"early\n")
    assert 0.4 <= result.wall_seconds < 5


@pytest.mark.parametrize("argument", ["a\0b", "half a letter: \ud800", "x" * 200_000, "x" * 50_000_000])
def test_arguments_that_no_program_can_have_are_the_commands_failure(argument: str) -> None:
    result = watched(["echo", argument])
    assert (result.exit_code, result.limit, result.stdout) == (126, "arguments", b"")
    assert result.stderr.startswith(b"The command cannot be run: ")
    assert len(result.stderr) < 500


def test_a_program_that_does_not_exist_is_an_error_here_and_a_result_behind_the_limits() -> None:
    with pytest.raises(FileNotFoundError):
        watched(["no-such-program"])
    result = watched([*prlimit_command(SandboxLimits()), "no-such-program"])
    assert (result.exit_code, result.is_missing) == (127, True)
    assert not shell("exit 127").is_missing


def test_the_environment_is_what_was_given_and_descriptors_are_what_was_handed_on() -> None:
    reader, writer = os.pipe()
    os.environ["LOCKGATE_TEST_SECRET"] = "x"
    try:
        script = f"env; echo said > /proc/self/fd/{writer}; ls /proc/self/fd"
        result = shell(script, environment={"A": "1"}, inherited=[writer], directory="/usr")
    finally:
        del os.environ["LOCKGATE_TEST_SECRET"]
        os.close(writer)
    with os.fdopen(reader) as file:
        assert file.read() == "said\n"
    lines = result.stdout.decode().split()
    assert {"A=1", "PWD=/usr"} <= set(lines)
    assert not any("SECRET" in line for line in lines)
    assert {int(line) for line in lines if line.isdigit()} <= {0, 1, 2, 3, writer}  # 3: ls reads the folder


LIMITS = SandboxLimits(memory_bytes=100 * MEGABYTE, processes=12, disk_bytes=8 * MEGABYTE, cpu_seconds=1)
BREAKING = {
    "memory": f"exec {sys.executable} -S -c 'import time; x = bytearray(200_000_000); time.sleep(30)'",
    "memory that is shared": (
        f"{sys.executable} -S -c 'import mmap, time; m = mmap.mmap(-1, 200_000_000); m.write(bytes(90_000_000)); "
        "m.write(bytes(90_000_000)); time.sleep(30)'"
    ),
    "memory of many together": (
        f"for i in 1 2 3 4; do {sys.executable} -S -c 'import time; x = bytearray(40_000_000); time.sleep(30)' & done; "
        "wait"
    ),
    "processes": "for i in $(seq 20); do sleep 30 & done; wait",
    "disk": "head -c 6000000 /dev/zero > a; head -c 6000000 /dev/zero > b; sleep 30",
    "disk by removed files": "exec 3>a 4>b; rm a b; for n in 3 4; do head -c 6000000 /dev/zero >&$n; done; sleep 30",
    "cpu": "while :; do :; done",
}  # fmt: skip


@pytest.mark.parametrize("how", BREAKING)
def test_a_limit_that_is_broken_is_named(tmp_path: Path, how: str) -> None:
    command = [*prlimit_command(LIMITS), "sh", "-c", BREAKING[how]]
    result = watched(command, LIMITS, directory=str(tmp_path), folders=[str(tmp_path)])
    assert result.limit == how.split()[0]
    assert result.exit_code >= 128


def test_a_command_that_ends_well_while_it_is_killed_has_broken_its_limit_all_the_same(tmp_path: Path) -> None:
    command = ["sh", "-c", "trap 'exit 0' TERM; sleep 30 >/dev/null 2>&1 & wait"]

    def kill_slowly(process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait()
        kill(process)

    result = run_watched(
        command,
        stdin=b"",
        wall_seconds=0.4,
        limits=SandboxLimits(),
        environment={"PATH": os.environ["PATH"]},
        directory=str(tmp_path),
        folders=[],
        kill=kill_slowly,
    )
    assert (result.limit, result.exit_code) == ("wall", 137)


def test_what_keeps_every_limit_ends_by_itself(tmp_path: Path) -> None:
    script = (
        f"for i in 1 2 3; do {sys.executable} -S -c 'import time; x = bytearray(15_000_000); time.sleep(0.7)' & done; "
        "head -c 6000000 /dev/zero > a; wait; exit 9"
    )
    command = [*prlimit_command(LIMITS), "sh", "-c", script]
    result = watched(command, LIMITS, directory=str(tmp_path), folders=[str(tmp_path)])
    assert (result.limit, result.exit_code) == (None, 9)


@pytest.mark.parametrize(("cpu_seconds", "held"), [(0.2, "1"), (1.0, "1"), (90.7, "90")])
def test_the_kernel_holds_the_limits_of_single_processes(cpu_seconds: float, held: str) -> None:
    limits = SandboxLimits(cpu_seconds=cpu_seconds, open_files=77, disk_bytes=4096 * 1024)
    result = watched([*prlimit_command(limits), "sh", "-c", "ulimit -t; ulimit -n; ulimit -f; ulimit -c"])
    assert result.stdout.split() == [held.encode(), b"77", b"8192", b"0"]


def test_watching_leaves_no_descriptor_and_no_process_behind() -> None:
    before = set(os.listdir("/proc/self/fd")), descendants(os.getpid())  # noqa: PTH208
    for script in ("exit 1", "sleep 30", "yes"):
        shell(script, SandboxLimits(output_bytes=100), stdin=b"x" * 100_000, wall_seconds=0.2)
    assert (set(os.listdir("/proc/self/fd")), descendants(os.getpid())) == before  # noqa: PTH208
