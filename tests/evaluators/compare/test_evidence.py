"""What a verdict says: kind, columns, counts, sample and sentence."""

import pytest

from evaluators.compare.tables import compare_tables
from tests.helpers.column_options import loosened

ROWS = """select i as id, 'carrier ' || (i % 5) as carrier, i * 1.5::double as delay, [i, i + 1] as stops,
          timestamp '2013-03-09 00:00' + interval (i) hour as left_at from range(100) t(i)"""

CHANGES = {
    "values": ("delay * 2 as delay", "delay"),
    "nulls": ("nullif(carrier, 'carrier 3') as carrier", "carrier"),
    "rounding": ("round(delay) as delay", "delay"),
    "time_zone": ("left_at - interval 5 hour as left_at", "left_at"),
    "list_order": ("list_reverse(stops) as stops", "stops"),
    "types": ("delay::varchar as delay", "delay"),
}


@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
@pytest.mark.parametrize(("kind", "change", "column"), [(k, *v) for k, v in CHANGES.items()], ids=CHANGES)
def test_kind_of_a_changed_column(compare, key, kind, change, column):
    verdict = compare(ROWS, f"select * replace ({change}) from ({ROWS})", key=key)
    assert verdict.kind == kind
    assert [(found.column, found.kind) for found in verdict.columns] == [(column, kind)]
    assert f"'{column}' differs in" in verdict.summary
    assert len(verdict.sample) == 10
    assert all(row.gold["id"] == row.output["id"] for row in verdict.sample)


@pytest.mark.parametrize(("kind", "change", "column"), [(k, *v) for k, v in CHANGES.items()], ids=CHANGES)
def test_kind_of_a_column_that_differs_in_many_rows(compare, kind, change, column):
    """Of many rows that differ some are looked at."""
    rows = ROWS.replace("range(100)", "range(40_000)").replace("interval (i) hour", "interval (i) minute")
    verdict = compare(rows, f"select * replace ({change}) from ({rows})", key=["id"])
    assert [(found.column, found.kind) for found in verdict.columns] == [(column, kind)]


def test_daylight_saving_is_a_time_zone(compare):
    shifted = "left_at - if(left_at < timestamp '2013-03-10 02:00', interval 5 hour, interval 4 hour) as left_at"
    assert compare(ROWS, f"select * replace ({shifted}) from ({ROWS})", key=["id"]).kind == "time_zone"


def test_a_cut_off_is_rounding(compare):
    assert (
        compare(ROWS, f"select * replace (delay::decimal(9, 0) as delay) from ({ROWS})", key=["id"]).kind == "rounding"
    )
    assert compare(ROWS, f"select * replace (trunc(delay) as delay) from ({ROWS})").kind == "rounding"


def test_integers_are_not_rounded(compare):
    gold = "select i as id, i * 10 as n from range(10) t(i)"
    assert compare(gold, f"select id, n + 1 as n from ({gold})", key=["id"]).kind == "values"


def test_shares_are_of_compared_rows(compare):
    verdict = compare(ROWS, f"select * replace (if(id < 25, 0, delay) as delay) from ({ROWS})", key=["id"])
    found = verdict.columns[0]
    assert (found.n_rows, found.fraction) == (24, 0.24)  # row 0 has delay 0
    assert verdict.summary == "'delay' differs in 24 of 100 rows."
    assert compare(ROWS, f"select * replace (if(id < 25, 0, delay) as delay) from ({ROWS})").columns == verdict.columns


def test_the_sample_is_sorted_by_key_and_side_by_side(compare):
    verdict = compare(ROWS, f"select * replace (-1.0 as delay) from ({ROWS}) order by id desc", key=["id"])
    assert [row.gold["id"] for row in verdict.sample] == [str(i) for i in range(10)]
    assert verdict.sample[1].gold["delay"] == "1.5"
    assert verdict.sample[1].output["delay"] == "-1.0"


def test_the_sample_shows_every_sort_of_difference(compare):
    output = f"""select * replace (if(id < 50, 0, delay) as delay) from ({ROWS}) where id > 9
                 union all select * replace (id + 1000 as id) from ({ROWS}) where id < 10"""
    verdict = compare(ROWS, output, key=["id"])
    assert {row.kind for row in verdict.sample} == {"missing", "extra", "differs"}
    assert (verdict.n_rows_missing, verdict.n_rows_extra) == (10, 10)
    assert verdict.kind == "values"
    assert verdict.columns[0].n_rows == 40


def test_fan_out_shows_the_repeated_rows(compare):
    output = f"from ({ROWS}) union all select * replace (0 as delay) from ({ROWS}) where id = 7"
    verdict = compare(ROWS, output, key=["id"])
    assert verdict.kind == "grain"
    assert verdict.summary == "1 row repeats a key (id) that gold has once."
    assert verdict.n_rows_duplicated == 1
    assert [row.output["id"] for row in verdict.sample if row.kind == "extra"] == ["7"]


def test_two_changes_are_both_named(compare):
    output = f"select * replace (delay + 1 as delay, upper(carrier) as carrier) from ({ROWS}) where id <> 3"
    verdict = compare(ROWS, output, key=["id"])
    assert {found.column for found in verdict.columns} == {"delay", "carrier"}
    assert "1 of 100 rows missing" in verdict.summary
    assert "'carrier' differs only in case or spaces" in verdict.summary


def test_two_changed_columns_and_a_lost_row_without_key(compare):
    output = f"select * replace (delay + 1 as delay, upper(carrier) as carrier) from ({ROWS}) where id <> 3"
    verdict = compare(ROWS, output)
    assert {found.column for found in verdict.columns} == {"delay", "carrier"}
    assert verdict.n_rows_missing == 1


def test_tables_that_share_nothing(compare):
    verdict = compare("select i as x, i as y from range(5) t(i)", "select i as x, i as y from range(10, 15) t(i)")
    assert verdict.kind == "values"
    assert (verdict.n_rows_missing, verdict.n_rows_extra) == (5, 5)
    assert len(verdict.sample) == 10


def test_long_values_are_cut(compare):
    verdict = compare("select repeat('x', 100000) as t", "select 'y' as t")
    assert all(len(row.gold["t"]) == 201 for row in verdict.sample if row.gold)


def test_wide_tables_show_key_and_differing_columns(compare):
    wide = ", ".join(f"i + {n} as c{n}" for n in range(100))
    gold = f"select i as id, {wide} from range(5) t(i)"
    verdict = compare(gold, f"select * replace (0 as c77) from ({gold})", key=["id"])
    shown = verdict.sample[0].gold
    assert len(shown) == 20
    assert {"id", "c77"} <= shown.keys()


def test_types_that_never_compare_are_named_with_both_sides(compare):
    gold = "select i as id, timestamp '2024-01-01' as seen from range(3) t(i)"
    verdict = compare(gold, f"select * replace (7 as seen) from ({gold})", key=["id"])
    assert verdict.summary == "'seen' differs in 3 of 3 rows (gold TIMESTAMP, output INTEGER)."
    (column,) = verdict.columns
    assert (column.gold_type, column.output_type) == ("TIMESTAMP", "INTEGER")


def test_types_are_named_where_no_row_pairs(compare):
    verdict = compare("select '1' as x", "select 1 as x")
    assert verdict.kind == "types"
    assert verdict.summary == "1 of 1 row missing; 1 row that gold does not have; 'x' is INTEGER, gold has VARCHAR."


@pytest.mark.parametrize("key", [(), ("id",), ("carrier",)], ids=["no key", "key", "a key that repeats"])
@pytest.mark.parametrize(
    "changed",
    [
        f"select * replace (delay + 1 as delay) from ({ROWS}) where id % 9 <> 0",
        f"select * replace (delay + id as delay) from ({ROWS}) union all from ({ROWS})",
        f"select rows.* replace (delay + n as delay) from ({ROWS}) as rows, range(5) t(n)",
        f"select * replace (carrier || id as carrier, 0 as id) from ({ROWS})",
    ],
    ids=["changed", "repeated", "fanned out", "no id"],
)
def test_evidence_is_the_same_in_any_row_order_and_thread_count(connection, changed, key):
    connection.execute(f"create table gold as {ROWS}")
    found = set()
    for order, threads in (("id", 1), ("id desc", 2), ("hash(delay)", 4), ("hash(delay, 1)", 2)):
        connection.execute(f"set threads = {threads}")
        connection.execute(f"create or replace table output as from ({changed}) order by {order}")
        found.add(compare_tables(connection, "gold", "output", key=key).model_dump_json())
    assert len(found) == 1


def test_rows_alike_in_their_first_columns_are_paired_in_one_way(connection):
    columns = ", ".join(f"'same' as c{i}" for i in range(6))
    connection.execute(f"create table gold as select {columns}, i % 40 as x, i as y from range(400) t(i)")
    found = set()
    for order in ("y", "y desc", "hash(y)"):
        connection.execute(
            f"create or replace table output as select * replace (x + 1 as x, y * 7 as y) from gold order by {order}"
        )
        connection.execute(f"create or replace table shuffled as from gold order by {order}")
        found.add(compare_tables(connection, "shuffled", "output").model_dump_json())
    assert len(found) == 1


# Large tables


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr("evaluators.compare.large.sampling.CELLS", 0)
    monkeypatch.setattr("evaluators.compare.large.sampling.MIN_ROWS", 2_000)
    monkeypatch.setattr("evaluators.compare.large.sampling.MIN_SAMPLE_ROWS", 1_000)
    monkeypatch.setattr("evaluators.compare.large.checksum.EXACT_CELLS", 0)
    monkeypatch.setattr("evaluators.compare.tables.EXACT_CELLS", 0)


LARGE = "select i as id, i % 11 as a, i * 0.5::double as b, 'n' || (i % 100) as s from range(20000) t(i)"


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_few_differences_in_a_large_table_are_counted_exactly(compare, key):
    output = f"select * replace (if(id in (5, 19000), -1, a) as a) from ({LARGE}) where id <> 77"
    verdict = compare(LARGE, output, key=key)
    assert [(found.column, found.n_rows) for found in verdict.columns] == [("a", 2)]
    assert verdict.n_rows_missing == 1
    assert "sample" not in verdict.summary


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_many_differences_in_a_large_table_are_seen_in_a_sample(compare, key):
    verdict = compare(LARGE, f"select * replace (b + 1 as b) from ({LARGE})", key=key)
    assert [(found.column, found.fraction) for found in verdict.columns] == [("b", 1.0)]
    assert verdict.n_rows_compared < 3_000
    assert "seen in a sample of" in verdict.summary
    assert len(verdict.sample) == 10


@pytest.mark.usefixtures("small_limits")
def test_many_missing_rows_of_a_large_table_are_counted_exactly(compare):
    verdict = compare(LARGE, f"from ({LARGE}) where id % 2 = 0", key=["id"])
    assert verdict.kind == "missing_rows"
    assert verdict.n_rows_missing == 10_000


@pytest.mark.slow
@pytest.mark.usefixtures("small_limits")
def test_tolerances_hold_over_all_parts_of_a_large_table(compare, monkeypatch):
    monkeypatch.setattr("evaluators.compare.large.sampling.MIN_ROWS", 6_000)
    noisy = f"select * replace (b * (1 + 1e-12) as b) from ({LARGE})"
    broken = f"select * replace (if(id = 12345, b + 1, b * (1 + 1e-12)) as b) from ({LARGE})"
    options = {"a": loosened(absolute=0.5)}
    for key in ((), ("id",)):
        assert compare(LARGE, noisy, key=key).is_match
        assert compare(LARGE, noisy, key=key, options=options).is_match
        assert not compare(LARGE, broken, key=key).is_match
        assert not compare(LARGE, broken, key=key, options=options).is_match


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_some_differences_in_a_large_table_are_counted_exactly(compare, key):
    verdict = compare(LARGE, f"select * replace (if(id % 667 = 3, -1, a) as a) from ({LARGE})", key=key)
    assert [(found.column, found.n_rows) for found in verdict.columns] == [("a", 30)]
    assert "sample" not in verdict.summary


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
@pytest.mark.parametrize("every", [199, 53, 7, 2])
def test_a_sample_shows_what_differs_however_rare_it_is(compare, key, every):
    verdict = compare(LARGE, f"select * replace (if(id % {every} = 1, -1, a) as a) from ({LARGE})", key=key)
    assert [found.column for found in verdict.columns] == ["a"]
    assert 0.2 / every < verdict.columns[0].fraction < 5 / every
    assert 0 < len(verdict.sample) <= 10
    assert verdict.n_rows_compared < 12_000


@pytest.mark.usefixtures("small_limits")
def test_a_sample_has_whole_rows_where_the_id_differs(compare):
    verdict = compare(LARGE, f"select * replace (id + 1000000 as id) from ({LARGE})")
    assert [(found.column, found.fraction) for found in verdict.columns] == [("id", 1.0)]
    assert all(row.gold["b"] == row.output["b"] for row in verdict.sample)
    assert verdict.n_rows_compared < 3_000


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_a_large_table_with_an_id_of_another_type_is_seen_in_whole_rows(compare, key):
    verdict = compare(LARGE, f"select * replace (id::varchar as id) from ({LARGE})", key=key)
    assert verdict.kind == "types"
    assert [(found.column, found.kind, found.fraction) for found in verdict.columns] == [("id", "types", 1.0)]


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("every", [1, 3, 90])
@pytest.mark.parametrize("n_lost", [0, 4000])
def test_missing_and_extra_rows_of_a_large_table_add_up(compare, every, n_lost):
    output = f"select * replace (if(id % {every} = 0, id + 1000000, id) as id) from ({LARGE}) where id >= {n_lost}"
    verdict = compare(LARGE, output, key=["id"])
    n_changed = len(range(n_lost + -n_lost % every, 20_000, every))
    assert verdict.n_rows_gold - verdict.n_rows_missing + verdict.n_rows_extra == verdict.n_rows_output
    assert n_changed / 2 < verdict.n_rows_extra < 2 * n_changed
    assert verdict.n_rows_missing <= verdict.n_rows_gold
    assert "about" in verdict.summary.lower()


@pytest.mark.usefixtures("small_limits")
def test_an_empty_table_needs_no_sample(compare):
    empty = f"from ({LARGE}) where false"
    assert compare(LARGE, empty).summary == "The table is empty; gold has 20,000 rows."
    assert compare(empty, LARGE).summary == "20,000 rows that gold does not have."


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("values", ["i", "i % 3"])
def test_a_large_table_of_other_values_is_of_that_kind(compare, values):
    verdict = compare(
        f"select {values} as x from range(20000) t(i)", f"select {values} + 50000 as x from range(20000) t(i)"
    )
    assert verdict.kind == "values"
    assert verdict.n_rows_missing == verdict.n_rows_extra == pytest.approx(20_000, rel=0.05)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("key", [(), ("id",)], ids=["no key", "key"])
def test_repeated_rows_of_a_large_table_are_counted_exactly(compare, key):
    verdict = compare(LARGE, f"from ({LARGE}) union all from ({LARGE}) where id % 10 = 1", key=key)
    assert verdict.kind == "grain"
    assert (verdict.n_rows_extra, verdict.n_rows_duplicated, verdict.n_rows_missing) == (2_000, 2_000, 0)
    assert verdict.summary.startswith("2,000 rows ")


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(
    "columns",
    [
        "i * 0.5::double as x, i % 3 as a, (i % 7)::tinyint as b",
        "i * 0.5::double as x, i % 10 = 0 as b",
        "i * 0.5::double as x",
        "i * 0.5::double as x, 'constant' as a",
        "i % 5 as x",
    ],
    ids=["few values", "a boolean", "only doubles", "a constant", "many copies"],
)
def test_large_tables_without_a_column_that_spreads_rows(compare, columns):
    gold = f"select {columns} from range(20000) t(i)"
    assert compare(gold, f"from ({gold}) order by hash(x)").is_match
    for output in (f"from ({gold}) offset 1", f"from ({gold}) union all from ({gold}) limit 20001"):
        assert compare(gold, output).kind in ("missing_rows", "extra_rows", "grain")
    for changed in ("x + 1000", "if(row_number() over () = 77, -1, x)"):
        verdict = compare(gold, f"select * replace ({changed} as x) from ({gold})")
        assert not verdict.is_match
        assert verdict.sample


@pytest.mark.usefixtures("small_limits")
def test_rows_whose_hashes_were_made_to_collide_are_told_apart(compare, connection):
    """An author who knows DuckDB's `hash` finds other rows with the same one; not with the secret of a comparison."""
    rows = [(i, i * i) for i in range(5_000)]
    others = [_with_same_hash(*row) for row in rows]
    for table, values in (("right", rows), ("wrong", others)):
        a, b = (list(numbers) for numbers in zip(*values, strict=True))
        numbers = f"generate_subscripts({a}, 1) as id, unnest({a}::bigint[]) as a, unnest({b}::bigint[]) as b"
        connection.execute(f'create table "{table}" as select {numbers}')
    found = [
        connection.execute(f'select sum(hash(id, a, b)) from "{table}"').fetchone() for table in ("right", "wrong")
    ]
    assert found[0] == found[1]
    assert not set(rows) & set(others)
    assert not compare('from "right"', 'from "wrong"').is_match


_FACTOR = 0xD6E8FEB86659FD93
_MASK = (1 << 64) - 1


def _hash(number: int) -> int:
    for _ in range(2):
        number = ((number ^ (number >> 32)) * _FACTOR) & _MASK
    return number ^ (number >> 32)


def _number_with(hashed: int) -> int:
    inverse = pow(_FACTOR, -1, 1 << 64)
    hashed ^= hashed >> 32
    for _ in range(2):
        hashed = (hashed * inverse) & _MASK
        hashed ^= hashed >> 32
    return hashed - (1 << 64) if hashed >> 63 else hashed


def _with_same_hash(a: int, b: int) -> tuple[int, int]:
    """Another row of two BIGINTs: what differs in the first number's hash is made up for in the second's."""
    first, second = _hash(a & _MASK), _hash(b & _MASK)
    return _number_with(first ^ (1 << 63) ^ (1 << 31)), _number_with(second ^ (1 << 63))
