"""A world whose data is never made."""

import time
from typing import NoReturn

from benchmark.generator_parameters import Dials
from sources.contract import WorldSources


def _generate(_dials: Dials) -> NoReturn:
    while True:
        time.sleep(1)


SOURCES = WorldSources("endless", __name__, _generate)
