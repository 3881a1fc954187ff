"""A scored column counts as described only where something says what it is, in a passage on its own table."""

from pathlib import Path

import pytest
import yaml

from benchmark.registry import get_task
from benchmark.tables import TableSpec
from benchmark.task import Task
from evaluators.proof.column_docs import columns_by_table, undescribed_columns

TABLES = {
    "marts.orders": TableSpec(stage="marts", key=("order_id",), columns=("order_id", "total")),
    "marts.refunds": TableSpec(stage="marts", key=("refund_id",), columns=("refund_id", "total")),
}


@pytest.fixture
def task() -> Task:
    found = get_task("flights_otp_scorecard")
    spec = found.spec.model_copy(update={"scored": {"marts": tuple(TABLES)}, "tables": TABLES})
    return found.model_copy(update={"spec": spec})


def missing(task: Task, folder: Path, ticket: str, models: object = None) -> list[str]:
    (folder / "dbt/models").mkdir(parents=True)
    (folder / "TICKET.md").write_text(ticket)
    if models is not None:
        (folder / "dbt/models/_models.yml").write_text(yaml.safe_dump({"models": models}))
    return undescribed_columns(task, folder)


BOTH = ["marts.orders.order_id", "marts.orders.total", "marts.refunds.refund_id", "marts.refunds.total"]
TICKETS = {
    "nothing": ("Build both tables.", BOTH),
    "sections": (
        "## `marts.orders`\n\n- `order_id`: key\n- `total`: euros\n\n## `marts.refunds`\n\n`refund_id`, `total`", []
    ),
    "a column only in the other table's section": (
        "## `marts.orders`\n\n- `order_id`: key\n- `total`: euros\n\n## `marts.refunds`\n\n- `refund_id`: key\n",
        ["marts.refunds.total"],
    ),
    "the same in one section with items": (
        "## Tables\n\n- `orders`: `order_id`, `total`\n- `refunds`: `refund_id`\n", ["marts.refunds.total"]
    ),
    "the same in paragraphs and tables": (
        "**`orders`**: one row an order.\n\n| `order_id` | key |\n| `total` | euros |\n\n"
        "**`refunds`**: one row a refund.\n\n| `refund_id` | key |\n",
        ["marts.refunds.total"],
    ),
    "both named at once": ("`orders` and `refunds` have their keys `order_id`, `refund_id`, and `total`.", []),
    "all columns of the other": (
        "**`orders`**: `order_id`, `total`\n\n**`refunds`**: all columns of `orders`, and\n\n- `refund_id`: key", []
    ),
    "not as code": (
        "## `orders`\n\norder_id and total\n\n## `refunds`\n\n`refund_id`, `total`",
        ["marts.orders.order_id", "marts.orders.total"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ticket", "wanted"), TICKETS.values(), ids=TICKETS.keys())
def test_a_ticket_describes_the_columns_of_the_table_that_a_passage_is_about(
    task: Task, tmp_path: Path, ticket: str, wanted: list[str]
) -> None:
    assert missing(task, tmp_path, ticket) == wanted


def column(name: str, description: str | None) -> dict[str, str]:
    return {"name": name} | ({"description": description} if description is not None else {})


def test_descriptions_in_yaml_count_for_their_table_alone(task: Task, tmp_path: Path) -> None:
    models = [
        {"name": "orders", "columns": [column("order_id", "Key."), column("total", "Euros.")]},
        {"name": "refunds", "columns": [column("refund_id", " "), column("total", None)]},
    ]
    assert missing(task, tmp_path, "Build both.", models) == ["marts.refunds.refund_id", "marts.refunds.total"]


def test_one_sentence_for_all_columns_describes_none(task: Task, tmp_path: Path) -> None:
    names = ["order_id", "total", "a", "b", "c"]
    models = [
        {"name": "orders", "columns": [column(name, f"`{name}`: {name}, as the shop gives it.") for name in names]},
        {"name": "refunds", "columns": [column("refund_id", "Key of the refund."), column("total", "Paid back.")]},
    ]
    assert missing(task, tmp_path, "Build both.", models) == ["marts.orders.order_id", "marts.orders.total"]


def test_a_deeper_heading_stays_on_its_table() -> None:
    text = "# Page\n\n## `orders`\n\n### Columns\n\n`total`\n\n## Other\n\n`stray`\n"
    assert columns_by_table(text, {"orders"}) == {"orders": {"orders", "total"}}


def files(folder: Path, **texts: str) -> Path:
    for name, text in ({"TICKET": "Build both."} | texts).items():
        path = folder / {"TICKET": "TICKET.md", "page": "docs/page.md"}.get(name, f"dbt/models/{name}.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


ORDERS = "{name: Orders, columns: [{name: ORDER_ID, description: Key.}, {name: total, description: Euros.}]}"
REFUNDS = BOTH[2:]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"models: [{ORDERS}]", REFUNDS),
        (f"snapshots: [{ORDERS}]", REFUNDS),
        (f"seeds: [{ORDERS}]", REFUNDS),
        (f"sources: [{{name: a}}, {{name: b, tables: [{ORDERS}]}}]", REFUNDS),
        (f"exposures: [{ORDERS}]", BOTH),
        ("models: [{name: orders}, {name: refunds, columns: null}]", BOTH),
        ("", BOTH),
    ],
)
def test_each_kind_of_table_in_yaml_describes_its_columns(
    task: Task, tmp_path: Path, text: str, wanted: list[str]
) -> None:
    assert undescribed_columns(task, files(tmp_path, models=text)) == wanted


def test_several_files_add_up_and_yaml_outside_of_the_models_does_not_count(task: Task, tmp_path: Path) -> None:
    files(
        tmp_path,
        first="models: [{name: orders, columns: [{name: order_id, description: Key.}]}]",
        second="models: [{name: orders, columns: [{name: total, description: Euros.}]}]",
        page="## Refunds\n\n- `refunds`: `refund_id`\n",
    )
    described = "models: [{name: refunds, columns: [{name: total, description: Paid back.}]}]"
    (tmp_path / "docs/refunds.yml").write_text(described)
    (tmp_path / "dbt/dbt_project.yml").write_text(described)
    (tmp_path / "docs/page.txt").write_text("`refunds`: `total`")
    assert undescribed_columns(task, tmp_path) == ["marts.refunds.total"]


@pytest.mark.parametrize(("n_alike", "is_described"), [(4, True), (5, False)])
def test_how_many_columns_may_share_a_description(task: Task, tmp_path: Path, n_alike: int, is_described: bool) -> None:
    names = ["order_id", "total", "a", "b", "c"][:n_alike]
    columns = ", ".join(f"{{name: {name}, description: 'The value of {name} from the till.'}}" for name in names)
    missing = undescribed_columns(task, files(tmp_path, models=f"models: [{{name: orders, columns: [{columns}]}}]"))
    assert ("marts.orders.total" not in missing) is is_described


PASSAGES = {
    "a heading ends what one of its level began": ("## `a`\n`x`\n\n## Rest\n`y`\n", {"a": {"a", "x"}}),
    "a higher heading, too": ("## `a`\n`x`\n\n# Rest\n`y`\n", {"a": {"a", "x"}}),
    "an item ends with the next item": ("- `a`: `x`\n- `b`: `y`\n", {"a": {"a", "x"}, "b": {"b", "y"}}),
    "a schema before the table": ("`marts.a`: `x`\n", {"a": {"marts", "a", "x"}}),
    "a table named in passing": ("## `a`\n\n`x` joins `b`\n\n`y`\n", {"a": {"a", "x", "b", "y"}, "b": {"x", "b"}}),
    "letters' case": ("## `A`\n\n`X`\n", {"a": {"a", "x"}}),
    "numbered items": ("1. `a`: `x`\n2) `b`: `y`", {"a": {"a", "x"}, "b": {"b", "y"}}),
    "columns as in another": ("`a`: columns as in `marts.b`\n\n`b`: `y`", {"a": {"a", "marts", "b", "y"}, "b": None}),
    "columns of nothing known": ("`a`: columns of `c`", {"a": {"a", "c"}}),
    "no table": ("`x`", {}),
}


@pytest.mark.parametrize(("text", "wanted"), PASSAGES.values(), ids=PASSAGES.keys())
def test_which_words_a_page_says_of_which_table(text: str, wanted: dict[str, set[str] | None]) -> None:
    found = columns_by_table(text, {"a", "b"})
    assert found.keys() == wanted.keys()
    for table, words in wanted.items():
        assert words is None or found[table] == words
