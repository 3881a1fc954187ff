"""Running many trials at once, each a Dagster run."""
