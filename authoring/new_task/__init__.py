"""New tasks: models taken away, a model broken, or a change of the project's history."""
