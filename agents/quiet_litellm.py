"""Imports litellm, which takes seconds, where a model is called and not before."""

from __future__ import annotations

import os
from typing import Any


def import_litellm() -> Any:
    """litellm, quiet and without a network of its own."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network at import
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = False  # what is asked of a model is sent, or refused by name
    return litellm
