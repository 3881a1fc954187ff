"""Records that come in small pieces are written together, and the table is what it would be one piece at a time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.connection import StreamSpec
from sources.connectors.record_batch import Values
from sources.loader.column_types import Column
from sources.loader.errors import RecordError
from sources.loader.warehouse import Warehouse
from sources.loader.writer import StreamWriter
from tests.helpers.examples import n_examples

NOW = datetime(2013, 3, 14, tzinfo=UTC)
COLUMNS = [Column("id", "BIGINT"), Column("amount", "DECIMAL(6,2)"), Column("note", "VARCHAR")]
Piece = tuple[str, Mapping[str, Values], int]
"""How it comes (`arrays`, `lists`, `records`, `state`), its columns, and how many records."""


def arrays(n_rows: int, *, is_text: bool, with_note: bool) -> dict[str, pa.Array]:
    """A small file by column: its numbers as numbers or as their text, with or without a column."""
    ids = list(range(n_rows))
    columns = {
        "id": pa.array(map(str, ids), pa.large_string()) if is_text else pa.array(ids, pa.int64()),
        "amount": pa.array([f"{number}.5" for number in ids], pa.large_string()),
    }
    return columns | ({"note": pa.array(["n"] * n_rows, pa.large_string())} if with_note else {})


def pieces() -> st.SearchStrategy[Piece]:
    sizes = st.integers(0, 4)
    by_column = st.builds(
        lambda n_rows, is_text, with_note: (
            "arrays", arrays(n_rows, is_text=is_text, with_note=with_note), n_rows,
        ),
        sizes, st.booleans(), st.booleans(),
    )  # fmt: skip
    as_lists = st.builds(lambda n: ("lists", {"id": list(range(n)), "amount": ["123456.5"] * n}, n), sizes)
    as_records = st.builds(lambda n: ("records", {"id": list(range(n)), "note": ["r"] * n}, n), sizes)
    return st.one_of(by_column, as_lists, as_records, st.just(("state", {}, 0)))


def written(folder: Path, some: Sequence[Piece], batch_size: int, *, is_given_up: bool) -> Any:
    """The table after all pieces have come, and how many records it counts."""
    path = folder / f"{batch_size}.duckdb"
    path.unlink(missing_ok=True)
    stream = StreamSpec(name="t", sync_mode="incremental", destination_sync_mode="append", cursor_field="id")
    with Warehouse(path, NOW) as warehouse:
        writer = StreamWriter(warehouse, "shop", "raw_shop", stream, COLUMNS, batch_size)
        for number, (kind, columns, n_rows) in enumerate(some):
            if kind == "state":
                writer.checkpoint({"at": number})
            elif kind == "records":
                for place in range(n_rows):
                    writer.add({field: values[place] for field, values in columns.items()})
            else:
                writer.add_columns(columns, n_rows)
        (writer.abandon if is_given_up else writer.finish)()
        types = warehouse.columns("raw_shop", "t")
        rows = warehouse.connection.execute("from raw_shop.t order by rowid").fetchall() if types else []
        return types, rows, writer.n_committed, warehouse.read_state("shop", "t")


@settings(
    max_examples=n_examples(30),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(some=st.lists(pieces(), max_size=8), batch_size=st.sampled_from([2, 3, 1_000]), is_given_up=st.booleans())
def test_pieces_that_wait_for_others_make_the_same_table(
    tmp_path: Path, some: list[Piece], batch_size: int, *, is_given_up: bool
) -> None:
    one_by_one = written(tmp_path, some, 1, is_given_up=is_given_up)
    assert written(tmp_path, some, batch_size, is_given_up=is_given_up) == one_by_one


def test_files_of_an_hour_each_are_one_insert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_rows: list[int] = []
    write = StreamWriter._write

    def counted(self: StreamWriter, columns: Mapping[str, Values], n_rows: int) -> None:
        written_rows.append(n_rows)
        write(self, columns, n_rows)

    monkeypatch.setattr(StreamWriter, "_write", counted)
    files: list[Piece] = [("arrays", arrays(3, is_text=False, with_note=True), 3)] * 300
    types, rows, n_committed, _ = written(tmp_path, files, 10_000, is_given_up=False)
    assert (len(rows), n_committed, written_rows) == (900, 900, [900])
    assert list(types)[:3] == ["id", "amount", "note"]


def test_a_wrong_value_names_its_record_when_it_has_waited(tmp_path: Path) -> None:
    files: list[Piece] = [("arrays", arrays(3, is_text=True, with_note=True), 3)] * 4
    wrong = arrays(3, is_text=True, with_note=True) | {"id": pa.array(["0", "one", "2"], pa.large_string())}
    with pytest.raises(RecordError, match="'one'") as caught:
        written(tmp_path, [*files, ("arrays", wrong, 3), *files], 10_000, is_given_up=False)
    assert caught.value.index == 13
