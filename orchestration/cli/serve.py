"""`lockgate model-server` and `lockgate ui`: servers that run until Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from benchmark.errors import LockgateError
from orchestration.cli.output import console


def model_server(
    script: Annotated[Path, typer.Argument(help="YAML file of conversations; see docs/agents.md.")],
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port on loopback; 0 = a free one.")] = 0,
) -> None:
    """Serve answers from a script as the APIs of OpenAI, Anthropic and Google do; no key, no network."""
    from agents.model_server import ModelServer, read_script

    content = read_script(script)
    try:
        server = ModelServer(content, port)
    except OSError as error:
        raise LockgateError(f"Port {port} on loopback cannot be used: {error.strerror}. Choose another.") from error
    typer.echo(f"{server.url} answers from {script} (Ctrl-C stops it)")
    try:
        server.serve()
    except KeyboardInterrupt as stop:
        raise typer.Exit(0) from stop


def ui(port: Annotated[int, typer.Option("--port", "-p", min=1, max=65535, help="Port on loopback.")] = 3000) -> None:
    """Open Dagster's web UI on the runs of this machine (the same as `dagster dev`)."""
    import socket

    from orchestration.dagster_instance.config import ensure_instance, ui_command

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LockgateError(
                f"Port {port} on loopback is in use. Choose another: lockgate ui --port {port + 1}"
            ) from error
    os.environ["DAGSTER_HOME"] = str(ensure_instance())
    command = ui_command(port)
    console.print(f"Dagster's UI: http://127.0.0.1:{port} (it starts, which takes about a minute; Ctrl-C stops it)")
    os.execv(command[0], command)
