"""Servers that play the source systems: PostgreSQL, an HTTP API, a drop folder."""
