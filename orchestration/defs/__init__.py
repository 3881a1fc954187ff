"""Dagster definitions, one module an area: worlds, tasks, trials."""
