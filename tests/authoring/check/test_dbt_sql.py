"""Which SQL files of a dbt project DuckDB cannot read, whatever their Jinja makes; and types that no database has."""

from pathlib import Path

import pytest

from authoring.check.check import check
from authoring.check.dbt_sql import check_sql
from authoring.new_world.blank import write_blank_world


def found(folder: Path, source: str, name: str = "dbt/models/a.sql") -> list[tuple[str, int | None]]:
    path = folder / f"{abs(hash(source))}.sql"
    path.write_text(source)
    return [(finding.code, finding.line) for finding in check_sql({name: path}, folder)]


@pytest.mark.parametrize(
    "source",
    [
        "select 1",
        "",
        "-- only a comment",
        "select * from {{ ref('a') }} join {{ source('b', 'c') }} using (id)",
        "{{ config(materialized='incremental', post_hook=\"delete from {{ this }} where x = '{{ y }}'\") }}\nselect 1",
        "select a from {{ ref('a') }}\n{% if is_incremental() %}\nwhere a > (select 1 from {{ this }})\n{% endif %}",
        "select now() - interval {{ var('days') }} day as since",
        "select '{{ var('name') }}' as name, {{ var('column') }} as c",
        "{{ dbt_utils.date_spine('day', 'a', 'b') }}",
        "select {{ dbt_utils.star(ref('a')) }} from {{ ref('a') }} {{ dbt_utils.group_by(3) }}",
        "select * from {{ union_all('a') }} {{ where_new() }}",
        "{% for a in b %} selct {% endfor %}",
        "{% set a %} selct {% endset %} select 1",
        "{% set a = 'x' %} select 1",
        "{% if a %} select 1 {% else %} select 2 {% endif %}",
        "{% snapshot s %}{{ config(unique_key='a') }} select * from {{ ref('a') }}{% endsnapshot %}",
        "{# selct #} select 1",
        "select {{ ref('a') }",
        "from a select b qualify row_number() over (partition by b) = 1",
        "select * exclude (a) from t asof join u using (b) ; ",
        "select {'a': 1}, list_transform([1, 2], lambda x : x + 1)",
    ],
)
def test_what_may_be_right_is_no_mistake(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, source) == []


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("selct 1", ("LG319", 1)),
        ("select 1\nfrom {{ ref('a') }}\nwher a = 1 b", ("LG319", 3)),
        ("{#\n\n#}\nselect 1,\n{{ var(\n'x'\n) }} frm frm y", ("LG319", 7)),
        ("select a from {{ ref('a') }}\n{% if is_incremental() %}\nwhere where a\n{% endif %}", ("LG319", 3)),
        ("select {{ cents('a') }}\nfrom x y z", ("LG320", 2)),
        ("select 'a", ("LG319", 1)),
        ("select (1", ("LG319", None)),
    ],
)
def test_what_cannot_be_read_is_named_by_line(tmp_path: Path, source: str, finding: tuple[str, int | None]) -> None:
    assert found(tmp_path, source) == [finding]


def test_macros_and_files_of_others_are_left_alone(tmp_path: Path) -> None:
    assert found(tmp_path, "selct 1", "dbt/macros/a.sql") == []
    (tmp_path / "a.sql").write_text("selct 1")
    assert list(check_sql({"dbt/models/a.sql": tmp_path / "a.sql"}, tmp_path / "other")) == []


@pytest.mark.parametrize(
    ("written", "says"),
    [("bigintt not null", "PostgreSQL has no type 'bigintt not null'; did you mean 'bigint'?"), ("5", "no type '5'")],
)
def test_a_type_that_postgres_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, says: str
) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    write_blank_world(tmp_path / "tea")
    path = tmp_path / "tea" / "world.yaml"
    text = path.read_text()
    assert "customer_id: bigint not null" in text
    path.write_text(text.replace("customer_id: bigint not null", f'customer_id: "{written}"', 1))
    findings = [finding for finding in check(["tea"]).findings if finding.code == "LG119"]
    assert len(findings) == 1
    assert says in findings[0].message
    assert findings[0].line == text[: text.index("customer_id: bigint not null")].count("\n") + 1
