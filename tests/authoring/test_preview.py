"""What the source systems of a world hold, as figures."""

from datetime import UTC, datetime

import pyarrow as pa

from authoring.preview import N_SAMPLES, figures_of
from benchmark.generator_parameters import Dials
from sources.contract import Delivery, GeneratedDay

NOW = datetime(2020, 1, 1, tzinfo=UTC)


def test_figures_tell_rows_values_and_gaps() -> None:
    sales = pa.table({"id": [1, 2, 3, 4], "note": ["a", None, "b", "a"], "price": pa.nulls(4, pa.int32())})
    [figures] = figures_of(GeneratedDay(Dials(0), NOW, {"till.sales": sales}, ()))
    assert (figures.name, figures.n_files, figures.n_rows) == ("till.sales", None, 4)
    number, note, price = figures.columns
    assert (number.n_distinct, number.null_share, number.lowest, number.highest) == (4, 0, "1", "4")
    assert (note.n_distinct, note.null_share, note.lowest, note.highest) == (2, 0.25, "a", "b")
    assert (price.n_distinct, price.null_share, price.lowest) == (0, 1, "")
    assert [row["id"] for row in figures.samples] == [1, 2, 3][:N_SAMPLES]


def test_files_of_a_stream_are_one_table_and_an_empty_one_has_figures() -> None:
    deliveries = (
        Delivery("drop", "a_1.csv", "a", NOW, pa.table({"x": [1]})),
        Delivery("drop", "b_1.csv", "b", NOW, pa.table({"y": pa.array([], pa.string())})),
        Delivery("drop", "a_2.csv", "a", NOW, pa.table({"x": [2], "new": ["n"]})),
    )
    first, second = figures_of(GeneratedDay(Dials(0), NOW, {}, deliveries))
    assert (first.name, first.n_files, first.n_rows) == ("drop.a", 2, 2)
    assert [column.name for column in first.columns] == ["x", "new"]
    assert (second.n_files, second.n_rows, second.columns[0].null_share) == (1, 0, 0)
