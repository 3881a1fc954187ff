"""Writing the files that a world delivers: the same delivery is the same bytes."""
