"""Finding a table by its name, however it is written."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evaluators.compare
from benchmark.duckdb_sql import quote
from benchmark.errors import LockgateError
from evaluators.compare.relations import RelationError, find_relation, one_line, split_name


def test_the_public_names_are_there() -> None:
    assert {name for name in evaluators.compare.__all__ if hasattr(evaluators.compare, name)} == {
        "ComparisonError",
        "compare_tables",
        "verdict_of_identical",
    }


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3))
def test_a_quoted_name_of_any_letters_is_taken_apart(parts: list[str]) -> None:
    assert split_name(".".join(map(quote, parts))) == parts
    assert split_name(" . ".join(map(quote, parts)).replace('" .', '"   .').replace('. "', '."')) == parts


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a", ["a"]),
        (" a ", ["a"]),
        ("a.b", ["a", "b"]),
        ("a . b . c", ["a", "b", "c"]),
        ('"a.b".c', ["a.b", "c"]),
        ('a."b""c"', ["a", 'b"c']),
        ('a."""".c', ["a", '"', "c"]),
        ('a b."c"', ["a b", "c"]),
        ('a"b', ['a"b']),
    ],
)
def test_a_name_has_up_to_three_parts(name: str, parts: list[str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize(
    "name", ["", " ", ".", "a.", ".a", "a..b", "a.b.c.d", '"a', '"a"b', '"a".', '"', '""', 'a.""', '"a""', '"a" "b"']
)
def test_what_is_no_name_says_how_to_write_one(name: str) -> None:
    with pytest.raises(LockgateError, match=r"is not the name of a relation\. Write table, schema\.table or") as caught:
        split_name(name)
    assert str(caught.value).startswith(f"'{name}' ")


@pytest.fixture
def full(connection):
    """One table name in every place where it can stand; each holds the name of its place."""
    connection.execute("attach ':memory:' as other; create schema s; create schema other.s; create schema memory.other")
    for place in ("memory.main", "memory.s", "other.main", "other.s", "memory.other", "temp.main"):
        temp = "temp" if place == "temp.main" else ""
        connection.execute(f"create {temp} table {place}.t as select '{place}' as place")
    connection.execute(
        "create view v as select 1 as x; create view s.v as select 2 as x; create table only_here (a int)"
    )
    return connection


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("t", "temp.main"),
        ("T", "temp.main"),
        ('"t"', "temp.main"),
        ("s.t", "memory.s"),
        ("S.T", "memory.s"),
        ("main.t", "memory.main"),
        ("memory.t", "memory.main"),
        ("temp.t", "temp.main"),
        ("other.t", "memory.other"),
        ("other.main.t", "other.main"),
        ("other.s.t", "other.s"),
        ("memory.s.t", "memory.s"),
        ("OTHER.S.T", "other.s"),
    ],
)
def test_a_schema_goes_before_a_catalog_and_what_is_temporary_before_what_stays(full, name: str, place: str) -> None:
    found = find_relation(full, name)
    assert full.execute(f"from {found.sql}").fetchall() == [(place,)]
    assert list(found.columns) == ["place"]


def test_a_name_alone_is_looked_for_where_the_session_stands(full) -> None:
    full.execute("drop table temp.main.t; use other.s")
    assert find_relation(full, "t").sql == '"other"."s"."t"'
    full.execute("drop table other.s.t")
    assert find_relation(full, "t").sql == '"other"."main"."t"'
    assert find_relation(full, "other.t").sql == '"other"."main"."t"'


@pytest.mark.parametrize("name", ["nope", "s.nope", "nope.t", "s.only_here", "other.nope.t", "memory.s.only_here"])
def test_what_is_not_there_is_named_as_it_was_asked_for(full, name: str) -> None:
    with pytest.raises(RelationError, match=rf"^{name}: there is no such table or view$") as caught:
        find_relation(full, name)
    assert (caught.value.name, caught.value.is_missing) == (name, True)


def test_a_view_is_found_and_one_that_fails_says_why(full) -> None:
    assert full.execute(f"from {find_relation(full, 's.v').sql}").fetchall() == [(2,)]
    full.execute("create table base (a int); create view broken as select a from base; drop table base")
    with pytest.raises(RelationError, match=r"^main\.broken: Catalog Error: .*base does not exist") as caught:
        find_relation(full, "main.broken")
    assert (caught.value.name, caught.value.is_missing) == ("main.broken", False)
    assert "\n" not in caught.value.reason


def test_no_variable_of_python_is_taken_for_a_table(connection) -> None:
    table = duckdb.sql("select 1 as x")
    assert table.columns == ["x"]
    with pytest.raises(RelationError, match="there is no such table or view"):
        find_relation(connection, "table")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n  b\t c", "a b c"),
        ("Binder Error: no x\n\nLINE 1: select x\n   ^", "Binder Error: no x"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("", ""),
    ],
)
def test_an_error_is_one_short_line_without_our_sql(text: str, line: str) -> None:
    assert one_line(ValueError(text)) == line
