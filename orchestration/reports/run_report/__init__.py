"""The report of runs: one typed model of every figure, written as JSON, Markdown and an HTML page."""
