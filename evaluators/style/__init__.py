"""Lint and rules on the dbt graph, beside the score."""
