"""A task of models that are taken away is complete: nothing to correct in it but words."""

import pytest

from authoring.check.check import check
from authoring.new_task.mask import write_mask_task
from benchmark.errors import LockgateError, UnknownNameError
from benchmark.task_folder import read_task
from benchmark.world import World, read_world


def test_what_is_made_from_a_model_goes_with_it(shop: World) -> None:
    made = write_mask_task(shop, "shop_prices", ["int_order_lines_priced"])
    task = read_task(made.folder, shop)
    assert task.spec.kind == "impl"
    assert task.spec.scored == {
        "intermediate": ("intermediate.int_order_lines_priced",),
        "marts": ("marts.daily_sales", "marts.customers"),
    }
    assert "dbt/tests/assert_sales_add_up.sql" in task.spec.start.remove
    assert check(["shop_prices"]).findings == ()
    assert "| `revenue_cents` | What their lines come to, in cents; 0 for none. |" in task.instruction
    assert not [sentence for sentence in made.to_decide if "nobody describes" in sentence]


def test_a_column_has_the_description_of_the_same_column_upstream(shop: World) -> None:
    path = shop.project_dir / "dbt/models/marts/_marts.yml"
    text = path.read_text().replace('      - {name: city, description: "City, the first letter in upper case."}\n', "")
    path.write_text(
        text.replace('{name: revenue_cents, description: "What their lines come to, in cents."}', "{name: x}")
    )
    made = write_mask_task(shop, "shop_marts", ["daily_sales,customers"])
    ticket = (made.folder / "instruction.md").read_text()
    assert "| `city` | City, the first letter in upper case. As in `staging.stg_shop__customers`. |" in ticket
    assert made.to_decide[0] == "instruction.md: marts.daily_sales: nobody describes revenue_cents."
    assert "| `revenue_cents` | TODO" in ticket


def test_rules_of_data_tests_stand_in_the_ticket(shop: World) -> None:
    path = shop.project_dir / "dbt/models/marts/_marts.yml"
    rules = "[not_null, {accepted_values: {arguments: {values: [Lyon, Porto]}}}]"
    path.write_text(
        path.read_text().replace("{name: city, description", f"{{name: city, data_tests: {rules}, description")
    )
    made = write_mask_task(shop, "shop_marts", ["customers"])
    ticket = (made.folder / "instruction.md").read_text()
    assert "- `city` is never NULL.\n- `city` is one of Lyon, Porto.\n" in ticket


def test_wrong_names_are_told_and_leave_nothing(shop: World) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown model 'customer'.*Did you mean 'customers'"):
        write_mask_task(shop, "shop_marts", ["customer"])
    with pytest.raises(LockgateError, match="There is a task 'shop_missing_sales' already"):
        write_mask_task(shop, "shop_missing_sales", ["customers"])
    path = shop.folder / "tables.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("  marts.customers:")])
    with pytest.raises(LockgateError, match=r"does not list marts\.customers: run `lockgate sync shop`"):
        write_mask_task(read_world(shop.folder), "shop_marts", ["customers"])
    assert [folder.name for folder in (shop.folder / "tasks").iterdir()] == ["shop_missing_sales"]
