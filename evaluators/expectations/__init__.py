"""Great Expectations: suites of a world, beside the score."""
