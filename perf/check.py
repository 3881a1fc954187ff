"""How long `lockgate check` takes for 100 tasks: `python -m perf.check`.

The tasks of `flights`, each ten times under other names. Processor time counts, so that other work on the machine
matters less; the limit is for two cores of a laptop.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from authoring.check.check import check
from benchmark.registry import get_world, task_folders

N_TASKS = 100
LIMIT_SECONDS = 3.0


def main() -> None:
    """Measure and print; exit code 1 over the limit."""
    source = get_world("flights").folder
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "flights"
        shutil.copytree(source, world)
        originals = task_folders(world)
        for number in range(N_TASKS - len(originals)):
            copy_task(originals[number % len(originals)], number)
        start, wall = time.process_time(), time.perf_counter()
        report = check([str(world)])
        seconds, wall = time.process_time() - start, time.perf_counter() - wall
    print(f"{report.n_tasks} tasks: {seconds:.1f} s of processor time, {wall:.1f} s in all, limit {LIMIT_SECONDS}")
    if seconds > LIMIT_SECONDS:
        raise SystemExit(1)


def copy_task(original: Path, number: int) -> None:
    """Copy a task under another name."""
    folder = original.with_name(f"{original.name}_{number}")
    shutil.copytree(original, folder)
    path = folder / "task.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"id: {original.name}\n", f"id: {folder.name}\n"), encoding="utf-8")


if __name__ == "__main__":
    main()
