"""Every declared world of the repository is a function of its dials, and widening them moves no row."""

from pathlib import Path

import pytest

from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from benchmark.world import WorldFile
from benchmark.yaml_files import read_spec
from sources.kit.declared_world import DeclaredWorld
from sources.kit.extract import ExtractGenerator
from sources.kit.seed_checks import seed_problems
from sources.kit.stability import moved_rows

MARKS = {"dbt_projects": [pytest.mark.slow], "tests/cases/worlds": []}
"""Large worlds take ten seconds and more; `lockgate check --level build` looks at them, too."""
WORLDS = [
    pytest.param(path.parent, id=path.parent.name, marks=marks)
    for folder, marks in MARKS.items()
    for path in sorted((REPOSITORY_DIR / folder).glob("*/world.yaml"))
    if read_spec(path, WorldFile).generator.python is None
]


@pytest.mark.parametrize("folder", WORLDS)
def test_widening_moves_no_row(folder: Path) -> None:
    spec = read_spec(folder / "world.yaml", WorldFile)
    generator = DeclaredWorld(spec, folder).generator
    assert moved_rows(generator, Dials(3, 6)) == {}
    if isinstance(generator, ExtractGenerator):
        assert seed_problems(generator) == []


def test_there_is_one() -> None:
    assert WORLDS
