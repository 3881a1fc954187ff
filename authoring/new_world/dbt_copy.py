"""A dbt project as it was found, copied to `project/dbt` and made fit for a trial: profile, packages, schemas."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from authoring.new_world.new_folder import check_name
from authoring.yaml_edits import set_key
from benchmark.errors import LockgateError
from benchmark.file_tree import PACKAGES
from benchmark.files import IGNORED_NAMES
from benchmark.yaml_files import parse_yaml, read_text
from benchmark.yaml_guard import load_yaml

_LEFT_OUT = (".DS_Store", "Thumbs.db", "node_modules", ".venv", "venv", ".env", ".github", ".gitignore", "profiles.yml")
_PACKAGES = PACKAGES.removeprefix("dbt/").rstrip("/")
_PROFILE = """\
{profile}:
  target: {target}
  outputs:
    {target}:
      type: duckdb
      path: "{{{{ env_var('WAREHOUSE_PATH') }}}}"
      schema: main
      threads: 2
"""


def copy_dbt_project(source: Path, target: Path) -> dict[str, Any]:
    """Copy a project.

    Args:
        source: Folder with `dbt_project.yml`.
        target: Must not exist.

    Returns:
        The content of `dbt_project.yml`.

    Raises:
        LockgateError: It is no dbt project, or its packages are not installed.
        SpecError: `dbt_project.yml` is not valid.
    """
    path = source / "dbt_project.yml"
    if not path.is_file():
        inner = [path.parent for path in sorted(source.glob("*/dbt_project.yml"))] if source.is_dir() else []
        there = f"; there is one in {' and in '.join(map(str, inner))}" if inner else ""
        raise LockgateError(f"{source} holds no dbt_project.yml{there}. Name the folder of one dbt project.")
    project = parse_yaml(read_text(path), path)
    name = project.get("name")
    if not isinstance(name, str):
        raise LockgateError(f"{path}: key 'name' is missing.")
    ignored = (
        *IGNORED_NAMES,
        *_LEFT_OUT,
        _PACKAGES,
        "*.duckdb",
        "*.duckdb.wal",
        "*.pyc",
        str(project.get("target-path", "target")),
    )
    by_name = shutil.ignore_patterns(*ignored)
    shutil.copytree(
        source,
        target,
        ignore=lambda folder, names: {
            *by_name(folder, names),
            *(name for name in names if (Path(folder) / name / "dbt_project.yml").is_file()),  # another project
        },
    )
    text = read_text(path)
    profile = str(project.get("profile") or name)
    if project.get("profile") is None:
        text = set_key(text, (), "profile", profile)
    text = _vendor(source, target, project, text)
    (target / "dbt_project.yml").write_text(text, encoding="utf-8")
    profile_text = _PROFILE.format(profile=profile, target=_target_name(source, profile))
    (target / "profiles.yml").write_text(profile_text, encoding="utf-8")
    return project


def _vendor(source: Path, target: Path, project: Mapping[str, Any], text: str) -> str:
    """Put the installed packages into the project, where a trial finds them; local ones need not be installed."""
    asked = [name for name in ("packages.yml", "dependencies.yml") if (source / name).is_file()]
    wanted = [item for name in asked for item in _packages(source / name)]
    if not wanted:
        return text
    install_path = str(project.get("packages-install-path") or _PACKAGES)
    installed = source / install_path
    copied = (target / install_path).resolve()
    if target.resolve() in copied.parents:
        shutil.rmtree(copied, ignore_errors=True)
    ignored = shutil.ignore_patterns(*IGNORED_NAMES, "integration_tests")
    if installed.is_dir():
        shutil.copytree(installed, target / _PACKAGES, ignore=ignored)
    for folder in _local_packages(source, wanted):
        name = parse_yaml(read_text(folder / "dbt_project.yml"), folder / "dbt_project.yml").get("name")
        if isinstance(name, str) and not (target / _PACKAGES / name).exists():
            shutil.copytree(folder, target / _PACKAGES / name, ignore=ignored)
    n_there = len(list((target / _PACKAGES).iterdir())) if (target / _PACKAGES).is_dir() else 0
    if n_there < len(wanted):
        raise LockgateError(
            f"{source / asked[0]} asks for {len(wanted)} packages, and {installed.name}/ holds {n_there}. Run "
            f"`dbt deps` in {source} first, or take out what the project does not use: no trial downloads anything."
        )
    return text if install_path == _PACKAGES else set_key(text, (), "packages-install-path", _PACKAGES)


def _local_packages(source: Path, wanted: Iterable[object]) -> Iterator[Path]:
    for item in wanted:
        if isinstance(item, dict) and isinstance(item.get("local"), str):
            folder = (source / item["local"]).resolve()
            if (folder / "dbt_project.yml").is_file():
                yield folder


def _packages(path: Path) -> list[Any]:
    listed = parse_yaml(read_text(path), path).get("packages") if path.read_text(encoding="utf-8").strip() else None
    return listed if isinstance(listed, list) else []


def _target_name(source: Path, profile: str) -> str:
    """The target that the project is used to, since SQL may ask for its name."""
    path = source / "profiles.yml"
    if path.is_file():
        try:
            found = load_yaml(path.read_text(encoding="utf-8"))[profile]["target"]
        except (yaml.YAMLError, KeyError, TypeError):
            return "dev"
        if isinstance(found, str) and re.fullmatch(r"\w+", found):
            return found
    return "dev"


def connection_name(source: str) -> str:
    """The name of the connection for a dbt source.

    Raises:
        LockgateError: It cannot be made one.
    """
    name = re.sub(r"[^a-z0-9_]+", "_", source.lower()).strip("_").removeprefix("raw_")
    check_name(name)
    return name
