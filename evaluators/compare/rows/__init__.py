"""Which rows differ: by key, as multisets, with tolerances."""
