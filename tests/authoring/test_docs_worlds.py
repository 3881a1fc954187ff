"""docs/worlds.md, command by command, in a folder of its own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from authoring.check.check import check
from benchmark.paths import REPOSITORY_DIR

PAGE = (REPOSITORY_DIR / "docs" / "worlds.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
BUILDS = re.compile(
    r"^lockgate (try|sync|prove|check --level|preview \S+ --warehouse|new world \S+ --from-dbt)\b.*$", re.M
)
OF_COPY = re.compile(r"^lockgate check tea_copy$", re.M)


def run_page(folder: Path, script: str) -> str:
    """Paste a script into a shell that stops at the first command that fails."""
    lockgate = f'lockgate() {{ {shlex.quote(sys.executable)} -m orchestration.cli "$@"; }}\n'
    environment = {**os.environ, "LOCKGATE_HOME": str(folder / "home"), "PYTHONPATH": str(REPOSITORY_DIR)}
    command = ["bash", "-euo", "pipefail", "-c", lockgate + script]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_page_writes_is_without_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but what needs a build; `tables.yaml` then lacks what `sync` adds, and the task on it is left out."""
    script = OF_COPY.sub("", BUILDS.sub("", "".join(BLOCKS)))
    script = re.sub(r"^lockgate (new task|check tea_shop_returns|preview).*$", "", script, flags=re.M)
    script = re.sub(r"^cat > \S+/tea_shop_returns/.*?^YAML$", "", script, flags=re.M | re.S)
    run_page(tmp_path, script)
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "build" / "worlds"))
    report = check()
    assert report.n_worlds == 2
    assert report.findings == ()


@pytest.mark.slow
def test_its_world_is_a_function_of_its_dials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmark.generator_parameters import Dials
    from sources.registry import load_sources

    files = [block for block in BLOCKS if "returns.sql" in block or "delivery: daily" in block]
    start = BLOCKS[0][: BLOCKS[0].index("lockgate check")]
    run_page(tmp_path, start + re.sub(r"^lockgate preview.*$", "", "".join(files), flags=re.M))
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "build" / "worlds"))
    sources = load_sources("tea_shop")
    rows = [
        [
            delivery.table.num_rows
            for delivery in sources.generate(Dials(0, 14, day)).deliveries
            if delivery.stream == "returns"
        ]
        for day in (1, 1, 2)
    ]
    assert rows[0] == rows[1] == rows[2][: len(rows[0])]
    assert sum(rows[2]) > sum(rows[0]) > 10


@pytest.mark.slow
def test_every_command_of_the_page_runs(tmp_path: Path) -> None:
    """To the end: the mutant that the page lists is the one that survives, and the task is proven."""
    output = run_page(tmp_path, "".join(BLOCKS))
    assert "marts.daily_returns is new" in output
    assert output.count("nothing is wrong") >= 4
    assert "not proven yet" in output
