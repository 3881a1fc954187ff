"""Dagster's storage, runs and development server."""
