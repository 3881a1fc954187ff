"""The agent of simple rules undoes a rare smell and leaves alone what a project does everywhere."""

from pathlib import Path

import pytest

from agents.linter import undo_odd_lines


@pytest.mark.parametrize(
    ("odd", "right"),
    [
        ("select max(paid_at) as first_paid_at from x", "select min(paid_at) as first_paid_at from x"),
        ("select min(coalesce(a, b)) as latest_stay from x", "select max(coalesce(a, b)) as latest_stay from x"),
        ("select sum(minutes) as mean_minutes from x", "select avg(minutes) as mean_minutes from x"),
        ("select rank() over (order by a) as place from x", "select row_number() over (order by a) as place from x"),
        ("select 1 as a union select 2", "select 1 as a union all select 2"),
        ("on a.day >= b.valid_from and a.day <= b.valid_to", "on a.day >= b.valid_from and a.day < b.valid_to"),
        ("select a from x where b and true", "select a from x where b"),
    ],
)
def test_a_smell_is_undone(tmp_path: Path, odd: str, right: str) -> None:
    (tmp_path / "model.sql").write_text(odd)
    assert len(undo_odd_lines(tmp_path)) == 1
    assert (tmp_path / "model.sql").read_text() == right


@pytest.mark.parametrize(
    "sql",
    [
        "select min(paid_at) as first_paid_at, max(paid_at) as last_paid_at from x",
        "select 1 as a union all select 2 union distinct select 3",
        "select a from x left join y using (k) where x.day > y.valid_to",
    ],
)
def test_what_is_not_odd_stays(tmp_path: Path, sql: str) -> None:
    (tmp_path / "model.sql").write_text(sql)
    assert undo_odd_lines(tmp_path) == []
    assert (tmp_path / "model.sql").read_text() == sql


def test_what_a_project_does_everywhere_is_no_smell(tmp_path: Path) -> None:
    for n in range(4):
        (tmp_path / f"model_{n}.sql").write_text("select a from x inner join y using (k)")
    assert undo_odd_lines(tmp_path) == []
