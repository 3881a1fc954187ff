"""Tickets say what is wrong in the words of somebody who reads the tables, and nothing of the cause."""

import re
from collections import Counter
from datetime import date

import pytest

from authoring.generate.differences import Counts, Example, Shared, TableDifference, WrongColumn
from authoring.generate.ticket_checks import likeness, ticket_problems
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.ticket_facts import Choices, TicketFacts
from authoring.generate.tickets import Ticket, ticket_start, write_ticket
from authoring.generate.voices import VOICES
from authoring.generate.wording import column_words, entity, key_text, value_text

SALES = TableDifference(
    table="marts.shop_days",
    counts=Counts(200, 31, 2, 0),
    columns=(
        WrongColumn("n_sold", "BIGINT", 31, 31, 0, 0, 0),
        WrongColumn("net_revenue_eur_cents", "BIGINT", 12, 5, 7, 0, 0),
    ),
    examples=(
        Example(
            {"shop_id": 12, "sold_on": date(2024, 3, 4)},
            {"n_sold": 7, "net_revenue_eur_cents": 1250},
            {"n_sold": 5, "net_revenue_eur_cents": 900},
        ),
        Example({"shop_id": 14, "sold_on": date(2024, 3, 9)}, {"n_sold": 2}, {"n_sold": 1}),
        Example({"shop_id": 15, "sold_on": date(2024, 3, 9)}, {}, {"shop_id": 15, "sold_on": date(2024, 3, 9)}),
    ),
    shared=(Shared("channel", "app"),),
    day_column="sold_on",
    first_day=date(2024, 3, 4),
    last_day=date(2024, 3, 9),
    first_day_of_all=date(2024, 1, 1),
    last_day_of_all=date(2024, 3, 31),
    fingerprint="1",
)
OTHER = SALES._replace(table="marts.regions", counts=Counts(9, 3, 0, 0), columns=SALES.columns[:1], shared=())
DESCRIPTIONS = {
    "marts.shop_days": "Grain: one row per shop and day (`shop_id`, `sold_on`).",
    "marts.shop_days.n_sold": "Pieces that were sold.",
}


def facts(task: str, *, is_hard: bool = False) -> TicketFacts:
    symptoms = (SALES, SALES._replace(table="marts.regions")) if is_hard else (SALES,)
    return TicketFacts(task, date(2024, 4, 2), symptoms, () if is_hard else (OTHER,), DESCRIPTIONS, True)


@pytest.mark.parametrize("is_hard", [False, True])
def test_every_ticket_names_what_is_wrong_and_passes_its_own_checks(is_hard: bool) -> None:
    for n in range(60):
        ticket = write_ticket(facts(f"shop_shop_days_{n}", is_hard=is_hard))
        found = ticket_problems(
            ticket.text,
            columns=["n_sold", "net_revenue_eur_cents"],
            hidden=["int_sales_by_day", "stg_till__sales"],
            solution_lines=["inner join shops on lines.shop_id = shops.shop_id"],
        )
        assert found == []
        for text in ("marts.shop_days", "marts.regions", "31", "two", "app", "4 March 2024", "`sold_on`"):
            assert text in ticket.text.lower() or text in ticket.text
        assert ticket.title[0].isupper()


def test_rows_are_named_after_their_key_only_where_it_is_one_column() -> None:
    texts = DESCRIPTIONS | {"marts.shop_days": "One row per shop that sold, by day."}
    single = SALES._replace(examples=tuple(item._replace(key={"shop_id": 12}) for item in SALES.examples[:1]))
    for n in range(20):
        task = facts(f"shop_shop_days_{n}")._replace(descriptions=texts)
        assert "200 shops" not in write_ticket(task).text
        assert "200 shops" in write_ticket(task._replace(symptoms=(single,))).text


@pytest.mark.parametrize(
    ("description", "is_quoted"),
    [
        ("Pieces that were sold.", True),
        ("Out of these 7 days the last one.", True),
        ("The part of it that came by post.", False),
        ("The same over seven days.", False),
        ("Paid back for them.", False),
        ("Of these, sold by phone.", False),
    ],
)
def test_a_description_that_speaks_of_another_column_is_not_quoted(description: str, is_quoted: bool) -> None:
    texts = DESCRIPTIONS | {"marts.shop_days.n_sold": description}
    tickets = [write_ticket(facts(f"shop_shop_days_{n}")._replace(descriptions=texts)).text for n in range(20)]
    flat = [" ".join(text.split()) for text in tickets]
    assert any(description in text for text in flat) is is_quoted


def test_one_case_is_one_case() -> None:
    column = WrongColumn("n_sold", "BIGINT", 3, 1, 2, 0, 0)
    task = facts("shop_shop_days_1")
    text = write_ticket(task._replace(symptoms=(SALES._replace(columns=(column,)),))).text
    assert "too high in one case and too low in two" in " ".join(text.split())


def test_no_two_tickets_of_a_generation_have_the_same_title() -> None:
    chosen = ChosenTickets(Counter())
    tickets = [Ticket("Rows missing", "One."), Ticket("Rows missing", "Another text, of other words.")]
    other = Ticket("Rows that are gone", "A third way to say it.")
    assert chosen.choose("a_task", lambda _: tickets[0], lambda _: []) == tickets[0]
    assert chosen.choose("a_task", lambda turn: other if turn == 5 else tickets[1], lambda _: []) == other


def test_a_table_that_only_lacks_rows_is_described_too() -> None:
    lacking = SALES._replace(columns=(), counts=Counts(50, 0, 1, 0), examples=SALES.examples[2:])
    for n in range(30):
        task = facts(f"shop_shop_days_{n}")
        text = write_ticket(task._replace(others=(OTHER._replace(columns=(), counts=Counts(9, 0, 1, 2)),))).text
        assert "`marts.regions` (one row missing and two rows too many)" in " ".join(text.split())
        alone = write_ticket(task._replace(symptoms=(lacking,), others=()))
        assert "One row is missing altogether." in alone.text
        assert not ticket_problems(alone.text, columns=[], hidden=[], solution_lines=[])


def test_the_same_task_has_the_same_ticket_and_another_task_another_one() -> None:
    texts = [write_ticket(facts(f"shop_shop_days_{n}")).text for n in range(20)]
    assert texts == [write_ticket(facts(f"shop_shop_days_{n}")).text for n in range(20)]
    assert len(set(texts)) == len(texts)
    assert write_ticket(facts("shop_shop_days_1"), turn=1).text != texts[1]


GOOD = write_ticket(facts("shop_shop_days_1")).text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("`n_sold`", "sold"), "`n_sold` is not named"),
        (GOOD + "\nSee int_sales_by_day.\n", "it names int_sales_by_day"),
        (GOOD + "\nIt has inner join shops on   lines.shop_id = shops.shop_id there.\n", "it holds the line"),
        (GOOD + "\nThe the total is wrong.\n", "a slip: 'The the'"),
        (GOOD + "\nThe row of {shop} is wrong.\n", "a slip: '{shop}'"),
        (GOOD + "\nMade by a generator.\n", "it says 'generator'"),
        (GOOD[:300], "it has "),
        (GOOD + "\nAnd so on and on.\n" * 400, "it has "),
    ],
)
def test_a_ticket_that_gives_the_answer_away_or_slips_is_refused(text: str, problem: str) -> None:
    found = ticket_problems(
        text,
        columns=["n_sold"],
        hidden=["int_sales_by_day"],
        solution_lines=["inner join shops on lines.shop_id = shops.shop_id"],
    )
    assert any(problem in item for item in found), found


def test_likeness_is_of_sentences_without_their_names_and_numbers() -> None:
    assert likeness(GOOD, GOOD.replace("31", "77").replace("`n_sold`", "`n_lost`")) == 1
    assert likeness(GOOD, "x\n# FIN-1: other words\n\nThis has nothing to do with the other one at all.\n") == 0


def test_words_for_names_and_values() -> None:
    assert entity("Grain: one row per order that the shop still has (`order_id`).") == "orders"
    assert entity("Grain: one row per seller and week with a delivery (`seller_id`, `week_start`).") == "rows"
    assert entity("One row per country.") == "countries"
    assert column_words("net_revenue_eur_cents") == "net revenue"
    assert column_words("n_units_returned") == "units returned"
    key = {"seller_id": 7, "week_start": date(2024, 3, 4), "voucher_code": None}
    assert key_text(key) == "seller 7, week of 4 March 2024, no voucher"
    assert [value_text(value) for value in (None, True, 0.25, 0.00012, 3.0)] == [
        "empty",
        "true",
        "0.25",
        "0.00012",
        "3",
    ]


def test_a_title_names_the_table_and_never_says_only_some_rows() -> None:
    titles = [write_ticket(facts(f"shop_shop_days_{n}")).title.lower() for n in range(60)]
    assert all("shop days" in title for title in titles)
    assert "sold in 31 rows of shop days cannot be right" in titles
    assert "sold of some rows in shop days is too high" in titles


def test_a_number_has_four_digits_and_a_title_goes_on_with_a_small_letter() -> None:
    for n in range(60):
        head = write_ticket(facts(f"shop_shop_days_{n}")).text.splitlines()[1]
        assert re.match(r"# [A-Z]+-[1-9]\d{3}: [a-z]", head), head
    voice = next(iter(VOICES.values()))
    words = {"table": "marts.shops", "day": "2 April 2024"}
    for title, said in (("A contract for shops", "a contract"), ("SKU and price are off", "SKU and price")):
        assert f": {said}" in ticket_start(title, voice, Choices("t", 0), words)[0]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("avg_departure_delay_minutes", "average departure delay"),
        ("max_wind_speed_mph", "highest wind speed"),
        ("min_visibility_miles", "lowest visibility"),
        ("precipitation_inches", "precipitation"),
    ],
)
def test_columns_are_named_without_units_and_short_words(column: str, words: str) -> None:
    assert column_words(column) == words
