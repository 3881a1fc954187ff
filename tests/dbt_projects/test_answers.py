"""The facts that written answers must state are those of the data that agents see, read without the pipeline."""

from collections.abc import Callable

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task, get_world
from sources.registry import load_sources

pytestmark = pytest.mark.slow

Ask = Callable[[str], list[tuple[object, ...]]]


def ask_of(world: str) -> Ask:
    """What runs a query on the tables of a world's source systems, without the names of these, on the first evening."""
    spec = get_world(world).spec
    day = load_sources(world).generate(Dials(spec.visible_seed, spec.days, 1))
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for name, table in day.tables.items():
        connection.register("made", table)
        connection.execute(f"create table {name.partition('.')[2]} as from made")
        connection.unregister("made")
    return lambda query: connection.sql(query).fetchall()


@pytest.fixture(scope="module")
def shop() -> Ask:
    return ask_of("shop")


@pytest.fixture(scope="module")
def flights() -> Ask:
    return ask_of("flights")


@pytest.fixture(scope="module")
def retail() -> Ask:
    return ask_of("retail")


@pytest.fixture(scope="module")
def subscriptions() -> Ask:
    return ask_of("subscriptions")


def facts(task: str) -> dict[str, str]:
    """The right answer of a task: fact -> value."""
    return {fact.name: fact.expected[0] for fact in get_task(task).spec.answer}


def test_the_review_that_is_missed_was_rejected(shop: Ask) -> None:
    right = facts("shop_hidden_reviews")
    product = "from reviews where sku = 'HB1000000740033495'"
    decided = "(moderation.moderated_at::timestamptz at time zone 'Europe/Berlin')::date::text"
    assert shop(f"select {decided} {product} and moderation.status = 'rejected' and rating = 5") == [
        (right["decided_on"],)
    ]
    ((in_catalogue, shown),) = shop(f"select count(*), count(*) filter (moderation.status = 'approved') {product}")
    assert (str(in_catalogue), str(shown)) == (right["reviews_in_catalogue"], right["reviews_shown"])
    ((waiting,),) = shop("select count(*) from reviews where moderation.status = 'pending'")
    assert str(waiting) == right["reviews_waiting"]


def test_the_terms_hold_before_they_were_written(shop: Ask) -> None:
    right = facts("shop_terms_signed_late")
    ((seller,),) = shop("select seller_id from sellers where company_name = 'Ember Toys AB'")
    latest = f"from seller_terms where seller_id = {seller} order by valid_from desc limit 1"
    ((holds_from, written_on, bps),) = shop(
        "select valid_from::text, (updated_at at time zone 'Europe/Berlin')::date::text, commission_bps " + latest
    )
    assert (holds_from, written_on, bps) == (right["holds_from"], right["written_on"], 1700)
    lines = shop(
        f"""
        select quantity * base_price_cents
        from order_lines
        where seller_id = {seller} and order_id in (
            select order_id from orders
            inner join payments using (order_id)
            where payments.status = 'captured' and (placed_at at time zone 'Europe/Berlin')::date = date '2024-03-30'
        )
        """
    )
    cents = [int(str(base)) for (base,) in lines]
    assert str(len(cents)) == right["disputed_lines"]
    difference = sum((2 * base * 1700 + 10000) // 20000 - (2 * base * 1300 + 10000) // 20000 for base in cents)
    assert str(difference) == right["disputed_cents"]


def test_the_fee_was_corrected_in_place(shop: Ask) -> None:
    right = facts("shop_fees_corrected")
    reports = shop(
        """
        select fee_cents, (payments.updated_at at time zone 'Europe/Berlin')::date::text
        from payments inner join orders using (order_id)
        where order_number = 'HB-290234167'
        """
    )
    assert [(str(fee), day) for fee, day in reports] == [(right["fee_cents"], right["corrected_on"])]
    assert str(len(reports)) == right["reports"]
    repeated = shop("select provider_reference from payments group by provider_reference having count(*) > 1")
    assert str(len(repeated)) == right["reported_again"]
    zeros = shop(
        """
        select arg_min(fee_cents, recorded_at), arg_max(fee_cents, recorded_at)
        from payments inner join orders using (order_id)
        where order_number in ('HB-766167184', 'HB-119885868') and payments.status = 'captured'
        group by order_number order by 1
        """
    )
    assert zeros == [(311, 0), (3894, 0)]


def test_flights_without_an_arrival_have_none(flights: Ask) -> None:
    right = facts("flights_never_arrived")
    flown = flights(
        """
        select departed_at, arrivals.flight_id is not null
        from departures inner join schedules using (flight_id) left join arrivals using (flight_id)
        where carrier_code = 'UA' and flight_number = 132 and scheduled_departure_local::date = date '2013-03-03'
        """
    )
    assert flown == [("20130303T1552", False)]
    assert (right["left_local"], right["arrival_reports"]) == ("15:52", "0")
    n_open = flights(
        """
        select count(distinct flight_id) from departures
        where flight_id in (select flight_id from schedules) and flight_id not in (select flight_id from arrivals)
        """
    )
    assert n_open == [(int(right["without_arrival"]) + int(right["still_expected"]),)]


def test_phoenix_stands_still_while_new_york_goes_forward(flights: Ask) -> None:
    right = facts("flights_phoenix_clock")
    block = """
        select distinct date_diff(
            'minute',
            scheduled_departure_local at time zone 'America/New_York',
            scheduled_arrival_local at time zone 'America/Phoenix'
        )
        from schedules
        where carrier_code = 'UA' and flight_number = 216 and destination = 'PHX'
            and scheduled_departure_local::date in (date '2013-03-08', date '2013-03-11')
        """
    assert flights(block) == [(int(right["block_minutes"]),)]
    for name, day in (("hours_before", "2013-03-08"), ("hours_after", "2013-03-11")):
        noon = f"timestamp '{day} 12:00'"
        zones = (f"{noon} at time zone 'America/{city}'" for city in ("New_York", "Phoenix"))
        query = f"select date_diff('hour', {', '.join(zones)})"
        assert flights(query) == [(int(right[name]),)]
    arrived = """
        select count(*) from schedules inner join arrivals using (flight_id)
        where destination = 'PHX' and scheduled_departure_local::date >= date '2013-03-10'
        """
    assert flights(arrived) == [(int(right["arrivals"]),)]


def test_the_hour_is_not_lost_but_another_one_is_missing(flights: Ask) -> None:
    right = facts("flights_lost_hour")
    hours = "distinct observed_at"
    of_day = "(observed_at at time zone 'America/New_York')::date = date '2013-03-10'"
    assert flights(f"select count({hours}) from observations where station = 'EWR' and {of_day}") == [
        (int(right["hours_of_the_day"]),)
    ]
    missing = flights(
        """
        select (hour at time zone 'America/New_York')::date::text, hour(hour at time zone 'UTC')
        from (select unnest(generate_series(
            timestamptz '2013-03-01 05:00:00+00', timestamptz '2013-03-13 03:00:00+00', interval 1 hour
        )) as hour)
        where hour not in (select observed_at from observations where station = 'JFK')
        """
    )
    assert missing == [(right["missing_on"], int(right["missing_hour_utc"]))]
    again = "select observed_at from observations where station = 'JFK' group by observed_at having count(*) > 1"
    assert len(flights(again)) == int(right["issued_again"])


def test_the_night_shift_lost_no_hour(retail: Ask) -> None:
    right = facts("retail_night_shifts")
    shifts = """
        select
            city,
            break_minutes,
            ended_at,
            (started_at at time zone time_zone)::date as day,
            date_diff('minute', started_at, ended_at) as minutes,
            date_diff('minute', started_at at time zone time_zone, ended_at at time zone time_zone) as by_the_clock
        from staff_shifts
        inner join store using (store_sk)
    """
    assert retail(
        f"select minutes - break_minutes from ({shifts}) "
        "where city = 'Albany' and day = date '2024-03-09' and by_the_clock = 330"
    ) == [(int(right["night_minutes"]),)]
    assert retail(f"select count(*) from ({shifts}) where by_the_clock = minutes + 60") == [(int(right["hour_apart"]),)]
    assert retail(f"select count(*) from ({shifts}) where ended_at is null and day <= date '2024-03-15'") == [
        (int(right["without_end"]),)
    ]


def test_the_deal_was_won_and_billing_has_no_subscription(subscriptions: Ask) -> None:
    right = facts("subscriptions_deals_reopened")
    deal = "opportunity_id = 'OPP0WDFV2Z9QZ6'"
    assert subscriptions(
        f"select max(changed_at)::date::text from stage_changes where {deal} and to_stage = 'won'"
    ) == [(right["won_on"],)]
    billed = """(
        select count(subscription_id) from customers left join subscriptions using (customer_id)
        where account_reference = opportunities.account_id
    )"""
    assert subscriptions(f"select {billed} from opportunities where {deal}") == [(int(right["subscriptions"]),)]
    assert subscriptions(
        f"select count(*) from opportunities where kind = 'new_business' and stage = 'won' and {billed} = 0 "
        "and exists (select 1 from customers where account_reference = opportunities.account_id)"
    ) == [(int(right["won_without"]),)]
    assert subscriptions("select count(distinct opportunity_id) from stage_changes where from_stage = 'lost'") == [
        (int(right["came_back"]),)
    ]
