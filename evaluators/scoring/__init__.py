"""From verdicts on tables to scores, metrics and a leaderboard."""
