"""A leaderboard as a folder of static files: runs whose submissions were scored again, their report, and an index."""
