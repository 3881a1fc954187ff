"""A run that is killed at any moment, all of it, and started again, ends as one that nobody disturbed.

`LOCKGATE_KILL_TASKS` and `LOCKGATE_KILLS` make it larger: 6 tasks and 5 kills take a quarter of an hour.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmark.paths import REPOSITORY_DIR, home_dir
from benchmark.registry import list_tasks
from orchestration.pool.server import GRACE_SECONDS

pytestmark = pytest.mark.slow

N_TASKS = int(os.environ.get("LOCKGATE_KILL_TASKS", "2"))
N_KILLS = int(os.environ.get("LOCKGATE_KILLS", "2"))
LOCKGATE = [sys.executable, "-m", "orchestration.cli"]


def start(run_id: str, tmp_path: Path) -> subprocess.Popen[bytes]:
    """The command, with what it says in a file; everything below it knows the mark by its environment."""
    matrix = tmp_path / "matrix.yaml"
    tasks = [task.id for task in list_tasks() if task.faults is None][:N_TASKS]
    matrix.write_text(
        json.dumps({"agents": ["oracle", "idle", "saboteur"], "tasks": tasks, "attempts": 2, "holdout_seed": 5})
    )
    with (tmp_path / f"{run_id}.log").open("ab") as log:
        return subprocess.Popen(
            [*LOCKGATE, "run", str(matrix), "--run-id", run_id],
            cwd=REPOSITORY_DIR,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def ours() -> list[psutil.Process]:
    """Every process of this test's home; they inherit it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        try:
            if process.pid != os.getpid() and process.environ().get("LOCKGATE_HOME") == str(home_dir()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def kill_everything(process: subprocess.Popen[bytes]) -> None:
    """`kill -9` of the command first and then of all that is still there, for some kill what they see."""
    for victim in [psutil.Process(process.pid), *ours()]:
        try:
            victim.send_signal(signal.SIGKILL)
        except psutil.Error:
            continue
    process.wait()


def scorecards(run_id: str) -> dict[str, Any]:
    """All but times and run ids."""
    cards = {}
    for path in sorted((home_dir() / "runs" / run_id / "trials").glob("*/scorecard.json")):
        card = json.loads(path.read_text())
        del card["timing_seconds"], card["trial"]["run_id"]
        card["agent"].pop("wall_seconds", None)
        cards[path.parent.name] = card
    return cards


def is_gone(seconds: float) -> bool:
    """Whether every process of this test's home ends in time."""
    deadline = time.monotonic() + seconds
    while ours() and time.monotonic() < deadline:
        time.sleep(0.2)
    return ours() == []


def wait_for_process(word: str) -> None:
    """Wait until a process of this test's home has a word in its command line."""
    deadline = time.monotonic() + 120
    while not any(word in " ".join(process.info["cmdline"] or ()) for process in ours()):
        assert time.monotonic() < deadline, f"there is no process '{word}'"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("word", "seconds"),
    [
        pytest.param("orchestration.pool.server", 10.0, id="its servers import"),
        pytest.param("sources.systems.host", GRACE_SECONDS + 20, id="trials run"),
    ],
)
def test_what_a_killed_command_started_ends_by_itself(tmp_path: Path, word: str, seconds: float) -> None:
    process = start("killed-alone", tmp_path)
    wait_for_process(word)
    process.kill()
    process.wait()
    assert is_gone(seconds)


def test_a_killed_run_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    draw = random.Random(2)
    undisturbed = start("undisturbed", tmp_path)
    assert undisturbed.wait() == 0, (tmp_path / "undisturbed.log").read_text()
    expected = scorecards("undisturbed")
    assert len(expected) == 3 * 2 * N_TASKS
    assert {card["status"] for card in expected.values()} == {"scored"}

    kept: dict[Path, float] = {}
    n_killed = 0
    while True:
        process = start("killed", tmp_path)
        if n_killed < N_KILLS:
            time.sleep(draw.uniform(3, 45))
        if n_killed == N_KILLS or process.poll() is not None:
            assert process.wait() == 0, (tmp_path / "killed.log").read_text()
            break
        kill_everything(process)
        n_killed += 1
        finished = {path: path.stat().st_mtime for path in (home_dir() / "runs/killed").glob("trials/*/scorecard.json")}
        assert all(finished[path] == when for path, when in kept.items() if path in finished)
        assert not kept.keys() - finished.keys(), "a finished trial is gone"
        kept = finished
    assert n_killed == N_KILLS, "the run was over before it was killed often enough"
    assert scorecards("killed") == expected
    assert all(path.stat().st_mtime == when for path, when in kept.items()), "a finished trial was done again"
    assert is_gone(20)
