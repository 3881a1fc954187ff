"""The page of tickets shows them as they are."""

from authoring.ticket_page import PAGE, page_text


def test_the_page_is_up_to_date() -> None:
    told = "run `python -m authoring.ticket_page` and commit docs/tickets.md"
    assert PAGE.read_text(encoding="utf-8") == page_text(), told
