"""What `world.yaml` adds to a world whose generator is a Python module: systems, data packages, incidents."""

from dataclasses import replace

from benchmark.world import WorldFile
from sources.contract import WorldSources
from sources.kit.declared_world import generated_table, tables_of
from sources.kit.errors import GeneratorError
from sources.kit.incidents import declared_incidents
from sources.kit.source_tables import SourceTables


def with_declared(sources: WorldSources, spec: WorldFile) -> WorldSources:
    """The sources of a module, with what its world declares; an incident of its own takes the place of a declared one.

    Args:
        sources: Of the module.
        spec: Its `world.yaml`.

    Raises:
        GeneratorError: An incident is about a table that there is not, or a package of the module is not declared.
    """
    if undeclared := [name for name in sources.data_packages if name not in spec.data_packages]:
        raise GeneratorError(
            f"data_packages of world {spec.id}",
            f"its module takes data from {', '.join(undeclared)}; name it in world.yaml, so that no agent sees it.",
        )
    systems = tuple(spec.systems.values())
    incidents = {}
    if "incidents" in spec.model_fields_set:
        incidents = declared_incidents(spec.incidents, shown_tables(spec), systems)
    return replace(
        sources,
        systems=systems,
        data_packages=spec.data_packages,
        incidents={**incidents, **sources.incidents},
    )


def shown_tables(spec: WorldFile) -> SourceTables:
    """Each table of a system is a generated table of its name; of `<system>__<table>` where `data` says so."""
    generated = {}
    for system in spec.systems.values():
        for table in tables_of(system):
            name = generated_table(system, table)
            own = f"{system.name}__{name}"
            generated[f"{system.name}.{table}"] = own if own in spec.data else name
    return SourceTables(generated, spec.data)
