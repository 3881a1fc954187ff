"""Generators from an extract: what each seed, day and scale has, and what a broken extract says."""

import gzip
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from benchmark.generator_parameters import Dials
from benchmark.world_data import TableRoles
from sources.kit.clock import WorldClock
from sources.kit.errors import GeneratorError
from sources.kit.extract import ExtractGenerator
from sources.kit.stability import moved_rows
from sources.kit.states import shown_columns
from sources.kit.table_maker import states_of

FAR = datetime(2030, 1, 1, tzinfo=UTC)

TABLES = {
    "countries.csv": "select * from (values ('DE', 'Germany'), ('FR', 'France')) as t (code, name)",
    "customers.parquet": """
        select 'C-' || lpad((range + 1)::varchar, 4, '0') as customer_id, 'Person ' || range as name,
            'p' || range || '@mail.test' as email, ['DE', 'FR'][1 + range % 2] as country,
            case when range > 5 then 'C-0001' end as referred_by, timestamp '2024-01-01' + to_hours(range) as loaded_at
        from range(40)
    """,
    "products.jsonl": "select (range * 7)::integer as product_id, 'thing ' || range as title from range(1, 20)",
    "orders.parquet": """
        select range + 1 as order_id, 'C-' || lpad((1 + range * 7 % 40)::varchar, 4, '0') as customer_id,
            timestamp '2024-01-02' + to_hours(range * 2) as ordered_at, 10 + range % 9 as amount
        from range(300)
    """,
    "lines.csv": """
        select 1 + range // 2 as order_id, range % 2 + 1 as line, (1 + range % 19) * 7 as product_id,
            case when range % 50 = 0 then 999 else 5 end as shelf
        from range(600)
    """,
}
ROLES = {
    "countries": TableRoles(key=("code",), reference=True),
    "customers": TableRoles(
        key=("customer_id",),
        parents={"country": "countries", "referred_by": "customers"},
        loaded_at="loaded_at",
        personal={"name": "person_name", "email": "email"},
    ),
    "products": TableRoles(key=("product_id",), keep=1),
    "orders": TableRoles(key=("order_id",), parents={"customer_id": "customers"}, event_time="ordered_at"),
    "lines": TableRoles(key=("order_id", "line"), parents={"order_id": "orders", "product_id": "products.product_id"}),
}
IDENTIFIERS = {"customers": "customer_id", "orders": "order_id", "products": "product_id"}
LINKS = {
    ("customers", "country"): ("countries", "code"),
    ("customers", "referred_by"): ("customers", "customer_id"),
    ("orders", "customer_id"): ("customers", "customer_id"),
    ("lines", "order_id"): ("orders", "order_id"),
    ("lines", "product_id"): ("products", "product_id"),
}
Make = Callable[..., ExtractGenerator]


def write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        for name, query in files.items():
            kind = {".parquet": "parquet", ".csv": "csv, header", ".jsonl": "json"}[Path(name).suffix]
            connection.execute(f"copy ({query}) to '{folder / name}' (format {kind})")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ExtractGenerator:
    folder = tmp_path_factory.mktemp("shop") / "data"
    write(folder, TABLES)
    return ExtractGenerator(folder, WorldClock(date(2024, 1, 1), time(20)), ROLES)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make_one(files: Mapping[str, str], roles: Mapping[str, TableRoles]) -> ExtractGenerator:
        write(tmp_path / "data", files)
        return ExtractGenerator(tmp_path / "data", WorldClock(date(2024, 1, 1), time(20)), roles)

    return make_one


def everything(generator: ExtractGenerator, seed: int, scale: int = 1) -> dict[str, pa.Table]:
    return states_of(generator, Dials(seed, scale=scale), FAR, FAR)


def values(table: pa.Table, column: str) -> list[Any]:
    return [value for value in table[column].to_pylist() if value is not None]


def test_seed_0_is_the_extract_as_it_is(shop: ExtractGenerator) -> None:
    found = everything(shop, 0)
    assert list(found) == ["countries", "customers", "lines", "orders", "products"]
    with duckdb.connect() as connection:
        for name, query in TABLES.items():
            table = Path(name).stem
            connection.register("found", shown_columns(found[table]))
            for one, other in (("from found", query), (query, "from found")):
                assert connection.execute(f"({one}) except all ({other})").fetchall() == [], table
    assert moved_rows(shop, Dials(0, 3)) == {}


@pytest.mark.parametrize("seed", [1, 2, 812_345])
def test_every_row_of_a_seed_has_its_parents(shop: ExtractGenerator, seed: int) -> None:
    found = everything(shop, seed, 2)
    for (table, column), (parent, key) in LINKS.items():
        assert set(values(found[table], column)) <= set(values(found[parent], key)), (table, column)
    for table, roles in ROLES.items():
        keys = list(zip(*(found[table][column].to_pylist() for column in roles.key), strict=True))
        assert len(set(keys)) == len(keys)


def test_a_seed_draws_entities_and_their_children_follow(shop: ExtractGenerator) -> None:
    whole, found = everything(shop, 0), everything(shop, 3)
    assert 25 <= found["customers"].num_rows < 40
    assert found["products"].num_rows == 19, "keep: 1"
    assert found["countries"].equals(whole["countries"])
    share = found["customers"].num_rows / 40
    assert found["orders"].num_rows / 300 == pytest.approx(share, abs=0.1)
    assert found["lines"].num_rows == 2 * found["orders"].num_rows, "an order keeps all its lines"


def test_no_identifier_of_one_seed_is_in_another(shop: ExtractGenerator) -> None:
    seen: dict[str, dict[Any, int]] = {table: {} for table in IDENTIFIERS}
    for seed in (0, 1, 2, 3, 4, 5, 999_999):
        found = everything(shop, seed)
        for table, column in IDENTIFIERS.items():
            for value in values(found[table], column):
                assert seen[table].setdefault(value, seed) == seed
    everything_else = everything(shop, 0, 2)
    for table, column in IDENTIFIERS.items():
        assert all(seen[table].get(value, 0) == 0 for value in values(everything_else[table], column))


def test_identifiers_keep_type_and_shape_and_tell_no_order(shop: ExtractGenerator) -> None:
    whole, found = everything(shop, 0), everything(shop, 7)
    assert {found["orders"].schema.field("order_id").type, whole["orders"].schema.field("order_id").type} == {
        pa.int64()
    }
    assert whole["products"].schema.field("product_id").type == pa.int64(), "any whole number may become a great one"
    assert all(re.fullmatch(r"C-\d+", value) for value in values(found["customers"], "customer_id"))
    amounts = {row["order_id"]: row["amount"] for row in found["orders"].to_pylist()}
    times = [row["ordered_at"] for row in sorted(found["orders"].to_pylist(), key=lambda row: row["order_id"])]
    assert times != sorted(times)
    assert len(amounts) == found["orders"].num_rows


def test_personal_texts_are_replaced(shop: ExtractGenerator) -> None:
    whole, found = everything(shop, 0), everything(shop, 7)
    assert not set(values(found["customers"], "name")) & set(values(whole["customers"], "name"))
    assert all("@example." in value for value in values(found["customers"], "email"))
    assert all("@mail.test" in value for value in values(whole["customers"], "email"))


def test_scale_multiplies_root_entities_and_moves_no_row(shop: ExtractGenerator) -> None:
    for seed in (0, 5):
        one, three = everything(shop, seed), everything(shop, seed, 3)
        assert 2.3 * one["customers"].num_rows < three["customers"].num_rows <= 3.4 * one["customers"].num_rows
        assert three["countries"].num_rows == 2
        for table, column in IDENTIFIERS.items():
            assert set(values(one[table], column)) <= set(values(three[table], column))


def test_days_come_one_by_one(shop: ExtractGenerator) -> None:
    for seed in (0, 4):
        first, second = (shop.states(Dials(seed, 10, day))["orders"] for day in (1, 2))
        new = set(values(second, "order_id")) - set(values(first, "order_id"))
        assert set(values(first, "order_id")) <= set(values(second, "order_id"))
        times = {row["order_id"]: row["ordered_at"] for row in second.to_pylist()}
        assert new
        assert all(datetime(2024, 1, 10, 20) < times[key] <= datetime(2024, 1, 11, 20) for key in new)  # noqa: DTZ001
        assert shop.states(Dials(seed, 11, 1))["orders"].equals(second)


def test_rows_without_a_time_come_with_their_last_parent(make: Make) -> None:
    files = {
        "orders.parquet": "select range as id, timestamp '2024-01-02' + to_days(range::int) as at from range(6)",
        "parcels.parquet": "select range as id, range as order_id from range(6)",
        "events.parquet": "select range as id, case when range < 9 then range % 6 end as parcel_id from range(12)",
    }
    roles = {
        "orders": TableRoles(key=("id",), event_time="at"),
        "parcels": TableRoles(key=("id",), parents={"order_id": "orders"}),
        "events": TableRoles(key=("id",), parents={"parcel_id": "parcels"}),
    }
    day = make(files, roles).states(Dials(0, 3, 1))
    assert day["orders"].num_rows == 2
    assert day["parcels"].column("order_id").to_pylist() == day["orders"].column("id").to_pylist()
    assert day["events"].column("parcel_id").to_pylist() == [0, 1, 0, 1, None, None, None]
    assert make(files, roles).states(Dials(0, 30, 1))["events"].num_rows == 12


def test_a_duckdb_file_is_an_extract_and_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with duckdb.connect(str(folder / "all.duckdb")) as connection:
        connection.execute("create table a as select range as id from range(9); create schema s")
        connection.execute("create table s.b as select range as a_id, 'x' as note from range(9)")
    before = (folder / "all.duckdb").read_bytes()
    roles = {"a": TableRoles(key=("id",)), "b": TableRoles(parents={"a_id": "a"})}
    found = everything(ExtractGenerator(folder, WorldClock(date(2024, 1, 1), time(20)), roles), 1)
    assert sorted(values(found["a"], "id")) == sorted(values(found["b"], "a_id"))
    assert (folder / "all.duckdb").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["all.duckdb"]


UUIDS = "select md5('u' || range)::uuid::varchar as id from range(30)"
ODD = "select unnest(['a1', 'b2', 'Zürich', '', 'x-9', 'long name here', '12', 'a' || 1000000007]) as id"


@pytest.mark.parametrize(
    ("query", "form"),
    [
        (UUIDS, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("select md5('u' || range)::uuid as id from range(30)", r"[0-9a-f-]{36}"),
        ("select chr(65 + (range // 5)::integer) || chr(65 + (range % 5)::integer) as id from range(25)", r"[A-Z]{2,}"),
        (ODD, None),
        ("select 900000000000000000 + range * 12345 as id from range(30)", r"\d+"),
        ("select (range - 5)::smallint as id from range(30)", r"\d+"),
    ],
)
def test_identifiers_of_many_shapes(make: Make, query: str, form: str | None) -> None:
    generator = make({"a.parquet": query}, {"a": TableRoles(key=("id",), keep=1)})
    whole = [str(value) for value in values(everything(generator, 0)["a"], "id")]
    seen = set(whole)
    for seed in (1, 2, 999_999):
        found = [str(value) for value in values(everything(generator, seed)["a"], "id")]
        assert len(found) == len(set(found)) == len(whole)
        assert not seen & set(found)
        assert form is None or all(re.fullmatch(form, value) for value in found)
        seen |= set(found)


def test_entities_of_one_kind_are_drawn_and_renamed_alike(make: Make) -> None:
    years = "select c.code, y.range as year, 1 as value from ({}) as c cross join range(2000, 2010) as y"
    codes = "select 'K' || range as code from range(30)"
    generator = make(
        {"co2.parquet": years.format(codes), "wb.parquet": years.format(codes)},
        {name: TableRoles(key=("code", "year"), entity={"code": "country"}) for name in ("co2", "wb")},
    )
    found = everything(generator, 2)
    assert set(values(found["co2"], "code")) == set(values(found["wb"], "code"))
    assert 15 < len(set(values(found["co2"], "code"))) < 30
    assert found["co2"].num_rows == 10 * len(set(values(found["co2"], "code")))


def test_orphans_that_are_named_stay(make: Make) -> None:
    files = {
        "planes.parquet": "select 'N' || range as tail from range(20)",
        "flights.parquet": "select range as id, 'N' || range % 25 as tail from range(100)",
    }
    roles = {
        "planes": TableRoles(key=("tail",)),
        "flights": TableRoles(key=("id",), parents={"tail": "planes"}, orphans=("tail",)),
    }
    found = everything(make(files, roles), 1)
    missing = set(values(found["flights"], "tail")) - set(values(found["planes"], "tail"))
    assert len(missing) == 5


ONE = {"a.parquet": "select range as id, range // 2 as twice, 0.5 as ratio, 'x' as text from range(4)"}
TWO = ONE | {"b.csv": "select range as id, range + 2 as a_id from range(4)"}


@pytest.mark.parametrize(
    ("files", "roles", "problem"),
    [
        (ONE, {"b": TableRoles()}, r"data\.b in world\.yaml: the extract .* has no such table; known: a"),
        (ONE, {"a": TableRoles(key=("no",))}, r"a\.parquet \(table a\): has no column 'no'"),
        (
            ONE,
            {"a": TableRoles(key=("twice",))},
            r"a\.parquet \(table a\): the key \(twice\) is not unique: 2 rows have",
        ),
        (ONE, {}, r"a\.parquet \(table a\): no role says which rows belong together"),
        (ONE, {"a": TableRoles(key=("id",), loaded_at="text")}, "column 'text' is VARCHAR, but must be a date"),
        (ONE, {"a": TableRoles(key=("id",), entity={"ratio": "r"})}, r"kind 'r' of identifiers: a\.ratio is DECIMAL"),
        (
            TWO,
            {"a": TableRoles(key=("id",)), "b": TableRoles(key=("id",), parents={"a_id": "a"})},
            r"b\.csv \(table b\): 2 rows point to a parent that does not exist: a_id -> a\.id, for example \(4\)",
        ),
        (
            TWO,
            {"b": TableRoles(parents={"a_id": "c"})},
            r"data\.b\.parents\.a_id in world\.yaml: there is no table 'c'",
        ),
        (
            TWO,
            {"a": TableRoles(key=("id",)), "b": TableRoles(parents={"a_id": "a.no"})},
            r"a_id -> a\.no: a\.parquet has no column 'no'",
        ),
        (
            TWO,
            {"a": TableRoles(key=("id",), parents={"id": "b.a_id"}), "b": TableRoles(parents={"a_id": "a"})},
            "parents form a circle: a -> b -> a",
        ),
    ],
)
def test_a_broken_extract_is_one_clear_error(
    make: Make, files: Mapping[str, str], roles: Mapping[str, TableRoles], problem: str
) -> None:
    with pytest.raises(GeneratorError, match=problem):
        everything(make(files, roles), 1)


def test_files_that_cannot_be_read(make: Make, tmp_path: Path) -> None:
    generator = make({}, {})
    with pytest.raises(GeneratorError, match="data: has no file of data"):
        everything(generator, 0)
    for name, content in (("a.parquet", b"PAR1 nothing"), ("a.duckdb", b"nothing"), ("a.jsonl", b'{"a": 1}\n{"a": \n')):
        path = tmp_path / "data" / name
        path.write_bytes(content)
        with pytest.raises(GeneratorError, match=rf"{name}.*: cannot be read: "):
            everything(generator, 0)
        path.unlink()
    write(tmp_path / "data", {"a.csv": "select 1 as n", "a.parquet": "select 1 as n"})
    with pytest.raises(GeneratorError, match=r"a\.parquet: has a table 'a', and so has a\.csv"):
        everything(generator, 0)
    with pytest.raises(GeneratorError, match="is not there"):
        everything(ExtractGenerator(tmp_path / "no", generator.clock, {}), 0)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty; the first line of a CSV names its columns"),
        (b"\n\n", "is empty"),
        (b"id,id\n1,2\n", r"has a name twice \(it would become 'id_1'\)"),
        (b"id,\n1,2\n", "leaves a column without a name"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_header_names_each_column_once(make: Make, tmp_path: Path, content: bytes, problem: str, suffix: str) -> None:
    path = tmp_path / "data" / f"a{suffix}"
    generator = make({}, {})
    path.write_bytes(gzip.compress(content) if suffix == ".csv.gz" else content)
    with pytest.raises(GeneratorError, match=problem) as caught:
        everything(generator, 0)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("header", [b"\xef\xbb\xbfid,n", b'"id","a ""n"""', b"id;n_1", b"ID,Id_2"])
def test_headers_as_people_write_them_are_read(make: Make, tmp_path: Path, header: bytes) -> None:
    generator = make({}, {"a": TableRoles(reference=True)})
    (tmp_path / "data/a.csv").write_bytes(header + b"\n1,2\n".replace(b",", b";" if b";" in header else b","))
    assert everything(generator, 0)["a"].num_columns == 2
