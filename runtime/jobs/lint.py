"""sqlfluff on a project's files, inside a child: it renders Jinja."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONFIG = ".sqlfluff"
OVERRIDES = {"disable_noqa": True, "large_file_skip_char_limit": 0, "large_file_skip_byte_limit": 0}
"""A file can neither silence findings by comments nor by its size."""


NOT_LINTED = ("TMP", "PRS", "LXR")
"""What sqlfluff reports where it cannot render, read or split a file; no finding of a rule."""


def run(arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Lint files below the current folder.

    Args:
        arguments: `files`: names relative to the current folder, which holds `.sqlfluff`.

    Returns:
        `files`: file -> `n_lines`, `rules` (code -> findings) and `is_linted`: whether its Jinja could be rendered and
        its SQL be read; where not, its rules were not looked at, or not everywhere.
    """
    from sqlfluff.core import FluffConfig, Linter

    class FixedConfig(FluffConfig):  # type: ignore[misc] # sqlfluff is not typed
        def process_raw_file_for_config(self, raw_str: str, fname: str) -> None:
            """Leave out what comments in a file ask for: it could turn rules off, or name Python code to load."""

        def get_templater(self, **options: Any) -> Any:
            return _with_snapshots(self.get_templater_class())(**options)

    config = FixedConfig.from_path(".", extra_config_path=CONFIG, ignore_local_config=True, overrides=OVERRIDES)
    linter = Linter(config=config)
    results = {}
    for name in arguments["files"]:
        text = Path(name).read_text(encoding="utf-8", errors="replace")
        rules = _rules(linter, config, name, text)
        is_linted = rules is not None and not sum(rules.pop(code, 0) for code in NOT_LINTED)
        results[name] = {"n_lines": len(text.splitlines()), "rules": rules or {}, "is_linted": is_linted}
    return {"files": results}


def _with_snapshots(templater: Any) -> Any:
    """A templater of sqlfluff that knows dbt's tag `snapshot`, too: what stands in it is SQL."""
    from jinja2 import nodes
    from jinja2.ext import Extension
    from jinja2.parser import Parser

    class SnapshotTag(Extension):
        tags = {"snapshot"}  # noqa: RUF012 - as in its base class

        def parse(self, parser: Parser) -> list[nodes.Node]:
            next(parser.stream)
            parser.parse_assign_target(name_only=True)
            return parser.parse_statements(("name:endsnapshot",), drop_needle=True)

    class WithSnapshots(templater):  # type: ignore[misc] # sqlfluff is not typed
        def _get_jinja_env(self, config: Any = None) -> Any:
            environment = super()._get_jinja_env(config)
            environment.add_extension(SnapshotTag)
            return environment

    return WithSnapshots


def _rules(linter: Any, config: Any, name: str, text: str) -> dict[str, int] | None:
    """Findings by rule; None where sqlfluff breaks: the Jinja of a file may do whatever makes it."""
    try:
        violations = linter.lint_string(text, fname=name, config=config).get_violations()
    except Exception:  # noqa: BLE001 - one file's code must not hide the findings of the others
        traceback.print_exc()
        return None
    rules: dict[str, int] = {}
    for violation in violations:
        rules[violation.rule_code()] = rules.get(violation.rule_code(), 0) + 1
    return rules
