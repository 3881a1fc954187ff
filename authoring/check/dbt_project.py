"""What a dbt project asks for that a trial cannot give: packages to download, variables, other databases."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding
from authoring.check.source_text import line_of, text, yaml_content
from benchmark.file_tree import PACKAGES
from benchmark.spelling import allowed_names

_ENV_VAR = re.compile(r"""env_var\(\s*['"](\w+)['"]\s*(,)?""")
_GIVEN = ("WAREHOUSE_PATH", "PINNED_NOW", "PINNED_DATE")
"""Variables that every build has."""
_VAR = re.compile(r"""(?<![\w.])var\(\s*['"]([\w:.]+)['"]\s*(,)?""")
_EXTENSION = re.compile(
    r"""(?:^|[;"'])[ \t]*(?:-[ \t]+["']?)?(?:force\s+)?(install|load)\s+['"]?(\w+)['"]?[ \t]*(?=;|$|["'])""",
    re.IGNORECASE | re.MULTILINE,
)
_BUILT_IN = ("icu", "json", "parquet")
"""Extensions that are part of DuckDB; `load` finds them, `install` asks a server."""
_FAR_FILE = re.compile(r"['\"](?:s3|gs|gcs|r2|az|abfss|https?|hf)://[^'\"]*['\"]\s*(?=[,)]|\s|$)")
_READ = re.compile(r"\b(?:read_\w+|from|join|attach|copy)\s*\(?\s*\[?\s*$", re.IGNORECASE)
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
    variables = _variables(project.get("vars"))
    for name, path in tree.items():
        if not name.startswith("dbt/"):
            continue
        if path.name == "dbt_project.yml" and path != project_path:
            message = f"is a dbt project of its own; a trial builds {project_path.parent.name}/ alone"
            yield Finding(path, "LG110", message)
        if path.suffix in (".sql", ".yml", ".yaml"):
            source = _JINJA_COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text(path))
            yield from _check_variables(path, source, known, variables)
            yield from _check_reach(path, source)

    packages = checked.world.project_dir / PACKAGES
    for path in sorted((*packages.rglob("*.sql"), *packages.glob("*/dbt_project.yml"))):
        yield from _check_extensions(path, text(path))


def _check_variables(path: Path, source: str, known: Collection[str], variables: Collection[str]) -> Iterator[Finding]:
    for found in _ENV_VAR.finditer(source):
        if found[1] not in known and not found[2]:
            message = f"env_var('{found[1]}') has no default, and no trial sets it; {allowed_names(found[1], known)}"
            yield Finding(path, "LG110", message, line=_line(source, found))
    for found in _VAR.finditer(source):
        if found[1] not in variables and not found[2]:
            message = f"var('{found[1]}') has no default, and dbt_project.yml sets none; "
            message += "no trial has --vars" + (f"; {allowed_names(found[1], variables)}" if variables else "")
            yield Finding(path, "LG110", message, line=_line(source, found))


def _variables(content: object) -> set[str]:
    """Names under `vars`, those of a package or project too."""
    found = set()
    for name, value in _mapping(content).items():
        found |= {str(name), *map(str, _mapping(value))}
    return found


def _check_reach(path: Path, source: str) -> Iterator[Finding]:
    """What asks for a network: extensions to install, files elsewhere."""
    yield from _check_extensions(path, source)
    bare = _without_sql_comments(path, source)
    for found in _FAR_FILE.finditer(bare):
        if _READ.search(bare[: found.start()].rstrip()):
            yield Finding(path, "LG110", f"{found[0].strip()} is read over a network", line=_line(source, found))
    if path.suffix != ".sql":
        for found in re.finditer(r"\bexternal_location\s*:\s*(\S+)", bare):
            message = f"external_location: dbt would read {found[1]} in place of the table that is loaded"
            yield Finding(path, "LG110", message, line=_line(source, found))


def _check_extensions(path: Path, source: str) -> Iterator[Finding]:
    if path.suffix != ".sql" and path.name != "dbt_project.yml":
        return
    bare = _without_sql_comments(path, source)
    for found in _EXTENSION.finditer(bare):
        word, extension = found[1].lower(), found[2].lower()
        if word == "install" or extension not in _BUILT_IN:
            message = f"'{word} {extension}': a trial has no network; built in, and to load as they are: "
            yield Finding(path, "LG110", message + ", ".join(_BUILT_IN), line=_line(source, found, 1))


def _without_sql_comments(path: Path, source: str) -> str:
    return re.sub(r"--[^\n]*", lambda found: " " * len(found.group()), source) if path.suffix == ".sql" else source


def _line(source: str, found: re.Match[str], group: int = 0) -> int:
    return source.count("\n", 0, found.start(group)) + 1


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
        if output.get(key):  # a built-in extension too: dbt-duckdb installs it first
            message = f"key '{name}.outputs.{target}.{key}': a trial has no network and one warehouse"
            yield Finding(path, "LG110", message, f"{name}.outputs.{target}.{key}", line_of(path, f"{key}:"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
