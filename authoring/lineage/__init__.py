"""The lineage of a pipeline, read from its files."""
