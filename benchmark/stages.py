"""The ordered parts of a pipeline that are scored."""

from typing import Literal, get_args

Stage = Literal["raw", "staging", "intermediate", "marts"]

STAGES: tuple[Stage, ...] = get_args(Stage)
"""In the order in which data flows; `raw` is what the load left."""

EXTRACT_LOAD_STAGES: tuple[Stage, ...] = ("raw",)
"""The stages of EL success; the others are those of T success (ELT-Bench, arXiv 2504.04808)."""
