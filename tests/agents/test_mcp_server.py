"""The MCP server, spoken to by the client of the `mcp` package."""

import asyncio
import sys
from pathlib import Path

from benchmark.paths import REPOSITORY_DIR


async def _talk(workspace: Path) -> tuple[list[str], str, str, bool]:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    command = ["-W", "ignore", "-m", "agents.mcp_server", str(workspace)]
    parameters = StdioServerParameters(command=sys.executable, args=command, cwd=str(REPOSITORY_DIR))
    async with stdio_client(parameters) as (reading, writing), ClientSession(reading, writing) as session:
        await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        await session.call_tool("write_file", {"path": "a/b.txt", "content": "hello\n"})
        documentation = await session.call_tool("documentation", {})
        wrong = await session.call_tool("read_file", {"path": "none.txt"})
        return tools, documentation.content[0].text, wrong.content[0].text, wrong.is_error  # type: ignore[union-attr]


def test_an_mcp_client_finds_and_calls_the_tools(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "sources.md").write_text("# Where the data come from\n")
    tools, documentation, wrong, is_error = asyncio.run(asyncio.wait_for(_talk(tmp_path), 120))
    assert tools == ["shell", "read_file", "write_file", "edit_file", "query", "load", "dbt", "documentation"]
    assert (tmp_path / "a" / "b.txt").read_text() == "hello\n"
    assert documentation.startswith("# Where the data come from")
    assert wrong == "none.txt: No such file or directory"
    assert is_error
