"""Tasks made from a world's own pipeline."""
