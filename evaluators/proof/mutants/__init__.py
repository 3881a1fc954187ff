"""Operators that make wrong versions of SQL and connection files."""
