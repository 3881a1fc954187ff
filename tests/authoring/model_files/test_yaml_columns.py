"""Columns and tests are taken out of YAML files, and nothing else changes."""

from authoring.model_files.yaml_columns import without_columns, without_tests

TEXT = """\
models:
  - name: orders
    description: One row per order.
    data_tests:
      - is_key:
          arguments: {columns: [order_id]}
    columns:
      - name: order_id
        description: The order.
        data_tests: [unique, not_null]
      # money
      - name: total_cents
        description: >
          All of it,
          in cents.
      - {name: status, description: State., data_tests: [not_null]}

  - name: lines
    columns:
      - name: order_id
        description: The order.
        data_tests:
          - relationships:
              arguments: {to: ref('orders'), field: order_id}
      - name: total_cents
        description: Of the line.
        data_tests: [not_null]
"""


def test_a_column_is_taken_out_of_its_model_alone() -> None:
    text = without_columns(TEXT, "orders", ["total_cents"])
    assert "All of it" not in text
    assert "Of the line." in text
    assert "      - {name: status, description: State., data_tests: [not_null]}\n\n  - name: lines" in text


def test_the_last_column_leaves_no_gap() -> None:
    assert without_columns(TEXT, "lines", ["total_cents"]).endswith("field: order_id}\n")


def test_tests_of_a_model_and_those_that_read_it_are_taken_out() -> None:
    text = without_tests(TEXT, ["orders"])
    assert "is_key" not in text
    assert "unique" not in text
    assert "relationships" not in text
    assert "{name: status, description: State.}" in text
    assert text.count("not_null") == 1
