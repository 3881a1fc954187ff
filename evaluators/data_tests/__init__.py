"""Grading the data tests that a submission wrote, by seeded faults."""
