"""The section of PLANTED.md about declared noise."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from benchmark.errors import LockgateError
from benchmark.noise_rules import NOISE_KINDS, AnyNoise
from sources.kit.planted import BEGIN, END, describe_rule, planted_section, write_planted

EXAMPLES: dict[str, dict[str, Any]] = {
    "sent_twice": {"after": "6h", "new_id": "id"},
    "late": {"by": "2d"},
    "corrected_later": {"after": "36h"},
    "deleted_later": {"after": "1w"},
    "missing": {"columns": ["a", "b"], "texts": ["", "-"]},
    "time_format": {"column": "at", "formats": ["%d.%m.%Y"]},
    "time_zone": {"column": "at", "zone": "Europe/Berlin"},
    "letter_case": {"column": "code"},
    "unit": {"column": "weight", "unit": "kg", "others": {"g": 1000}},
    "file_cut": {},
    "file_again": {},
}


def rule(kind: str) -> AnyNoise:
    return TypeAdapter[AnyNoise](AnyNoise).validate_python(
        {"kind": kind, "table": "orders", "rate": 0.025, **EXAMPLES[kind]}
    )


def test_every_kind_is_described_with_its_figures() -> None:
    assert set(EXAMPLES) == set(NOISE_KINDS)
    said = {kind: describe_rule(rule(kind)) for kind in NOISE_KINDS}
    assert "up to 2d late" in said["late"]
    assert "within 36h" in said["corrected_later"]
    assert "another `id`" in said["sent_twice"]
    assert "g (1000 to one kg)" in said["unit"]
    assert len(set(said.values())) == len(NOISE_KINDS)
    assert "| late | `orders` | 2.5 % | " in planted_section([rule("late")])


def test_the_section_is_written_between_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "PLANTED.md"
    path.write_text("# Planted\n\nBy hand.\n")
    assert write_planted(path, [rule("late")])
    assert not write_planted(path, [rule("late")])
    path.write_text(path.read_text() + "\nMore by hand.\n")
    assert write_planted(path, [rule("missing")])
    text = path.read_text()
    assert text.startswith("# Planted\n\nBy hand.\n\n" + BEGIN)
    assert text.endswith(END + "\n\nMore by hand.\n")
    assert "| missing |" in text
    assert "| late |" not in text


def test_a_marker_alone_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "PLANTED.md"
    path.write_text(f"{END}\n{BEGIN}\n")
    with pytest.raises(LockgateError, match=r"PLANTED\.md: the lines .* must be there once each"):
        write_planted(path, [])
