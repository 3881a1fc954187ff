"""sqlfluff on a project's files, inside a child: it renders Jinja."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def run(arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Lint files below the current folder.

    Args:
        arguments: `files`: names relative to the current folder, which holds `.sqlfluff`.

    Returns:
        File -> `n_lines` and `rules`.
    """
    from sqlfluff.core import FluffConfig, Linter

    linter = Linter(config=FluffConfig.from_path("."))
    results = {}
    for name in arguments["files"]:
        rules: dict[str, int] = {}
        for violation in linter.lint_paths((name,)).get_violations():
            rules[violation.rule_code()] = rules.get(violation.rule_code(), 0) + 1
        n_lines = len(Path(name).read_text(encoding="utf-8", errors="replace").splitlines())
        results[name] = {"n_lines": n_lines, "rules": rules}
    return results
