"""Which tables are built again for the component score, around what, and in what order; without any build."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.scorecard import Verdict
from evaluators.scoring.components import ComponentCase, Place, Rebuild, Replaced, settle_components
from evaluators.scoring.scores import upstream_tables
from tests.helpers.examples import n_examples

MATCH = Verdict(is_match=True, kind="match", summary="Equal.")
MISMATCH = Verdict(is_match=False, kind="values", summary="Differs.")
Lineage = Mapping[str, tuple[str, ...]]

CHAIN = {"a": (), "b": ("a",), "c": ("b",), "d": ("c",)}
TWO_ARMS = {"l": (), "r": (), "ll": ("l",), "rr": ("r",), "m": ("ll", "rr")}


def case(
    lineage: Lineage, wrong_models: set[str], name: str = "visible", absent: Collection[str] = ()
) -> ComponentCase:
    """A scenario in which a table mismatches where its own model, or one above it, is wrong."""
    above = upstream_tables(lineage)
    verdicts = {t: MISMATCH if wrong_models & {t, *above[t]} else MATCH for t in lineage}
    seed = "holdout" if name == "holdout" else "visible"
    return ComponentCase(name=name, seed=seed, verdicts=verdicts, upstream=above, absent=absent)


class Builder:
    """Answers as a build would: a table matches where its model is right and all above it are right or replaced."""

    def __init__(self, wrong_models: Mapping[str, set[str]]) -> None:
        self.wrong_models = wrong_models
        self.calls: list[tuple[str, Replaced]] = []
        """Scenario and replaced tables; those of one round in any order."""
        self.handed_out: set[str] = set()
        self.cases: list[ComponentCase] = []

    @contextmanager
    def open(self, place: Place) -> Iterator[Rebuild]:
        replaced = place.replaced
        self.handed_out |= replaced
        for found in self.cases:
            assert replaced <= found.settled.keys(), "gold of a table with an open verdict"

        def rebuild(found: ComponentCase, wanted: frozenset[str]) -> dict[str, Verdict]:
            assert found.seed == place.seed
            self.calls.append((found.name, replaced))
            return {table: self._verdict(found, table, replaced) for table in wanted}

        yield rebuild

    def _verdict(self, found: ComponentCase, table: str, replaced: Replaced) -> Verdict:
        wrong = self.wrong_models[found.name]
        if table in wrong:
            return MISMATCH
        direct = found.upstream[table] - replaced
        # What lies above a replaced table does not matter to those below it.
        reachable = {p for p in direct if not any(p in found.upstream[r] for r in replaced & found.upstream[table])}
        return MISMATCH if wrong & reachable else MATCH


def settle(
    lineage: Lineage, wrong_models: Mapping[str, set[str]], absent: Collection[str] = ()
) -> tuple[Builder, list[ComponentCase]]:
    builder = Builder(wrong_models)
    cases = [case(lineage, wrong, name, absent) for name, wrong in wrong_models.items()]
    builder.cases = cases
    settle_components(cases, builder.open)
    return builder, cases


def wrong_alone(found: ComponentCase) -> set[str]:
    assert found.settled.keys() == found.verdicts.keys()
    return {table for table, verdict in found.settled.items() if not verdict.is_match}


def test_nothing_is_built_where_everything_matches() -> None:
    builder, [found] = settle(CHAIN, {"visible": set()})
    assert builder.calls == []
    assert wrong_alone(found) == set()


def test_a_wrong_table_at_the_end_needs_no_rebuild() -> None:
    builder, [found] = settle(CHAIN, {"visible": {"d"}})
    assert builder.calls == []
    assert wrong_alone(found) == {"d"}


def test_one_rebuild_settles_everything_below_one_wrong_table() -> None:
    builder, [found] = settle(CHAIN, {"visible": {"a"}})
    assert builder.calls == [("visible", frozenset("a"))]
    assert wrong_alone(found) == {"a"}


def test_each_wrong_table_on_the_way_down_costs_one_more() -> None:
    builder, [found] = settle(CHAIN, {"visible": {"a", "c"}})
    assert builder.calls == [("visible", frozenset("a")), ("visible", frozenset("ac"))]
    assert wrong_alone(found) == {"a", "c"}


def test_a_rebuild_holds_gold_of_nothing_but_what_is_above_the_table() -> None:
    builder, [found] = settle(TWO_ARMS, {"visible": {"l", "r"}})
    assert set(builder.calls) == {
        ("visible", frozenset("l")),
        ("visible", frozenset("lr")),
        ("visible", frozenset("r")),
    }
    assert wrong_alone(found) == {"l", "r"}


def test_gold_of_a_table_waits_until_every_scenario_has_its_verdict() -> None:
    # On day 2 `c` is below a mismatch; on day 1 it is wrong by itself, and `d` below it wants its gold.
    builder, cases = settle(CHAIN, {"visible": {"c"}, "day2": {"a", "c"}})
    assert builder.calls[0] == ("day2", frozenset("a"))
    assert set(builder.calls[1:]) == {("visible", frozenset("c")), ("day2", frozenset("ac"))}
    assert len(builder.calls) == 3
    assert [wrong_alone(found) for found in cases] == [{"c"}, {"a", "c"}]


def test_what_nothing_builds_is_not_built_again() -> None:
    builder, [found] = settle(CHAIN, {"visible": {"a"}}, absent={"b", "c", "d"})
    assert builder.calls == []
    assert wrong_alone(found) == {"a", "b", "c", "d"}


def test_what_dbt_skipped_is_built_without_any_gold() -> None:
    verdicts = {"a": MATCH, "b": MISMATCH, "c": MISMATCH}
    chain = upstream_tables({"a": (), "b": ("a",), "c": ("b",)})
    found = ComponentCase(name="visible", verdicts=verdicts, upstream=chain, skipped={"b", "c"})
    builder = Builder({"visible": set()})
    settle_components([found], builder.open)
    assert builder.calls == [("visible", frozenset())]
    assert wrong_alone(found) == set()


def test_a_table_that_comes_out_differently_once_more_is_replaced_then() -> None:
    class Moody(Builder):
        def _verdict(self, found: ComponentCase, table: str, replaced: Replaced) -> Verdict:
            return MISMATCH if table == "b" and len(self.calls) > 1 else super()._verdict(found, table, replaced)

    found = case(CHAIN, {"a", "c"})
    builder = Moody({"visible": {"a", "c"}})
    settle_components([found], builder.open)
    assert [set(replaced) for _, replaced in builder.calls] == [{"a"}, {"a", "c"}, {"a", "b", "c"}]
    assert wrong_alone(found) == {"a", "c"}


@settings(max_examples=n_examples(200), deadline=None)
@given(data=st.data())
def test_every_graph_settles_and_each_model_is_judged_by_itself(data: st.DataObject) -> None:
    names = "abcdefg"[: data.draw(st.integers(1, 7))]
    lineage = {n: tuple(data.draw(st.sets(st.sampled_from(names[:i])))) if i else () for i, n in enumerate(names)}
    scenarios = ("visible", "rerun", "holdout")[: data.draw(st.integers(1, 3))]
    wrong = {scenario: data.draw(st.sets(st.sampled_from(names))) for scenario in scenarios}
    builder, cases = settle(lineage, wrong)
    for found in cases:
        assert wrong_alone(found) == wrong[found.name]
        built_on_gold = {t for t in names if all(found.verdicts[p].is_match for p in found.upstream[t])}
        right = {t for t in built_on_gold if found.verdicts[t].is_match}
        assert right <= {t for t, verdict in found.settled.items() if verdict.is_match}, "CFS above CS"
    assert len(builder.calls) == len(set(builder.calls)), "the same rebuild twice"


def test_without_time_what_is_open_was_not_built_and_what_is_settled_stays():
    found = case(CHAIN, {"b"})
    assert set(found.settled) == {"a", "b"}
    verdicts = found.out_of_time(["b", "c"])
    assert verdicts["b"] == MISMATCH
    assert (verdicts["c"].is_match, verdicts["c"].kind) == (False, "not_built")
    assert "longer than the limit of all rebuilds" in verdicts["c"].summary
    assert "missing" not in verdicts["c"].summary
