"""Reused by the Dagster definitions: reading projects, the instance, evidence as Markdown."""
