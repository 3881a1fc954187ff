"""How long `compare_tables` takes, against an order-independent checksum scan of both sides in the same run.

`python -m perf.compare` measures 2 million rows x 6 columns; `--large` adds 10 million x 6, `--wide` 200,000 x 100,
`--others` what others do: `EXCEPT ALL` both ways, hashing rows in Python as DAComp does, datacompy where installed.
Exits with 1 where a limit is broken. Each case runs in a process of its own, on a DuckDB file.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import duckdb

from evaluators.compare.tables import compare_tables

LIMITS = {"equal": 3.5, "different": 7.5}
"""Each value meets a secret before it is hashed, so that nobody can prepare a pair with equal checksums
(`compare/large/keyed_hash.py`). With DuckDB's own hash as it is, equal tables cost 1.4 checksums and different ones at
most 4; with the secret 2.0 to 3.1, and 2.9 to 5.4 (200,000 rows of 100 columns: up to 6.9, in 2.2 s)."""
MAX_RESIDENT_MIB = 1024
_N_ROUNDS = 5
"""Of which the quickest counts."""
_LONG = """i::bigint as id, (hash(i) % 1000)::int as a, (hash(i + 7) % 100000)::double / 7 as b,
    ((hash(i + 9) % 1000000) / 100.0)::decimal(12, 2) as d, 'name_' || (hash(i + 3) % 5000) as s,
    timestamp '2013-01-01' + interval (i % 1000000) second as ts"""
CHANGES = {
    "one value": "select * replace (if(id = 12345, a + 1, a) as a) from gold",
    "a hundred values": "select * replace (if(id % (select count(*) // 100 from gold) = 1, a + 1, a) as a) from gold",
    "thirty values": "select * replace (if(id % (select count(*) // 30 from gold) = 1, a + 1, a) as a) from gold",
    "one row in a thousand": "select * replace (if(id % 1000 = 1, a + 1, a) as a) from gold",
    "one column": "select * replace (b + 1 as b) from gold",
    "the id": "select * replace (id + 1000000000 as id) from gold",
    "one row in a hundred missing": "from gold where id % 100 <> 1",
    "one row in a hundred twice": "from gold union all from gold where id % 100 = 1",
}
"""What makes the output of gold."""


class Case(NamedTuple):
    """One comparison."""

    name: str
    sort: str
    """`equal` or `different`: which limit holds."""
    columns: str
    n_rows: int
    change: str
    """Query that makes the output of `gold`."""
    key: tuple[str, ...]


class Figures(NamedTuple):
    """What one case took."""

    checksum_seconds: float
    compare_seconds: float
    resident_mib: float
    summary: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="10 million rows x 6 columns too")
    parser.add_argument("--wide", action="store_true", help="200,000 rows x 100 columns too")
    parser.add_argument("--others", action="store_true", help="other ways to compare, on the 2 million rows")
    chosen = parser.parse_args()
    sizes = [(_LONG, 2_000_000)]
    if chosen.large:
        sizes.append((_LONG, 10_000_000))
    if chosen.wide:
        wide = [f"(hash(i + {n}) % 100000)::{('int', 'double', 'varchar', 'bigint')[n % 4]} as c{n}" for n in range(94)]
        sizes.append((", ".join([_LONG, *wide]), 200_000))
    is_fine = True
    print("rows       case                                  checksum  compare  ratio  limit   MiB  limit")
    for columns, n_rows in sizes:
        for case in _cases(columns, n_rows):
            is_fine = _report(case) and is_fine
    if chosen.others:
        _report_others()
    sys.exit(0 if is_fine else 1)


def _cases(columns: str, n_rows: int) -> list[Case]:
    equal = [
        Case("equal, no key", "equal", columns, n_rows, "from gold", ()),
        Case("equal, key", "equal", columns, n_rows, "from gold", ("id",)),
    ]
    different = [
        Case(f"{name}, {'key' if key else 'no key'}", "different", columns, n_rows, change, key)
        for name, change in CHANGES.items()
        for key in ((), ("id",))
    ]
    return equal + different


def _report(case: Case) -> bool:
    figures = _in_child(_measure, case)
    ratio = figures.compare_seconds / figures.checksum_seconds
    limit = LIMITS[case.sort]
    print(
        f"{case.n_rows:>10,} {case.name:<37} {figures.checksum_seconds:7.2f}s {figures.compare_seconds:7.2f}s "
        f"{ratio:6.2f} {limit:6.1f} {figures.resident_mib:5.0f} {MAX_RESIDENT_MIB:6d}  {figures.summary}"
    )
    return ratio <= limit and figures.resident_mib <= MAX_RESIDENT_MIB


def _in_child(function: Callable[[Case], Figures], case: Case) -> Figures:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, case).result()


def _measure(case: Case) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.duckdb"
        _write(path, case)
        with duckdb.connect(path, read_only=True, config={"memory_limit": "700MB"}) as connection:
            connection.execute("set enable_progress_bar = false")
            times: list[tuple[float, float]] = []
            for _ in range(_N_ROUNDS):
                checksum = _timed(lambda: [_checksum(connection, name) for name in ("gold", "output")])
                started = time.perf_counter()
                verdict = compare_tables(connection, "gold", "output", key=case.key)
                times.append((checksum, time.perf_counter() - started))
            assert verdict.is_match == (case.sort == "equal"), verdict
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(min(t[0] for t in times), min(t[1] for t in times), resident, verdict.summary[:70])


def _write(path: Path, case: Case) -> None:
    """Write the tables in a process of its own: its memory is not the comparison's."""
    queries = [
        f"create table gold as select {case.columns} from range({case.n_rows}) t(i)",
        f"create table output as from ({case.change}) order by hash(id, 'another order')",
    ]
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(path, queries))
    process.start()
    process.join()


def _run(path: Path, queries: list[str]) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("set enable_progress_bar = false")
        for query in queries:
            connection.execute(query)


def _checksum(connection: duckdb.DuckDBPyConnection, name: str) -> object:
    columns = [column[0] for column in connection.execute(f"select * from {name} limit 0").description]
    return connection.execute(f"select count(*), sum(hash({', '.join(columns)})) from {name}").fetchone()


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _report_others() -> None:
    case = Case("", "equal", _LONG, 2_000_000, "from gold", ())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.duckdb"
        _write(path, case)
        with duckdb.connect(path, read_only=True) as connection:
            base = min(
                _timed(lambda: [_checksum(connection, name) for name in ("gold", "output")]) for _ in range(_N_ROUNDS)
            )
            ways: dict[str, Callable[[], object]] = {
                "EXCEPT ALL both ways": lambda: [
                    connection.execute(f"select count(*) from (from {a} except all from {b})").fetchone()
                    for a, b in (("gold", "output"), ("output", "gold"))
                ],
                "hashing rows in Python": lambda: [
                    sorted(hash(row) for row in connection.table(name).df().itertuples(index=False))
                    for name in ("gold", "output")
                ],
            }
            if importlib.util.find_spec("datacompy"):
                ways["datacompy"] = lambda: _datacompy(connection)
            else:
                print("datacompy is not installed: pip install datacompy")
            for name, way in ways.items():
                seconds = _timed(way)
                print(f"{case.n_rows:>10,} {name:<37} {base:7.2f}s {seconds:7.2f}s {seconds / base:6.2f}")


def _datacompy(connection: duckdb.DuckDBPyConnection) -> object:
    import datacompy  # type: ignore[import-not-found]

    gold, output = (connection.table(name).df() for name in ("gold", "output"))
    return datacompy.PandasCompare(gold, output, join_columns="id").matches()


if __name__ == "__main__":
    main()
