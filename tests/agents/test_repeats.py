"""Actions that are repeated with the same result are noticed, whatever the result is."""

import time

import pytest

from agents.llm.repeats import N_EQUAL, Repeats


def test_results_that_differ_in_times_alone_are_equal() -> None:
    repeats = Repeats()
    told = [repeats.note("build", f"12:00:0{n} OK in 0.{n}5s, {n} seconds, {n} ms") for n in range(N_EQUAL)]
    assert [bool(text) for text in told] == [False, False, True]


def test_results_that_differ_in_a_number_are_not() -> None:
    repeats = Repeats()
    assert not any(repeats.note("build", f"{n} rows of 12 stores") for n in range(N_EQUAL))


@pytest.mark.parametrize("result", ["1" * 200_000, "1." * 100_000, "0." + "3" * 200_000, "1:" * 100_000])
def test_a_result_of_digits_alone_is_read_once(result: str) -> None:
    started = time.process_time()
    Repeats().note("build", result)
    assert time.process_time() - started < 2, "each digit is read for each digit before it"
