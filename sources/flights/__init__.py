"""The world `flights`: the flights of New York's three airports in 2013, with their weather and reference files."""

from typing import TYPE_CHECKING

from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay, WorldSources

if TYPE_CHECKING:
    import pyarrow

__all__ = ["SOURCES", "generate", "generate_truth"]


def generate(dials: Dials) -> GeneratedDay:
    """State of every source system on a day; see `sources.flights.generator.generate`."""
    from sources.flights import generator  # DuckDB and Arrow take 0.4 s to import.

    return generator.generate(dials)


def generate_truth(dials: Dials) -> "dict[str, pyarrow.Table]":
    """What really happened; see `sources.flights.generator.generate_truth`."""
    from sources.flights import generator

    return generator.generate_truth(dials)


SOURCES = WorldSources(
    id="flights",
    package=__name__,
    generate=generate,
)
