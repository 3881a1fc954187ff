"""Worlds' generators, source systems, connectors and the loader."""
