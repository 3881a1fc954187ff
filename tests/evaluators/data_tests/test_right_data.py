"""On which right data tests are tried."""

from dataclasses import replace

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from evaluators.data_tests.right_data import N_HOLDOUT, proven_data, right_data
from evaluators.scenarios import days, get_scenario


def test_the_holdout_has_data_of_several_seeds_that_follow_from_its_own() -> None:
    dials = Dials(4711, days=9)
    found = right_data(get_scenario("holdout"), dials, visible_seed=1)
    assert found[0] == (dials, days(1), "")
    assert len({data.dials.seed for data in found}) == len(found) == N_HOLDOUT
    assert all(replace(data.dials, seed=4711) == dials and 1 <= data.dials.seed <= 999_999 for data in found)
    assert found == right_data(get_scenario("holdout"), dials, visible_seed=1)
    others = right_data(get_scenario("holdout"), replace(dials, seed=4712), visible_seed=1)
    assert not {data.dials.seed for data in found} & {data.dials.seed for data in others}


def test_no_further_data_are_those_that_the_agent_saw() -> None:
    dials = Dials(4711)
    seeds = [data.dials.seed for data in right_data(get_scenario("holdout"), dials, visible_seed=1)]
    without = [data.dials.seed for data in right_data(get_scenario("holdout"), dials, visible_seed=seeds[1])]
    assert seeds[1] not in without
    assert (without[0], without[1]) == (seeds[0], seeds[2])


def test_the_clock_of_the_last_data_stands_on_the_day_after() -> None:
    world = get_task("flights_report_contract").world
    dials = world.spec.dials(4711)
    instants = [data.now(world) for data in right_data(get_scenario("holdout"), dials, visible_seed=1)]
    assert [(instant - world.pinned_now(dials)).days for instant in instants] == [0, 0, 1]


def test_data_that_the_agent_saw_are_tried_once() -> None:
    dials = Dials(1)
    assert right_data(get_scenario("visible"), dials, visible_seed=1) == ((dials, days(1), ""),)


def test_a_proof_tries_the_second_day_too() -> None:
    dials = Dials(101)
    alone, both = (proven_data(get_scenario("holdout"), dials, is_next_day=is_later) for is_later in (False, True))
    assert [data.runs for data in alone] == [days(1)]
    assert [(data.dials, data.runs) for data in both] == [(dials, days(1)), (dials, days(1, 2))]
