"""The suites of the repository are written down as they are now."""

from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import list_tasks
from orchestration.suites import suites_now


def test_suites_are_as_they_were_written_down() -> None:
    tasks = [task for task in list_tasks() if task.world.folder.is_relative_to(REPOSITORY_DIR)]
    changed = {suite.name: suite.changes for suite in suites_now(tasks, REPOSITORY_DIR / "dbt_projects")}
    assert not any(changed.values()), (
        f"{changed}: run `lockgate suites --freeze --page docs/suites.md` and commit both files (docs/suites.md)"
    )


def test_the_page_lists_every_task() -> None:
    text = (REPOSITORY_DIR / "docs/suites.md").read_text(encoding="utf-8")
    assert all(f"| `{task.id}` |" in text for task in list_tasks())
