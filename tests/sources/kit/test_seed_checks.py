"""Any extract whose roles are right has seeds that are worlds of their own."""

import tempfile
from datetime import date, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.world_data import TableRoles
from sources.kit.clock import WorldClock
from sources.kit.extract import ExtractGenerator
from sources.kit.seed_checks import seed_problems, whole_extract
from tests.helpers.examples import n_examples

CLOCK = WorldClock(date(2024, 1, 1), time(20))
ROLES = {
    "owners": TableRoles(key=("id",), parents={"boss": "owners"}),
    "things": TableRoles(key=("id",), parents={"owner": "owners"}),
    "parts": TableRoles(key=("thing", "n"), parents={"thing": "things", "maker": "owners"}, keep=0.5),
}
NUMBERS = st.integers(-(2**31), 2**60)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@st.composite
def extracts(draw: st.DrawFn) -> dict[str, pa.Table]:
    """Owners, their things, and parts of things; keys of any kind, parents drawn from what is there."""
    owners = draw(st.lists(draw(st.sampled_from([NUMBERS, TEXTS, st.uuids().map(str)])), min_size=1, unique=True))
    things = draw(st.lists(draw(st.sampled_from([NUMBERS, TEXTS])), max_size=20, unique=True))
    makers = st.none() | st.sampled_from(owners)
    owner_type = pa.string() if isinstance(owners[0], str) else pa.int64()
    thing_type = pa.string() if things and isinstance(things[0], str) else pa.int64()
    parts = [(thing, n, draw(makers)) for thing in things for n in range(draw(st.integers(0, 2)))]
    return {
        "owners": pa.table(
            {"id": pa.array(owners, owner_type), "boss": pa.array([draw(makers) for _ in owners], owner_type)}
        ),
        "things": pa.table(
            {"id": pa.array(things, thing_type), "owner": pa.array([draw(makers) for _ in things], owner_type)}
        ),
        "parts": pa.table(
            {
                "thing": pa.array([thing for thing, _, _ in parts], thing_type),
                "n": pa.array([n for _, n, _ in parts], pa.int32()),
                "maker": pa.array([maker for _, _, maker in parts], owner_type),
            }
        ),
    }


@pytest.mark.slow
@settings(max_examples=n_examples(15), deadline=None)
@given(extracts(), st.integers(1, 999_999))
def test_every_seed_is_a_world_of_its_own(tables: dict[str, pa.Table], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            pq.write_table(table, Path(folder) / f"{name}.parquet")
        generator = ExtractGenerator(Path(folder), CLOCK, ROLES)
        assert seed_problems(generator, (0, seed)) == []
        whole, found = whole_extract(generator, 0), whole_extract(generator, seed)
    for name, table in tables.items():
        assert sorted(map(str, whole[name].to_pylist())) == sorted(map(str, table.to_pylist()))
        assert found[name].num_rows <= table.num_rows
        assert found[name].schema == whole[name].schema
        keys = [tuple(row[column] for column in ROLES[name].key) for row in found[name].to_pylist()]
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("roles", "problem"),
    [
        ({"a": TableRoles(reference=True)}, "seeds 0 and 1: every table is the same; no role says what a seed changes"),
        ({"a": TableRoles(key=("id",), entity={"id": "x"}, keep=1)}, None),
    ],
)
def test_seeds_that_are_alike_are_found(tmp_path: Path, roles: dict[str, TableRoles], problem: str | None) -> None:
    pq.write_table(pa.table({"id": [1, 2, 3]}), tmp_path / "a.parquet")
    assert seed_problems(ExtractGenerator(tmp_path, CLOCK, roles), (0, 1)) == ([problem] if problem else [])
