"""Measurements: ratios against a limit or a rival in one run, printed beside the limit."""
