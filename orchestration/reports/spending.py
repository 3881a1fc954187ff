"""What agents spent: dollars, tokens, calls and time, by competitor."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from rich import box
from rich.table import Table

from benchmark.scorecard import Competitor, Scorecard


def spending_table(scorecards: Sequence[Scorecard]) -> Table | None:
    """One line per competitor, means over its trials; None where no agent called a model. Fits 80 columns.

    Args:
        scorecards: The trials of a run.
    """
    by_competitor: dict[Competitor, list[Scorecard]] = {}
    for card in scorecards:
        if card.agent and card.agent.usage:
            by_competitor.setdefault(card.trial.competitor, []).append(card)
    if not by_competitor:
        return None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("mean of a trial", overflow="fold")
    for name in ("USD", "tokens", "cached", "calls", "agent", "in all"):
        table.add_column(name, justify="right", no_wrap=True)
    for competitor, cards in by_competitor.items():
        table.add_row(competitor.name, *_means(cards))
    return table


def _means(cards: Sequence[Scorecard]) -> list[str]:
    agents = [card.agent for card in cards if card.agent]
    usages = [agent.usage for agent in agents if agent.usage]
    costs = [agent.cost_usd for agent in agents if agent.cost_usd is not None]
    prompts = fmean([usage.input + usage.cached_input + usage.cache_write for usage in usages])
    cached = fmean([usage.cached_input for usage in usages])
    return [
        f"{fmean(costs):.2f}" if costs else "-",
        f"{fmean([usage.total for usage in usages]):,.0f}",
        f"{100 * cached / prompts:.0f} %" if prompts else "-",
        f"{fmean([agent.n_steps for agent in agents]):.0f}",
        *(f"{fmean([card.timing_seconds.get(name, 0.0) for card in cards]):.0f} s" for name in ("solve", "total")),
    ]
