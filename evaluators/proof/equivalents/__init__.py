"""Rewrites of SQL that change nothing."""
