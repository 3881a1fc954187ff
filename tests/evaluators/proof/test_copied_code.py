"""What counts as a copy of a solution's code: layout, case and comments do not matter, chance and boilerplate do."""

import pytest

from evaluators.proof.copied_code import boilerplate, code_runs, is_copied, runs_of

CODE = "select city, sum(fare) as total from staging_rides group by city"
WRITTEN = {
    "on several lines": "select city,\n\tsum(fare) as total\n\nfrom staging_rides\n  group by city\n",
    "in capitals": CODE.upper(),
    "with one-letter names and numbers": "select 1, city, sum(fare) as total from staging_rides r group by city, 2",
    "with comments at the end of lines": CODE.replace(", ", ", -- the town\n").replace(" from", "-- all of it\nfrom"),
    "with a comment over lines": CODE.replace(" as", " /* of all\nthe rides */ as"),
    "between two comments": f"/* the first one */ {CODE} /* the other one */",
    "between two comments of Jinja": f"{{# the first\none #}} {CODE} {{# the other one #}}",
    "under a comment of YAML": f"# a list of words\n{CODE}\n  # and some more words\n",
    "below imports": "rides as (select * from {{ ref('staging_rides') }}),\n"
    f"CITIES AS (SELECT * FROM {{{{ source('raw', 'cities') }}}}) {CODE}",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_code_is_the_same_however_it_is_written(text: str) -> None:
    assert code_runs(text) == code_runs(CODE)
    assert len(code_runs(CODE)) == 7, "eleven words have seven runs of five"


OTHER = {
    "another column": CODE.replace("fare", "tips"),
    "another order": "from staging_rides select city, sum(fare) as total group by city",
    "a mark inside a line starts no comment": CODE.replace("as total", "as total # of all"),
    "an import that chooses columns": f"rides as (select city from {{{{ ref('rides') }}}}), {CODE}",
}


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER.keys())
def test_other_code_has_other_runs(text: str) -> None:
    assert code_runs(text) != code_runs(CODE)


def test_a_text_that_is_searched_keeps_its_comments() -> None:
    """The solution may stand in a comment of the workspace."""
    assert code_runs(f"-- {CODE}") == frozenset()
    assert runs_of(f"-- {CODE}") == runs_of(CODE) == code_runs(CODE)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", set()),
        ("one two three four", set()),
        ("one two three four five", {("one", "two", "three", "four", "five")}),
        ("_a B2 c_3 4d 5 ee ff", {("_a", "b2", "c_3", "ee", "ff")}),
    ],
)
def test_a_run_is_five_words(text: str, runs: set[tuple[str, ...]]) -> None:
    assert runs_of(text) == runs


def test_what_three_files_of_a_start_have_is_boilerplate() -> None:
    twice = f"{CODE}\n;\n{CODE}"
    assert boilerplate([CODE, twice]) == frozenset()
    assert boilerplate([CODE, twice, "select nothing of the kind at all", f"-- why\n{CODE}"]) == code_runs(CODE)
    assert boilerplate([]) == frozenset()


@pytest.mark.parametrize(
    ("n_own", "n_found", "expected"),
    [
        (0, 0, False),
        (11, 11, False),
        (12, 11, False),
        (12, 12, True),
        (24, 12, True),
        (26, 12, False),
        (26, 13, True),
        (59, 29, False),
        (59, 30, True),
        (60, 30, True),
        (1000, 29, False),
        (1000, 30, True),
    ],
)
def test_how_much_of_a_file_is_a_copy(n_own: int, n_found: int, expected: bool) -> None:
    own = frozenset((str(i),) for i in range(n_own))
    found = frozenset((str(i),) for i in range(n_found)) | frozenset((f"other {i}",) for i in range(500))
    assert is_copied(own, found) is expected
