"""Each mutation operator on SQL makes a wrong query where there is something to get wrong, and nothing elsewhere."""

from collections import Counter

import duckdb
import pytest

from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.sql_trees import Scope, make_mutants, parse
from tests.helpers.operator_cases import CASES, DOUBLE, NOW, ROWS, TYPES


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(ROWS)
        yield connection


def rows(database, sql):
    return Counter(map(repr, database.execute(sql.replace("pinned now", NOW)).fetchall()))


def mutants_of(query, operator):
    made = make_mutants("marts.x", parse(query, NOW), Scope(TYPES), {operator: MUTATIONS[operator]})
    assert {mutant.operator for mutant in made} <= {operator}
    return made


def test_every_operator_has_a_case():
    assert CASES.keys() == MUTATIONS.keys()


@pytest.mark.parametrize("operator", CASES)
def test_an_operator_makes_a_query_that_gives_other_rows(database, operator):
    wanted = rows(database, CASES[operator])
    made = mutants_of(CASES[operator], operator)
    assert made, "it finds nothing to change"
    assert any(rows(database, mutant.sql) != wanted for mutant in made), [mutant.sql for mutant in made]


@pytest.mark.parametrize("operator", CASES)
def test_an_operator_leaves_a_query_alone_that_offers_nothing(operator):
    assert mutants_of("select ride_id from main.rides", operator) == ()


def test_a_division_of_doubles_loses_its_fraction_too(database):
    assert all(rows(database, m.sql) != rows(database, DOUBLE) for m in mutants_of(DOUBLE, "division_kind"))
