"""What the world's documents say is so."""

import re
from typing import TYPE_CHECKING

import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_world
from benchmark.source_systems import PostgresSystem
from benchmark.world import read_world
from sources.flights.clock import CLOCK

if TYPE_CHECKING:
    from tests.helpers.flights_history import History

WORLD_DIR = get_world("flights").folder


@pytest.mark.parametrize("dials", [Dials(0), Dials(0, 3, 9)])
def test_the_world_file_has_the_generators_clock(dials: Dials) -> None:
    assert read_world(WORLD_DIR).pinned_now(dials) == CLOCK.now(dials)


def test_the_data_card_counts_right(history: "History") -> None:
    card = (WORLD_DIR / "README.md").read_text()
    first, second = history.day(0), history.day(0, 2)
    for name, table in first.tables.items():
        label = {"observations": "/v1/observations", "stations": "/v1/stations"}.get(
            name.split(".")[1], name.replace("operations", "ops")
        )
        row = re.search(rf"\| `{label}` \|.*\| ([\d,]+) \| ([\d,]+) \|", card)
        assert row is not None, label
        assert row.groups() == (f"{table.num_rows:,}", f"{second.tables[name].num_rows:,}")
    for stream in ("airports", "airlines", "planes"):
        sizes = [f"{file.table.num_rows:,}" for file in second.deliveries if file.stream == stream]
        counts = r" \| ".join(sizes)
        assert re.search(rf"\| `{stream}_<date>\..*\| {counts}", card), sizes


def test_tables_have_the_described_columns(history: "History") -> None:
    tables = history.day(0).tables
    for system in read_world(WORLD_DIR).spec.systems.values():
        if isinstance(system, PostgresSystem):
            for name, table in system.tables.items():
                assert tables[f"{system.name}.{name}"].column_names == list(table.columns)


def test_no_reader_is_told_of_the_planted_flaws() -> None:
    card = (WORLD_DIR / "README.md").read_text()
    assert "PLANTED" not in card
    assert "wobble" not in card
