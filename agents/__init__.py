"""Agents: what solves a task."""
