"""What a killed session of tests left behind does not stop the next ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def nest(folder: Path, depth: int) -> None:
    folder.mkdir(parents=True)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@pytest.mark.slow
def test_deep_folders_of_earlier_sessions_are_removed(tmp_path: Path):
    user = tmp_path / "pytest-of-tester"
    for name in ("pytest-1", "pytest-2", "pytest-8", "garbage-1"):
        nest(user / name / "test_deep0", 1500)
    user.chmod(0o700)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/benchmark/test_border.py"],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DEBUG_TEMPROOT": str(tmp_path), "LOGNAME": "tester", "USER": "tester"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert sorted(path.name for path in user.glob("*-[0-9]*")) == ["pytest-8"], "its own folder is gone, too"
