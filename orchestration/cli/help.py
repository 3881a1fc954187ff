"""Help texts of commands: 80 columns, options in groups, examples, exit codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup

EXIT_CODES = (
    (0, "done; scores may be low"),
    (1, "a mistake, or something is broken; the message says what to do"),
    (2, "an option or argument that does not exist or is out of range"),
    (3, "a trial is unscored, for a reason that is not the agent's"),
    (4, "a result is worse than --fail-below or --fail-if-worse allow"),
    (130, "stopped by Ctrl-C"),
)
"""Exit code -> what it means; docs/ci.md has the same table."""

HELP_NAMES: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
"""Context settings of every command."""


class Command(TyperCommand):
    """A command whose help groups its options by panel, and keeps the lines of its epilog."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then the options of each group, in the order in which groups first appear."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            is_argument = isinstance(parameter, TyperArgument)
            panel = getattr(parameter, "rich_help_panel", None) or ("Arguments" if is_argument else "Options")
            groups.setdefault(panel, []).append((_left_column(parameter), record[1].replace("  [", " [")))
        for name, rows in sorted(groups.items(), key=lambda group: group[0] == "Options"):
            _write_rows(formatter, name, rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the epilog as it stands."""
        _write_lines(formatter, self.epilog)


class Group(TyperGroup):
    """The command itself: its commands in groups, examples, exit codes."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands of each group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is None or command.hidden:
                continue
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            groups.setdefault(panel, []).append((name, command.get_short_help_str(limit=200)))
        for panel, rows in groups.items():
            _write_rows(formatter, panel, rows)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands first: they are what a person looks for."""
        self.format_commands(ctx, formatter)
        records = [(parameter, parameter.get_help_record(ctx)) for parameter in self.get_params(ctx)]
        _write_rows(formatter, "Options", [(_left_column(item), record[1]) for item, record in records if record])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the epilog as it stands."""
        _write_lines(formatter, self.epilog)


def _left_column(parameter: Any) -> str:
    """An option with what follows it; an argument by its name."""
    if isinstance(parameter, TyperArgument):
        return str(parameter.metavar or parameter.name).upper()
    options = ", ".join(sorted(parameter.opts, key=len))
    if parameter.secondary_opts:
        return f"{options} / {', '.join(parameter.secondary_opts)}"
    if getattr(parameter, "is_flag", False) or parameter.name in ("help", "show_completion", "install_completion"):
        return options
    return f"{options} {parameter.metavar or str(parameter.name).rsplit('_', 1)[-1].upper()}"


def _write_rows(formatter: Any, name: str, rows: list[tuple[str, str]]) -> None:
    with formatter.section(name):
        formatter.write_dl(rows, col_max=24)


def _write_lines(formatter: Any, text: str | None) -> None:
    if text:
        formatter.write("\n" + text.rstrip() + "\n")


def examples(*lines: str) -> str:
    """An epilog of example commands, one a line."""
    return "Examples:\n" + "\n".join(f"  {line}" for line in lines)


def exit_code_lines(codes: Iterable[tuple[int, str]] = EXIT_CODES) -> str:
    """An epilog that says what exit codes mean."""
    return "Exit codes (docs/ci.md):\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in codes)
