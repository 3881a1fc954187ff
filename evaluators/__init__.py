"""Table diff, stage scores, expectations, lint and scenarios."""
