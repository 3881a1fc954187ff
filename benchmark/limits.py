"""The largest numbers that a person may ask for: beyond them a typing error would fill the memory or run for years."""

MAX_ATTEMPTS = 1_000
"""Trials of an agent on a task."""
MAX_TRIALS = 100_000
"""Of a run."""
MAX_PARALLEL = 256
"""Trials or pieces of proofs at once."""
MAX_DAYS = 3_660
"""Ten years of history."""
MAX_SCALE = 10_000
MAX_SEED = 999_999
"""Of data; that of the worlds' kit (`sources.kit.clock`), which has ranges of identifiers for so many."""
MAX_INTEGER = 2**63 - 1
"""What a column of whole numbers can hold."""
MAX_GENERATED = 10_000
"""Tasks of one call of `lockgate generate`."""

# A trial's budget.
MAX_WALL_SECONDS = 7 * 86_400.0
MAX_STEPS = 1_000_000
MAX_TOKENS = 10**12
MAX_COST_USD = 1e6
