"""Dagster definitions, the trial runner and the command line."""
