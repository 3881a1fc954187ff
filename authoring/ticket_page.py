"""A page of tickets to read, docs/tickets.md. `python -m authoring.ticket_page` makes it from the tasks as they are."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.files import write_atomic
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.task import CANARY, Task

PAGE = REPOSITORY_DIR / "docs" / "tickets.md"
CHOSEN = {
    "shop_accounts_differ": "A repair: two departments, two figures, and no word of where they part.",
    "flights_disputed_delays": "A repair whose witness is a document of the owner of a source.",
    "shop_visits_migration": "A stored procedure becomes models.",
    "shop_stale_copies": "Connections that bring too little, seen from the tables.",
    "flights_feed_watch": "Tests are the work; what they must notice is told as promises.",
    "shop_refund_once_or_twice": "What the ticket believes is not so. The answer says why; the pipeline stays right.",
    "flights_every_observation": "Nothing is wrong but the price.",
    "flights_schedule_ledger": "A table that must remember what its source forgets.",
    "shop_channel_days_3af0": "Made by the factory: a model is broken, and columns of one mart show it.",
    "shop_shipment_performance_b04b": "Made by the factory: a model is broken.",
}
"""Task -> why it stands on the page."""


def page_text() -> str:
    """The whole page."""
    parts = [
        f"<!-- {CANARY} -->\n# Ten tickets\n\n"
        "What an agent reads, word for word, in ten of the tasks. `lockgate tasks` lists all; a ticket is the file\n"
        "`instruction.md` of its task. This page is written by `python -m authoring.ticket_page`."
    ]
    parts += [_part(number, get_task(name), why) for number, (name, why) in enumerate(CHOSEN.items(), 1)]
    return "\n\n".join(parts) + "\n"


def _part(number: int, task: Task, why: str) -> str:
    spec = task.spec
    facts = f"`{task.id}`: world {task.world.id}, kind {spec.kind}, {spec.difficulty}, {spec.origin}. {why}"
    quoted = "\n".join(_quoted(task.instruction))
    return f"## {number}. {spec.title}\n\n{facts}\n\n{quoted}"


def _quoted(text: str) -> Iterator[str]:
    """A ticket as a quotation, its headings below those of the page."""
    for line in text.strip().splitlines():
        yield f"> {'##' if line.startswith('#') else ''}{line}".rstrip()


if __name__ == "__main__":
    write_atomic(PAGE, page_text())
