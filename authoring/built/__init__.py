"""A world's own pipeline, built once, and what its tables turn out to be."""
