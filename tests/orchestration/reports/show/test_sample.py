"""Rows that differ, at 80 columns: no word of a name or a value is broken."""

from rich.console import Console

from benchmark.scorecard import ColumnDifference, RowDifference, Verdict
from orchestration.reports.show.evidence import print_sample

NAMES = ["order_channel", "activity_date", "net_revenue_eur_cents", "n_orders_without_returns", "updated_at", "note"]
GOLD = {
    "order_channel": "paid_social_media",
    "activity_date": "2024-03-29 00:00:00",
    "net_revenue_eur_cents": "18254",
    "n_orders_without_returns": "3",
    "updated_at": "2024-03-29 23:59:59.123456+00:00",
    "note": None,
}


def printed(width: int, differing: list[str]) -> list[str]:
    columns = tuple(ColumnDifference(column=name, kind="values", n_rows=1, fraction=0.5) for name in differing)
    sample = (RowDifference(kind="differs", gold=GOLD, output=GOLD | {"net_revenue_eur_cents": "17428"}),)
    verdict = Verdict(is_match=False, kind="values", summary="s", columns=columns, sample=sample)
    console = Console(width=width, record=True)
    print_sample(console, verdict, ("order_channel", "activity_date"), 2)
    return console.export_text().splitlines()


def test_no_word_is_broken_and_the_key_and_what_differs_come_first() -> None:
    lines = printed(80, ["net_revenue_eur_cents"])
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["order_channel", "activity_date", "net_revenue_eur_cents", "note"]
    words = {word for line in lines for word in line.split()}
    assert {"paid_social_media", "2024-03-29", "00:00:00", "18254", "17428"} <= words


def test_what_differs_and_has_no_room_is_named() -> None:
    lines = printed(80, ["net_revenue_eur_cents", "updated_at"])
    assert lines[-1] == "  no room for what differs in updated_at: --json"
    assert "updated_at" in printed(200, ["net_revenue_eur_cents", "updated_at"])[0]
