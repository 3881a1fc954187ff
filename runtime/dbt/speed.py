"""Spots in dbt that do work nobody sees, done the short way; what dbt builds and says stays the same.

Measured on 71 nodes (dbt 1.11, figures at each spot). `tests/runtime/dbt/test_speed.py` compares what is written with
and without.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def quicken_dbt() -> None:
    """Change dbt in this process; once, before the first invocation."""
    _merge_macros_by_layer()
    _bind_macros_at_once()
    _write_json_at_once()
    _fire_only_what_is_logged()
    _make_messages_when_read()
    _compile_equal_templates_once()
    _share_agate_types()
    _read_arguments_once()
    _process_only_what_was_parsed()
    _summarise_graphs_by_type()
    _find_sources_of_flags_by_frame()


def _merge_macros_by_layer() -> None:
    """Each context takes over 500 macros, each looked up by name through five layers: merge whole layers instead."""
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext

    original = ManifestContext.to_dict

    def to_dict(self: Any) -> dict[str, Any]:
        if type(self.namespace) is not MacroNamespace:
            return dict(original(self))
        merged: dict[str, Any] = super(ManifestContext, self).to_dict()
        for layer in reversed(list(self.namespace._search_order())):
            merged.update(layer)
        return merged

    ManifestContext.to_dict = to_dict


def _bind_macros_at_once() -> None:
    """Each context binds over 500 macros, of which it calls a few: 225,000 bindings in a build of 164 nodes."""
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder

    new = MacroGenerator.__new__
    build = MacroNamespaceBuilder.build_namespace

    def build_namespace(self: Any, macros_by_package: dict[str, dict[str, Any]], ctx: dict[str, Any]) -> Any:
        if type(self) is not MacroNamespaceBuilder:
            return build(self, macros_by_package, ctx)
        values = {"context": ctx, "node": self.node, "stack": self.thread_ctx}
        packages: dict[str, dict[str, Any]] = {}
        for package, macros in macros_by_package.items():
            packages[package] = bindings = {}
            for name, macro in macros.items():
                bindings[name] = bound = new(MacroGenerator)
                bound.__dict__ = {**values, "macro": macro}
        internal: dict[str, Any] = {}
        for package in reversed(self.internal_package_names_order):
            internal.update(packages.get(package, {}))
        others = {name: found for name, found in packages.items() if name not in self.internal_package_names}
        search, root = self.search_package, self.root_package
        return MacroNamespace(
            global_namespace=others.get(root, {}) if root != search else {},
            local_namespace=others.get(search, {}),
            global_project_namespace=internal,
            packages=others,
        )

    MacroNamespaceBuilder.build_namespace = build_namespace


def _write_json_at_once() -> None:
    """`json.dump` to a file encodes in Python, `json.dumps` in C."""
    from dbt.artifacts.schemas import base
    from dbt_common.utils.encoding import JSONEncoder

    def write_json(path: str, data: Any) -> bool:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(data, cls=JSONEncoder), encoding="utf-8")
        return True

    base.write_json = write_json


def _fire_only_what_is_logged() -> None:
    """Skip events below the logged level: 1,800 of 2,000, all of which were converted, formatted and scrubbed."""
    from dbt_common.events.event_manager import EventManager

    levels = ("debug", "test", "info", "warn", "error")
    original = EventManager.fire_event

    def fire_event(self: Any, e: Any, level: Any = None, *others: Any, **named: Any) -> None:
        rank = levels.index((level or e.level_tag()).value)
        if rank >= levels.index("warn") or any(rank >= levels.index(logger.level.value) for logger in self.loggers):
            original(self, e, level, *others, **named)

    EventManager.fire_event = fire_event


def _make_messages_when_read() -> None:
    """An event's message is checked and converted field by field when it is made; most are never read."""
    from dbt_common.events.base_types import BaseEvent

    make = BaseEvent.__init__

    def __init__(self: Any, *args: Any, **fields: Any) -> None:
        self.__dict__["_fields"] = args, fields

    def __getattr__(self: Any, key: str) -> Any:
        if key == "pb_msg":
            args, fields = self.__dict__.pop("_fields")
            make(self, *args, **fields)
            return self.__dict__["pb_msg"]
        return getattr(self.pb_msg, key)

    def __setattr__(self: Any, key: str, value: Any) -> None:
        if key == "pb_msg":
            self.__dict__[key] = value
        else:
            setattr(self.pb_msg, key, value)

    BaseEvent.__init__ = __init__
    BaseEvent.__getattr__ = __getattr__
    BaseEvent.__setattr__ = __setattr__


def _compile_equal_templates_once() -> None:
    """All tests of one kind have one text, as have most hooks and configurations; what it compiles to is kept.

    It depends on the text and on the kind of environment, which is made anew for each.
    """
    from dbt.clients import jinja as dbt_jinja
    from dbt_common.clients import jinja

    codes: dict[tuple[str, type, bool], Any] = {}

    def get_template(
        string: str, ctx: dict[str, Any], node: Any = None, capture_macros: bool = False, native: bool = False
    ) -> Any:
        with jinja.catch_jinja(node):
            environment = jinja.get_environment(node, capture_macros, native=native)
            key = str(string), type(environment), capture_macros
            if key not in codes:
                codes[key] = environment.compile(key[0])
            made = environment.make_globals(ctx)
            return environment.template_class.from_code(environment, codes[key], made, None)

    jinja.get_template = dbt_jinja.get_template = get_template


def _share_agate_types() -> None:
    """A type tester is made for each result; its types hold large calendars, which dbt's default tester has already."""
    from agate import Table, TypeTester
    from agate.data_types import Text
    from dbt_common.clients import agate_helper

    types = agate_helper.DEFAULT_TYPE_TESTER._possible_types[:-1]

    def build_type_tester(text_columns: Any, string_null_values: Any = ("null", "")) -> TypeTester:
        text = Text(null_values=string_null_values)
        return TypeTester(force=dict.fromkeys(text_columns, text), types=[*types, text])

    agate_helper.build_type_tester = build_type_tester
    agate_helper.empty_table = lambda: Table([], [], [])


def _read_arguments_once() -> None:
    """Each context asks what dbt was called with."""
    from dbt import flags
    from dbt.context import providers

    read = providers.args_to_dict
    last: list[tuple[Any, Any, dict[str, Any]]] = []

    def args_to_dict(args: Any) -> dict[str, Any]:
        if not last or last[-1][0] is not args or last[-1][1] is not flags.GLOBAL_FLAGS:
            last[:] = [(args, flags.GLOBAL_FLAGS, read(args))]
        return last[-1][2].copy()

    providers.args_to_dict = args_to_dict


def _process_only_what_was_parsed() -> None:
    """Under a pinned clock, what an earlier parse left is no older than this one, so all of it was processed again.

    While this parse goes on it is a second older, as it is where clocks run: 750 contexts fewer, 0.15 of 0.7 s.
    """
    from dbt.parser.manifest import ManifestLoader

    kinds = [
        "nodes",
        "sources",
        "macros",
        "exposures",
        "metrics",
        "semantic_models",
        "saved_queries",
        "unit_tests",
        "functions",
    ]
    read = ManifestLoader.read_manifest_for_partial_parse
    load = ManifestLoader.load
    write = ManifestLoader.write_manifest_for_partial_parse

    def read_manifest_for_partial_parse(self: Any) -> Any:
        self.made_older = []
        manifest = read(self)
        for kind in kinds if manifest else ():
            for item in getattr(manifest, kind).values():
                if item.created_at >= self.started_at:
                    self.made_older.append((item, item.created_at))
                    item.created_at = self.started_at - 1
        return manifest

    def restore(self: Any) -> None:
        for item, created_at in self.made_older:
            item.created_at = created_at
        self.made_older = []

    def load_and_restore(self: Any) -> Any:
        manifest = load(self)
        restore(self)
        return manifest

    def write_manifest_for_partial_parse(self: Any) -> None:
        restore(self)
        write(self)

    ManifestLoader.read_manifest_for_partial_parse = read_manifest_for_partial_parse
    ManifestLoader.load = load_and_restore
    ManifestLoader.write_manifest_for_partial_parse = write_manifest_for_partial_parse


def _summarise_graphs_by_type() -> None:
    """`graph_summary.json` holds the type of each node, for which all of it was converted, twice in a build."""
    from dbt.compilation import Linker

    def get_graph_summary(self: Any, manifest: Any) -> dict[int, dict[str, Any]]:
        places = {name: place for place, name in enumerate(self.graph)}
        summary: dict[int, dict[str, Any]] = {}
        for name, place in places.items():
            summary[place] = {"name": name, "type": str(manifest.expect(name).resource_type)}
            if below := [places[other] for other in self.graph.successors(name)]:
                summary[place]["succ"] = below
        return summary

    Linker.get_graph_summary = get_graph_summary


def _find_sources_of_flags_by_frame() -> None:
    """Each adapter names the module that made its flags; `inspect` reads the source files of all callers: 0.06 s."""
    from dbt_common import behavior_flags

    def _default_source() -> str:
        frame = sys._getframe(1)
        while frame.f_globals.get("__name__") == behavior_flags.__name__ and frame.f_back:
            frame = frame.f_back
        return str(frame.f_globals.get("__name__", "Unknown"))

    behavior_flags.BehaviorFlagRendered._default_source = staticmethod(_default_source)
