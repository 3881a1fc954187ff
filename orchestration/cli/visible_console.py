"""A console that shows what is printed and never obeys it: much of it was written by agents and submissions."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from benchmark.border import visible_text


class _Visible:
    """Something to print, in which control characters are written as escapes."""

    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._renderable, options):
            yield segment if segment.control else Segment(visible_text(segment.text), segment.style)


class _ShowEverything(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Wrap everything that is about to be printed."""
        return list(_wrapped(renderables))


def _wrapped(renderables: Iterable[ConsoleRenderable]) -> Iterable[ConsoleRenderable]:
    for renderable in renderables:
        yield _Visible(renderable)


def visible_console(*, stderr: bool = False) -> Console:
    """A console whose output has no control characters but its own, whoever wrote the texts.

    Args:
        stderr: Print to standard error.
    """
    console = Console(stderr=stderr)
    console.push_render_hook(_ShowEverything())
    return console
