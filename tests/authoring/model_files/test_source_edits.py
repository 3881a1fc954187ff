"""A mutant written into the file of its model is that mutant, and the least change of the file."""

import difflib

import pytest

from authoring.generate.candidates import seeded
from authoring.model_files.compiled_text import match_compiled
from authoring.model_files.source_edits import is_same_sql, write_back
from benchmark.paths import REPOSITORY_DIR
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.sql_trees import Mutant, Scope, make_mutants, parse
from tests.helpers.compiled_models import NOW, CompiledModel, compiled_models

WORLDS = REPOSITORY_DIR / "dbt_projects"
SOURCE = """\
{{ config(materialized='table') }}
with

lines as (

    select * from {{ ref('lines') }}

),

totals as (

    select
        lines.day,
        coalesce(sum(lines.cents), 0) as total_cents,
        {{ to_date('min(lines.sold_at)') }} as first_day,
        count(*) as n_lines
    from lines
    inner join {{ ref('shops') }} as shops on lines.shop_id = shops.shop_id
    where
        lines.status <> 'Cancelled'
        and lines.cents > {{ var('least') }}
        {% if is_incremental() %}
            and lines.day > (select max(day) from {{ this }})
        {% endif %}
    group by lines.day

)

select * from totals
"""
COMPILED = """\


with

lines as (

    select * from "warehouse"."staging"."lines"

),

totals as (

    select
        lines.day,
        coalesce(sum(lines.cents), 0) as total_cents,
        cast(min(lines.sold_at) as date) as first_day,
        count(*) as n_lines
    from lines
    inner join "warehouse"."staging"."shops" as shops on lines.shop_id = shops.shop_id
    where
        lines.status <> 'Cancelled'
        and lines.cents > 5
        
    group by lines.day

)

select * from totals"""  # noqa: W293 - as dbt leaves it


def mutants(model: CompiledModel) -> tuple[Mutant, ...]:
    return make_mutants(model.name, parse(model.compiled, NOW), Scope({}), MUTATIONS)


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"]


def recompiled(model: CompiledModel, text: str) -> str:
    """A changed file as dbt would compile it: what Jinja makes is what it was."""
    matched = match_compiled(model.source, model.compiled)
    assert matched is not None
    for piece in sorted(matched.pieces, key=lambda piece: -piece.start):
        if piece.is_jinja:
            own, made = model.source[piece.start : piece.end], model.compiled[piece.made_start : piece.made_end]
            assert own in text
            text = made.join(text.rsplit(own, 1)) if text.count(own) == 1 else text.replace(own, made)
    return text


@pytest.mark.parametrize(
    ("operator", "lines"),
    [
        (
            "join_kind",
            [
                "-     inner join {{ ref('shops') }} as shops on lines.shop_id = shops.shop_id",
                "+     left join {{ ref('shops') }} as shops on lines.shop_id = shops.shop_id",
            ],
        ),
        (
            "coalesce_lost",
            [
                "-         coalesce(sum(lines.cents), 0) as total_cents,",
                "+         sum(lines.cents) as total_cents,",
            ],
        ),
        ("filter_dropped", ["-         lines.status <> 'Cancelled'", "-         and lines.cents > {{ var('least') }}"]),
    ],
)
def test_only_what_changes_is_written_again(operator: str, lines: list[str]) -> None:
    [first, *_] = [m for m in mutants(CompiledModel("staging.x", SOURCE, COMPILED)) if m.operator == operator]
    changed = write_back(SOURCE, COMPILED, NOW, first.sql)
    assert changed is not None
    if operator == "filter_dropped":  # the first condition goes, the second stays where it is
        lines = [lines[0], "- " + lines[1][2:], "+         lines.cents > {{ var('least') }}"]
    assert [line.rstrip() for line in changed_lines(SOURCE, changed) if line.strip() != "?"] == lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inner join", "left join"),
        ("sum(lines.cents)", "max(lines.cents)"),
        ("'Cancelled'", "'Lost'"),
        ("lines.cents >", "lines.cents >="),
        (" and lines.cents > 5", ""),
        ("shops.shop_id", "shops.id"),
    ],
)
def test_one_change_is_one_change(old: str, new: str) -> None:
    compiled = " ".join(COMPILED.split())
    after = parse(compiled.replace(old, new), NOW).sql("duckdb", pretty=True)
    changed = write_back(SOURCE, COMPILED, NOW, after)
    if "5" in old:  # `{{ var('least') }}` makes it
        assert changed is None
    else:
        assert changed is not None
        assert changed.split() == SOURCE.replace(old, new).split()


def test_what_jinja_makes_is_not_changed() -> None:
    made = mutants(CompiledModel("staging.x", SOURCE, COMPILED))
    by_jinja = [mutant for mutant in made if mutant.before.startswith(("5 in", "MIN("))]
    assert {mutant.operator for mutant in by_jinja} == {"constant_moved", "extremes_swapped"}
    assert all(write_back(SOURCE, COMPILED, NOW, mutant.sql) is None for mutant in by_jinja)


def test_a_file_whose_jinja_repeats_text_is_left_alone() -> None:
    source = "select {% for x in [1, 2] %}{{ x }} as a{{ x }},{% endfor %} 3 as b from t"
    assert match_compiled(source, "select 7 as b from t") is None


@pytest.mark.parametrize("world", ["flights", "shop"])
def test_mutants_of_real_models_are_what_their_files_compile_to(world: str) -> None:
    models = list(compiled_models(WORLDS / world / "project" / "dbt"))
    chosen = sorted(models, key=lambda model: seeded(1, world, model.name))[:4]
    usual = [model for model in chosen if "is_incremental" not in model.source]
    assert all(match_compiled(model.source, model.compiled) for model in usual)
    assert _n_written(world, chosen, 3) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("world", ["flights", "shop"])
def test_every_kind_of_mutant_of_every_real_model(world: str) -> None:
    assert _n_written(world, list(compiled_models(WORLDS / world / "project" / "dbt")), 8) > 60


def _n_written(world: str, models: list[CompiledModel], n_each: int) -> int:
    n_written = 0
    for model in models:
        for mutant in sorted(mutants(model), key=lambda mutant: seeded(1, world, mutant.id))[:n_each]:
            text = write_back(model.source, model.compiled, NOW, mutant.sql)
            if text is not None:
                n_written += 1
                assert text != model.source
                assert is_same_sql(recompiled(model, text), mutant.sql, NOW), mutant.diff
                assert len(changed_lines(model.source, text)) <= 16, mutant.diff
    return n_written
