"""`lockgate doctor`: what works on this machine."""

from __future__ import annotations

import json

import typer

from orchestration.cli.options import JsonOption
from orchestration.cli.output import console, simple_table


def doctor(as_json: JsonOption = False) -> None:
    """Say which sandboxes and databases work here, which keys are set, and how much room there is.

    Exit code 1: no sandbox with walls works.
    """
    from orchestration.reports.machine import machine_facts
    from runtime.sandbox.registry import examine
    from sources.systems.mysql_programs import find_problem

    findings, no_mysql = examine(), find_problem()
    if as_json:
        system = {"backend": "mysql", "works": no_mysql is None, "has_walls": False, "advice": no_mysql or ""}
        typer.echo(json.dumps([*(finding._asdict() for finding in findings), system], indent=2))
    else:
        table = simple_table("sandbox", "works", "what to know or do")
        for finding in findings:
            table.add_row(finding.backend, "[green]yes[/]" if finding.works else "[red]no[/]", finding.advice)
        console.print(table)
        systems = simple_table("source system", "works", "what to know or do")
        says = no_mysql or "Worlds may have MySQL databases."
        systems.add_row("mysql", "[red]no[/]" if no_mysql else "[green]yes[/]", says)
        console.print(systems)
        facts = simple_table("this machine", "")
        for name, value in machine_facts().items():
            facts.add_row(name, value)
        console.print(facts)
    if not any(finding.works and finding.has_walls for finding in findings):
        raise typer.Exit(1)
