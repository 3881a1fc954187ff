"""What a dbt project asks for that a trial cannot give: packages to download, variables, other databases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding
from authoring.check.source_text import line_of, text, yaml_content
from benchmark.spelling import allowed_names

_ENV_VAR = re.compile(r"""env_var\(\s*['"](\w+)['"]\s*(,)?""")
_GIVEN = ("WAREHOUSE_PATH", "PINNED_NOW", "PINNED_DATE")
"""Variables that every build has."""
_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def check_dbt_project(checked: CheckedWorld) -> Iterator[Finding]:
    """Find what dbt would refuse in every trial of the world."""
    tree = checked.tree
    if not any(name.startswith("dbt/") for name in tree):
        return
    project_path = tree.get("dbt/dbt_project.yml")
    if project_path is None:
        yield Finding(checked.world.project_dir / "dbt", "LG111", "has no dbt_project.yml")
        return
    project = yaml_content(project_path)
    yield from _check_profile(checked, project)
    yield from _check_packages(checked, project)
    known = {
        *_GIVEN,
        *re.findall(r"\$\{(\w+)\}", "\n".join(text(path) for name, path in tree.items() if name.startswith("el/"))),
    }
    for name, path in tree.items():
        if name.startswith("dbt/") and path.suffix in (".sql", ".yml", ".yaml"):
            for variable, default in _ENV_VAR.findall(_JINJA_COMMENT.sub("", text(path))):
                if variable not in known and not default:
                    message = (
                        f"env_var('{variable}') has no default, and no trial sets it; {allowed_names(variable, known)}"
                    )
                    yield Finding(path, "LG110", message, line=line_of(path, variable))


def _check_packages(checked: CheckedWorld, project: Mapping[str, Any]) -> Iterator[Finding]:
    """No trial runs `dbt deps`: every package that is asked for lies in the project, as files."""
    folder = str(project.get("packages-install-path") or "dbt_packages")
    installed = checked.world.project_dir / "dbt" / folder
    for name in ("dbt/packages.yml", "dbt/dependencies.yml"):
        path = checked.tree.get(name)
        asked = yaml_content(path).get("packages") if path else None
        if not path or not asked:
            continue
        line = line_of(path, "packages")
        there = sorted(item for item in installed.iterdir() if item.is_dir()) if installed.is_dir() else []
        if not there:
            message = f"asks for packages, and dbt/{folder}/ is not there: no trial downloads anything. Put them there"
            yield Finding(path, "LG110", message, "packages", line)
        elif isinstance(asked, list) and len(there) < len(asked):
            message = f"asks for {len(asked)} packages, and dbt/{folder}/ holds {len(there)}. Put them all there"
            yield Finding(path, "LG110", message, "packages", line)
        for link in (item for item in there if item.is_symlink()):
            message = f"dbt/{folder}/{link.name} is a link, and no trial follows it. Put the package's files there"
            yield Finding(path, "LG110", message, "packages", line)


def _check_profile(checked: CheckedWorld, project: Mapping[str, Any]) -> Iterator[Finding]:
    path = checked.tree.get("dbt/profiles.yml")
    if path is None:
        yield Finding(checked.world.project_dir / "dbt", "LG111", "has no profiles.yml")
        return
    profiles = {name: value for name, value in yaml_content(path).items() if name != "config"}
    if not profiles:
        return  # not valid YAML, which is said elsewhere
    name = str(project.get("profile"))
    if name not in profiles:
        message = f"has no profile '{name}', which dbt_project.yml names; {allowed_names(name, profiles)}"
        yield Finding(path, "LG111", message)
        return
    profile = _mapping(profiles[name])
    outputs = _mapping(profile.get("outputs"))
    target = str(profile.get("target", "default"))
    if target not in outputs and "{{" not in target:
        yield Finding(
            path,
            "LG111",
            f"key '{name}.target': no output '{target}'; {allowed_names(target, outputs)}",
            f"{name}.target",
            line_of(path, "target"),
        )
        return
    output = _mapping(outputs.get(target))
    if output.get("type") not in (None, "duckdb"):
        message = f"key '{name}.outputs.{target}.type': the warehouse of a trial is DuckDB, not {output['type']}"
        yield Finding(path, "LG110", message, f"{name}.outputs.{target}.type", line_of(path, "type"))
    for key in ("extensions", "attach", "plugins", "secrets"):
        if output.get(key):
            message = f"key '{name}.outputs.{target}.{key}': a trial has no network and one warehouse"
            yield Finding(path, "LG110", message, f"{name}.outputs.{target}.{key}", line_of(path, f"{key}:"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
