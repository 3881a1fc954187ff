"""Table diff, stage scores, data quality, lint and scenarios."""
