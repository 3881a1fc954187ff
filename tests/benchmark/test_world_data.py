"""The keys of `world.yaml` about data: what is accepted, and what a mistake says."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, ValidationError

from benchmark.errors import SpecError
from benchmark.generator_parameters import Dials
from benchmark.incident_options import IncidentOptions
from benchmark.noise_rules import NOISE_KINDS, AnyNoise, check_noise
from benchmark.world import WorldFile
from benchmark.world_data import DataPart, Generator, TableRoles
from benchmark.yaml_files import parse_yaml, validate_spec


@pytest.mark.parametrize("content", [{"sql": "generate/"}, {"extract": "data"}, {"python": "sources.flights"}])
def test_a_generator_is_one_of_three(content: dict[str, str]) -> None:
    assert Generator.model_validate(content).model_dump(exclude_none=True) == content


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({}, "give exactly one of sql, extract and python (got nothing)"),
        ({"sql": "a", "extract": "b"}, "give exactly one of sql, extract and python (got sql and extract)"),
        ({"sql": "/etc"}, "'/etc' must be the path of a folder inside the folder of the world"),
        ({"extract": "data/../.."}, "must be the path of a folder inside"),
    ],
)
def test_any_other_generator_says_what_is_wrong(content: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Generator.model_validate(content)
    assert problem in str(caught.value)


def test_roles_list_every_column_that_they_name() -> None:
    roles = TableRoles.model_validate(
        {
            "key": "line_id",
            "parents": {"order_id, shop": "orders", "item": "items.code"},
            "event_time": "at",
            "measures": ["price"],
            "personal": {"buyer": "person_name"},
        }
    )
    assert roles.named_columns == ("line_id", "order_id", "shop", "item", "at", "price", "buyer")


def test_an_orphan_has_a_parent() -> None:
    with pytest.raises(ValidationError, match="'plane' is not among the columns of parents"):
        TableRoles.model_validate({"orphans": "plane"})


def test_every_field_is_described() -> None:
    import inspect

    from benchmark import incident_options, noise_rules, world_data

    for module in (world_data, noise_rules, incident_options):
        source = inspect.getsource(module)
        for spec in vars(module).values():
            if isinstance(spec, type) and issubclass(spec, BaseModel) and spec.__module__ == module.__name__:
                own = [name for name in spec.__annotations__ if name not in ("model_config", "kind")]
                for name in own:
                    assert f"    {name}: " in source
                    after = inspect.getsource(spec).split(f"    {name}: ", 1)[1].split("\n", 1)[1]
                    assert after.lstrip().startswith('"""'), f"{spec.__name__}.{name} has no line about it"


class Noisy(DataPart):
    rules: Annotated[tuple[AnyNoise, ...], AfterValidator(check_noise)]


def read_rules(text: str) -> tuple[AnyNoise, ...]:
    return validate_spec(parse_yaml(text, Path("world.yaml")), Noisy, Path("world.yaml"), text).rules


def test_noise_is_told_by_its_kind() -> None:
    rules = read_rules(
        "rules:\n"
        "  - {kind: late, table: orders, rate: 0.1, by: 36h}\n"
        "  - {kind: missing, table: orders, rate: 0.05, columns: note, texts: ['', UNKNOWN]}\n"
    )
    assert [rule.stream for rule in rules] == ["late", "missing note"]
    assert len(NOISE_KINDS) == 11


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("{kind: lost, table: a, rate: 0.1}", "line 2: key 'rules.0'"),
        ("{kind: late, table: a, rate: 1.5, by: 1d}", "less than or equal to 1"),
        ("{kind: late, table: a, rate: 0.1, by: soon}", "for example 36h"),
        ("{kind: late, table: a, rate: 0.1, by: 0h}", "above 0"),
        ("{kind: late, table: a, rate: 0.1, by: 1d, of: x}", "is not known here"),
    ],
)
def test_a_mistake_in_a_rule_names_line_and_key(rule: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_rules(f"rules:\n  - {rule}\n")
    assert problem in str(caught.value)


def test_two_rules_do_not_share_their_draws_or_a_text() -> None:
    late = "  - {kind: late, table: a, rate: 0.1, by: 1d}\n"
    with pytest.raises(SpecError, match="table 'a' has the rule 'late' twice"):
        read_rules("rules:\n" + late + late)
    with pytest.raises(SpecError, match=r"column 'a\.at' is made text by two rules"):
        read_rules(
            "rules:\n  - {kind: time_format, table: a, rate: 0.1, column: at, formats: '%Y'}\n"
            "  - {kind: time_zone, table: a, rate: 0.1, column: at, zone: Europe/Berlin}\n"
        )


def test_incidents_are_there_unless_left_out() -> None:
    options = IncidentOptions.model_validate({"drift": False, "late": {"left_out": "orders"}})
    assert options.drift is False
    assert options.late
    assert options.late.left_out == ("orders",)
    assert options.faults


def test_the_dials_of_a_world_are_its_own_unless_somebody_asks_for_others() -> None:
    content = {
        "id": "inn", "title": "t", "description": "d", "owner": "o", "generator": {"sql": "generate"},
        "start_date": "2024-01-01", "clock_time": "20:00", "days": 5, "scale": 3, "visible_seed": 2,
    }  # fmt: skip
    spec = validate_spec(content, WorldFile, Path("world.yaml"))
    assert spec.dials() == Dials(2, 5, 1, 3)
    assert spec.dials(7, day=2, scale=1) == Dials(7, 5, 2, 1)
    for scale, problem in ((0, "greater than or equal to 1"), ("big", "integer"), (1.5, "integer")):
        with pytest.raises(SpecError, match=rf"scale.*{problem}"):
            validate_spec(content | {"scale": scale}, WorldFile, Path("world.yaml"))
