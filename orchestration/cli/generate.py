"""`lockgate generate`: tasks made from a world's own pipeline, each proven."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

import typer

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.limits import MAX_GENERATED
from orchestration.cli.options import JsonOption, PiecesOption, QuietOption
from orchestration.cli.output import console, errors, notes, simple_table
from orchestration.cli.stopping import told_when_stopped
from orchestration.counted import counted

if TYPE_CHECKING:
    from rich.table import Table

    from authoring.generate.drafts import Difficulty
    from authoring.generate.rewriting import Rewriter
    from authoring.generate.rewriting_model import RewritingModel
    from orchestration.generate import Generated

KINDS = ("repair", "impl", "evol", "data_tests", "load", "incremental", "migrate", "optimize")
"""Kinds of tasks that can be made; the keys of `orchestration.generate.MAKERS`, which are slow to import."""
DIFFICULTIES = ("easy", "medium", "hard")


def generate(
    world: Annotated[str, typer.Argument(help="A world.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder of worlds for the tasks.", show_default=False)],
    kind: Annotated[
        str,
        typer.Option(help="What an agent does: repair, impl, evol, data_tests, load, incremental, migrate, optimize."),
    ] = "repair",
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=MAX_GENERATED, help="Proven tasks that are wanted.")
    ] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other tasks.")] = 1,
    difficulty: Annotated[
        str | None,
        typer.Option(help="Only easy, medium or hard (no optimize is); as it comes unless given.", show_default=False),
    ] = None,
    parallel: PiecesOption = 2,
    rewrite: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="An LLM, provider/name, that puts the tickets into other words.", show_default=False
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Address of its API. Default: the provider's.", show_default=False)
    ] = None,
    key_variable: Annotated[
        str | None,
        typer.Option(help="Environment variable with its API key. Default: the usual one.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make tasks from a world's pipeline, and prove each; what cannot be proven is thrown away and counted.

    A repair is the pipeline with one model broken (two where it is hard), so that no test of dbt notices and a mart is
    wrong on every seed; the ticket says what people see. For an impl, a model and all that is made from it are taken
    away; the ticket asks for them by their definitions. A migrate is an impl whose models became a script of an old
    database system. For an evol, columns are taken away, with all that is made from them; for data_tests, the tests of
    three tables; for a load, a connection or some of its streams. An optimize has all models, and one of them does
    far more work than it needs. The same seed makes the same files again. The folder is one of worlds:
    LOCKGATE_PROJECTS=OUT uses it. With --rewrite, what a ticket states is checked, and a ticket that the model does not
    say right keeps its words; the same files are made again only as long as its answers are in the cache.
    """
    from benchmark.registry import get_world
    from orchestration.generate import Generated, NothingMadeError, Wanted, generate_tasks, require_new
    from orchestration.reports.generate_progress import GenerateProgress

    del quiet  # its callback has turned the progress off
    found = get_world(world)
    _require_kind(kind)
    if difficulty is not None and difficulty not in DIFFICULTIES:
        raise UnknownNameError("difficulty", difficulty, list(DIFFICULTIES))
    if kind == "optimize" and difficulty == "hard":
        raise LockgateError("An optimize is easy or medium: one model costs too much. Leave out --difficulty hard.")
    require_new(out)
    words = _rewriting(rewrite, base_url, key_variable)
    wanted = Wanted(found, kind, count, seed, cast("Difficulty | None", difficulty), words.rewriter if words else None)
    stopped = "Stopped; nothing is written. What was proven is kept in the cache: the same command goes on."
    try:
        with told_when_stopped(stopped), GenerateProgress(notes, count, parallel) as progress:
            made = generate_tasks(wanted, out.resolve(), parallel, progress.hears)
    except NothingMadeError as error:
        _print(wanted.world.id, Generated((), error.n_tried, error.fallen, error.left_out), words, as_json)
        raise
    _print(wanted.world.id, made, words, as_json)
    if not as_json:
        console.print(
            f"{out} holds {counted(len(made.tasks), 'task')}: LOCKGATE_PROJECTS={out} uses them.", soft_wrap=True
        )
    if len(made.tasks) < count:
        errors.print(
            f"Only {len(made.tasks)} of {counted(count, 'task')} could be made: no candidate is left. "
            "Ask for fewer, or leave out --difficulty.",
            soft_wrap=True,
        )
        raise typer.Exit(1)


def _require_kind(kind: str) -> None:
    from typing import get_args

    from benchmark.task import TaskKind

    if kind in KINDS:
        return
    if kind in get_args(TaskKind):
        raise LockgateError(f"Tasks of kind {kind} cannot be made yet. Kinds that can: {', '.join(KINDS)}.")
    raise UnknownNameError("kind", kind, list(KINDS))


class _Words(NamedTuple):
    """What puts tickets into other words."""

    model: RewritingModel
    rewriter: Rewriter

    def as_json(self) -> dict[str, object]:
        """What became of tickets, and what it cost."""
        model = self.model
        return {
            "model": model.name,
            "tickets": dict(self.rewriter.outcomes),
            "n_calls": model.n_calls,
            "n_tokens": model.usage.total,
            "cost_usd": model.cost_usd,
        }

    def print(self) -> None:
        """The same for people."""
        table = simple_table(f"tickets, by {self.model.name}", "n")
        table.columns[-1].justify = "right"
        for outcome, n in self.rewriter.outcomes.most_common():
            table.add_row(outcome, str(n))
        console.print(table)
        cost = self.model.cost_usd
        said = f"{cost:.4f} USD" if cost is not None else "its price is not known"
        console.print(f"{counted(self.model.n_calls, 'call')}, {self.model.usage.total:,} tokens, {said}.")


def _counts(title: str, counts: dict[str, int], **sums: int) -> Table:
    table = simple_table(title, "n")
    table.columns[-1].justify = "right"
    for reason, n in (counts | sums).items():
        table.add_row(reason, str(n))
    return table


def _rewriting(model: str | None, base_url: str | None, key_variable: str | None) -> _Words | None:
    if model is None:
        if base_url or key_variable:
            raise LockgateError("--base-url and --key-variable belong to a model. Name one with --rewrite.")
        return None
    from authoring.generate.rewriting import Rewriter
    from authoring.generate.rewriting_model import RewritingModel
    from benchmark.llm import ModelSpec

    asked = RewritingModel(ModelSpec(name=model, base_url=base_url, key_variable=key_variable))
    return _Words(asked, Rewriter(model, asked))


def _print(world: str, made: Generated, words: _Words | None, as_json: bool) -> None:
    if as_json:
        listed = [
            {
                "id": task.id,
                "kind": task.spec.kind,
                "title": task.spec.title,
                "difficulty": task.spec.difficulty,
                "tags": list(task.spec.tags),
                "folder": str(task.folder),
            }
            for task in made.tasks
        ]
        content = {
            "world": world,
            "tasks": listed,
            "n_candidates": made.n_tried,
            "fallen": made.fallen,
            "left_out": made.left_out,
        }
        if words:
            content["rewriting"] = words.as_json()
        typer.echo(json.dumps(content, indent=2))
        return
    if made.tasks:
        table = simple_table("task", "difficulty", "title")
        for task in made.tasks:
            table.add_row(task.id, task.spec.difficulty, task.spec.title)
        console.print(table)
    console.print(_counts("what became of the candidates", made.fallen, proven=len(made.tasks), tried=made.n_tried))
    if made.left_out:
        console.print(_counts("what was left out of candidates", made.left_out))
    if words and words.rewriter.outcomes:
        words.print()
