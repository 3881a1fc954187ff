"""How long Dagster's definitions of ten worlds take to load: `python -m perf.definitions`.

Copies of `flights` and `shop` under other ids. Processor time after the imports counts, so that other work on the
machine matters less. With `--dagster-dbt`, where that package is installed (it is none of ours), its own way on the
same projects stands beside: a manifest of each project that exists already, read into `@dbt_assets`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import dagster as dg

from benchmark.registry import get_world
from runtime.dbt.clock import clock_environment

N_WORLDS = 10
LIMIT_SECONDS = 2.0


def main() -> None:
    """Measure and print; exit code 1 over the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dagster-dbt", action="store_true", help="measure that package too")
    has_other = parser.parse_args().dagster_dbt
    with tempfile.TemporaryDirectory() as folder:
        for number in range(N_WORLDS):
            copy_world(("flights", "shop")[number % 2], number, Path(folder))
        os.environ["LOCKGATE_PROJECTS"] = folder
        seconds = _ours()
        print(f"{N_WORLDS} worlds, definitions and jobs after imports: {seconds:.2f} s (limit {LIMIT_SECONDS})")
        if has_other:
            print(f"the same by dagster-dbt, manifests parsed before: {_others(Path(folder)):.2f} s")
    raise SystemExit(0 if seconds <= LIMIT_SECONDS else 1)


def copy_world(original: str, number: int, folder: Path) -> None:
    """Copy a world without its tasks under another id."""
    world = folder / f"{original}_{number}"
    shutil.copytree(get_world(original).folder, world, ignore=shutil.ignore_patterns("tasks", "target", "logs"))
    path = world / "world.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"\nid: {original}\n", f"\nid: {world.name}\n"), encoding="utf-8")


def _ours() -> float:
    began = time.process_time()
    from orchestration.defs.build import build_definitions

    build_definitions()  # once, since what it imports is not what it costs
    print(f"imports beside dagster, with a first load: {time.process_time() - began:.2f} s")
    began = time.process_time()
    definitions = build_definitions()
    definitions.resolve_asset_graph()
    definitions.resolve_all_job_defs()
    return time.process_time() - began


def _others(folder: Path) -> float:
    began = time.process_time()
    from dagster_dbt import DagsterDbtTranslator, dbt_assets

    print(f"import of dagster-dbt: {time.process_time() - began:.2f} s")
    worlds = sorted(folder.iterdir())
    parsed = {world.name.rpartition("_")[0]: world for world in worlds}
    by_original = {original: _manifest(world) for original, world in parsed.items()}
    manifests = {world.name: by_original[world.name.rpartition("_")[0]] for world in worlds}

    class InWorld(DagsterDbtTranslator):  # type: ignore[misc]
        def __init__(self, world: str) -> None:
            super().__init__()
            self._world = world

        def get_asset_key(self, dbt_resource_props: object) -> dg.AssetKey:
            key: dg.AssetKey = super().get_asset_key(dbt_resource_props)
            return key.with_prefix(self._world)

    began = time.process_time()
    assets = []
    for world, manifest in manifests.items():
        translator = InWorld(world)

        @dbt_assets(manifest=manifest, name=f"dbt__{world}", dagster_dbt_translator=translator)  # type: ignore[untyped-decorator]
        def build(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster reads what it returns
            raise NotImplementedError

        assets.append(build)
    definitions = dg.Definitions(assets=assets)
    definitions.resolve_asset_graph()
    definitions.resolve_all_job_defs()
    return time.process_time() - began


def _manifest(world: Path) -> Path:
    dbt = world / "project" / "dbt"
    environment = {
        **os.environ,
        **clock_environment(get_world(world.name).pinned_now(get_world(world.name).spec.dials())),
        "WAREHOUSE_PATH": "w.duckdb",
        "DO_NOT_TRACK": "1",
    }
    began = time.perf_counter()
    command = [str(Path(sys.executable).with_name("dbt")), "parse", "--profiles-dir", ".", "--quiet"]
    subprocess.run(command, cwd=dbt, env=environment, check=True)
    print(f"dbt parse of {world.name}: {time.perf_counter() - began:.1f} s")
    return dbt / "target" / "manifest.json"


if __name__ == "__main__":
    main()
