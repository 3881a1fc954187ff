"""Parquet files and values that a submission can make to break who reads them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from runtime.jobs.export import export_query

NAME = "marts.flights"
QUERY = "select i as id, i * 10 as v from range(5) t(i)"


def write(path: Path, query: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        assert export_query(connection, query, path) is None
    return path


def unnamed_struct(path: Path) -> None:
    table = pa.table({"id": pa.array(range(5)), "v": pa.array([{"": 1}] * 5, pa.struct([("", pa.int64())]))})
    pq.write_table(table, path)


def name_not_utf8(path: Path) -> None:
    pq.write_table(pa.table({"id": range(5), "vvvv": range(5)}), path)
    path.write_bytes(path.read_bytes().replace(b"vvvv", b"\xff\xfe\xff\xfe"))


def long_name(path: Path) -> None:
    write(path, f'select *, 1 as "{"x" * 10_000_000}" from ({QUERY})')


def too_many_rows(path: Path) -> None:
    write(path, "select 1 as id, 10 as v from range(1200000)")


def too_many_columns(path: Path) -> None:
    write(path, f"select *, {', '.join(f'{n} as c{n}' for n in range(5_500))} from ({QUERY})")


def nested(path: Path) -> None:
    write(path, f"select id, {'[' * 40}1{']' * 40} as v from ({QUERY})")


def twice_the_name(path: Path) -> None:
    pq.write_table(pa.table([pa.array(range(5))] * 3, names=["id", "v", "V"]), path)


def forged_types(path: Path) -> None:
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        types = '{"v": "STRUCT(a INT); drop schema gold cascade", "id": "BIT"}'
        connection.execute(
            f"copy ({QUERY}) to '{path}' (format parquet, kv_metadata {{\"lockgate.types\": '{types}'}})"
        )


KINDS: dict[str, Callable[[Path], Any]] = {
    "unnamed struct": unnamed_struct,
    "a name that is not UTF-8": name_not_utf8,
    "a long name": long_name,
    "too many rows": too_many_rows,
    "too many columns": too_many_columns,
    "nested": nested,
    "a name twice": twice_the_name,
    "forged types": forged_types,
    "empty": lambda path: path.write_bytes(b""),
    "a pipe": os.mkfifo,
}
VALUES = [
    "date '5000000-01-01'", "'infinity'::timestamptz", "'-infinity'::date", "'infinity'::timestamp_ns", "'nan'::double",
    "interval '-1 month'", "170141183460469231731687303715884105727::hugeint", "repeat('9', 3000)::bignum", "'1'::bit",
    "union_value(a := i)", "map {i: [i]}", "{'a': null}", "'x'::variant", "'[1'::varchar", "time '24:00:00'",
    "('[' || repeat('[', 5000))::varchar", "chr(0)", "'\\xff'::blob", "repeat('x', 1000000)", "'POINT(1 2)'::geometry",
]  # fmt: skip
