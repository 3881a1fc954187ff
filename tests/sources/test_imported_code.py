"""Which code counts as that of somebody's module."""

from pathlib import Path

import pytest

from benchmark.files import write_atomic
from sources.imported_code import imported_code
from sources.incidents import incident_fingerprint

FILES = ("corner/__init__.py", "corner/world.py", "corner/rates/tax.py", "corner/data.csv", "alone.py", "beside.py")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FILES:
        write_atomic(tmp_path / name, f"# {name}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("corner", ["__init__.py", "rates/tax.py", "world.py"]),
        ("corner.world", ["__init__.py", "rates/tax.py", "world.py"]),
        ("alone", ["alone.py", "beside.py"]),
    ],
)
def test_a_module_has_the_code_of_its_package_or_that_beside_it(module: str, names: list[str]) -> None:
    found = imported_code(module)
    assert found is not None
    assert list(found.contents()) == names


def test_a_world_of_ours_has_its_own_package_alone() -> None:
    found = imported_code("sources.flights")
    assert found is not None
    assert found.folder.name == "flights"


@pytest.mark.parametrize("module", ["corner.nothing", "nothing.at_all", "sys"])
def test_what_is_not_there_has_none(module: str) -> None:
    assert imported_code(module) is None


@pytest.mark.parametrize("file", ["alone.py", "beside.py"])
def test_an_incident_changes_with_the_code_that_it_may_import(folder: Path, file: str) -> None:
    before = incident_fingerprint("alone:STORM")
    (folder / file).write_text("PRICE = 2\n")
    assert incident_fingerprint("alone:STORM") != before
