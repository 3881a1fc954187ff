"""Names of the rules that a dbt graph can be held to; `evaluators/style/graph_rules.py` has what they look at."""

from typing import Literal

PolicyRule = Literal[
    "sources_only_in_staging",
    "marts_read_no_sources",
    "marts_read_no_staging",
    "names_by_layer",
    "keys_tested",
    "columns_documented",
]
