"""Which files of a solution are the task's own work."""

from pathlib import Path

import pytest

from evaluators.pipeline.gold import Gold
from evaluators.proof.targets import laid_out, models_above, models_to_mutate
from tests.helpers.kiosk.world import write_kiosk


def test_files_that_the_start_lacks_or_has_otherwise_are_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"tasks/kiosk_sales/start/dbt/only_at_start.sql": "select 1", "project/docs/a.md": "as it is"}
    task = write_kiosk(tmp_path, own)
    with laid_out(task) as laid:
        assert laid.changed == {"el/kiosk.yaml", "dbt/models/takings.sql"}
        assert (laid.start / "dbt/only_at_start.sql").is_file()
        assert not (laid.start / "dbt/models/takings.sql").exists()
        assert (laid.solution / "dbt/models/takings.sql").is_file()
    assert not laid.solution.exists()


def node(
    path: str, *parents: str, macros: tuple[str, ...] = (), compiled: str | None = "select 1"
) -> dict[str, object]:
    return {"path": path, "parents": list(parents), "macros": list(macros), "compiled": compiled, "type": "table"}


RELATIONS = {
    "staging.sales": node("dbt/models/sales.sql", "raw_kiosk.sales"),
    "staging.unread": node("dbt/models/unread.sql", "raw_kiosk.sales"),
    "mid.added": node("dbt/models/added.py", "staging.sales", compiled=None),
    "mid.days": node("dbt/models/days.sql", "staging.sales", macros=("dbt/macros/day.sql",)),
    "marts.takings": node("dbt/models/takings.sql", "mid.days", "mid.added"),
}


@pytest.mark.parametrize(
    ("changed", "models"),
    [
        ((), []),
        (("el/kiosk.yaml", "docs/x.md"), []),
        (("dbt/models/takings.sql",), [("marts.takings", True)]),
        (("dbt/models/sales.sql",), [("staging.sales", True), ("marts.takings", False)]),
        (("dbt/macros/day.sql",), [("mid.days", True), ("marts.takings", False)]),
        (("dbt/models/added.py",), [("marts.takings", False)]),
        (("dbt/models/unread.sql",), [("marts.takings", False)]),
    ],
)
def test_models_whose_files_or_macros_changed_and_scored_ones_are_mutated(
    tmp_path: Path, changed: tuple[str, ...], models: list[tuple[str, bool]]
) -> None:
    task = write_kiosk(tmp_path)
    found = models_to_mutate(task, Gold(tmp_path, dict(RELATIONS)), frozenset(changed))
    assert [tuple(model) for model in found] == models


def test_all_sql_above_scored_models_upstream_first(tmp_path: Path) -> None:
    task = write_kiosk(tmp_path)
    assert models_above(task, Gold(tmp_path, dict(RELATIONS))) == ("staging.sales", "mid.days", "marts.takings")
